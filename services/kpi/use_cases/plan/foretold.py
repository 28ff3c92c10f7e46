"""What a forecast says of the months of a plan."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.plan.nodes import Measure
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.forecast.forecasts import ForecastHead, StepRow, get_forecast
from services.kpi.repository.rollups.counters import COMPANY
from shared.database import Session
from shared.errors import InvalidError, NotFoundError

BandEdge = Literal["p10", "p50", "p90"]
_POINTER: Final = "/start/forecast_id"
_MEASURES: Final[dict[str, Measure]] = {"revenue": "revenue", "quantity": "quantity"}


@dataclass(frozen=True, slots=True)
class FromForecast:
    """As a forecast of the company says, by default its pessimistic value, told apart by all axes
    as the same months of so many years were.
    """

    forecast_id: UUID
    value: BandEdge = "p10"
    years: int = 1


async def read_foretold(
    session: Session, terms: Terms, start: FromForecast, zone: ZoneInfo
) -> tuple[Measure, list[int]]:
    """The measure and what each month comes to, in its smallest unit. Raises InvalidError."""
    try:
        whole = await get_forecast(session, start.forecast_id)
    except NotFoundError as error:
        raise _unfit("there is no such forecast") from error
    measure = _measure_of(whole.head, terms, zone)
    steps = {step.day: step for step in whole.steps}
    months = [terms.month_of(number) for number in range(terms.months)]
    unit = terms.unit(measure)
    return measure, [_units(_step_of(steps, month), start.value, unit) for month in months]


def _measure_of(head: ForecastHead, terms: Terms, zone: ZoneInfo) -> Measure:
    measure = _MEASURES.get(head.measure)
    if measure is None:
        raise _unfit("is of neither revenue nor quantity")
    if head.axis != COMPANY:
        raise _unfit(f"is of one {head.axis}, and the plan of the company")
    if measure == "revenue" and head.currency != terms.currency:
        raise _unfit(f"is in {head.currency}, and the plan in {terms.currency}")
    if head.step != "month":
        raise _unfit(f"is by {head.step}, and the plan by month")
    if head.time_zone != zone.key:
        raise _unfit(f"has the months of {head.time_zone}, and the company those of {zone.key}")
    return measure


def _step_of(steps: dict[date, StepRow], month: date) -> StepRow:
    if month not in steps:
        raise _unfit(f"says nothing of {month:%Y-%m}")
    return steps[month]


def _units(step: StepRow, value: BandEdge, unit: Decimal) -> int:
    amount: Decimal = getattr(step, value)
    return max(0, int((amount / unit).to_integral_value(ROUND_HALF_EVEN)))


def _unfit(detail: str) -> InvalidError:
    return InvalidError("The forecast makes no plan.", errors=[(_POINTER, detail)])
