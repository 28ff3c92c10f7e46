"""What a forecast says of a plan's months."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.plan.nodes import MEASURES, Measure
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.forecast.forecasts import WholeForecast, get_forecast
from shared.database import Session
from shared.errors import InvalidError, NotFoundError

BandName = Literal["p10", "p50", "p90"]


@dataclass(frozen=True, slots=True)
class FromForecast:
    """As a forecast says of each month, pessimistic if nothing else is asked for."""

    forecast_id: UUID
    band: BandName


@dataclass(frozen=True, slots=True)
class Foretold:
    """What each month of a plan comes to, in the smallest unit of the measure."""

    measure: Measure
    amounts: Sequence[int]


async def foretell(session: Session, terms: Terms, start: FromForecast, zone: ZoneInfo) -> Foretold:
    """Raises InvalidError where the forecast is of something else, or lacks a month."""
    try:
        whole = await get_forecast(session, start.forecast_id)
    except NotFoundError:
        _refuse("names no forecast")
    measure = _measure_of(whole, terms, zone)
    values: dict[object, Decimal] = {step.day: getattr(step, start.band) for step in whole.steps}
    months = [terms.month_of(number) for number in range(terms.months)]
    lacking = [month for month in months if month not in values]
    if lacking:
        _refuse(f"says nothing of {lacking[0]:%Y-%m}")
    unit = terms.unit(measure)
    return Foretold(measure, [max(0, round(values[month] / unit)) for month in months])


def _measure_of(whole: WholeForecast, terms: Terms, zone: ZoneInfo) -> Measure:
    head = whole.head
    measure = next((one for one in MEASURES if one == head.measure), None)
    if measure is None:
        _refuse(f"is of {head.measure}; a plan is of {' and '.join(MEASURES)}")
    if (head.axis, head.step) != ("company", "month"):
        _refuse("is not of the whole company by months")
    if head.time_zone != zone.key:
        _refuse(f"has months of {head.time_zone}, and the company those of {zone.key}")
    if head.currency not in {None, terms.currency}:
        _refuse(f"is in {head.currency}")
    return measure


def _refuse(detail: str) -> NoReturn:
    raise InvalidError(
        "The forecast makes no plan.", errors=[("/start/forecast/forecast_id", detail)]
    )
