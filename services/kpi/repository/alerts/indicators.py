"""Measures indicators by value of an axis, from the figures that reports show."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.alerts.indicators import INDICATORS, NOTHING, Measure, Unit
from services.kpi.domain.alerts.rules import Rule
from services.kpi.domain.periods import Period
from services.kpi.repository import figures
from services.kpi.repository.cohort import View
from services.kpi.repository.figures import Response
from services.kpi.repository.sides import Counts
from shared.database import Session

COMPANY = ""  # the one value of the axis `company`
_PERCENTILES = {"response_p50": "p50_seconds", "response_p90": "p90_seconds"}


def span(begins_at: datetime, ends_at: datetime) -> Period:
    """The time between two moments as a period of reports."""
    first: date = begins_at.astimezone(UTC).date()
    return Period(first, ends_at.astimezone(UTC).date(), ZoneInfo("UTC"), [begins_at, ends_at])


async def measure(session: Session, rule: Rule, period: Period) -> dict[str, Measure]:
    """The rule's indicator by key of its axis; a key that had nothing is not there."""
    unit = INDICATORS[rule.indicator].unit
    axis = "channel" if rule.axis == "company" else rule.axis
    if unit is Unit.SECONDS:
        measures = await _responses(session, rule, period, axis)
    elif unit is Unit.MONEY:
        measures = await _amounts(session, rule, period, axis)
    else:
        measures = await _counts(session, rule, period, axis)
    if rule.key is not None:
        return {rule.key: measures[rule.key]} if rule.key in measures else {}
    return measures


async def _counts(session: Session, rule: Rule, period: Period, axis: str) -> dict[str, Measure]:
    counts = await figures.count_funnel(session, View(period), [axis])
    if rule.axis == "company":
        counts = {(None,): figures.together(counts.values())}
    return {_key(rule, key): _counted(rule.indicator, item) for (key,), item in counts.items()}


def _counted(indicator: str, counts: Counts) -> Measure:
    if INDICATORS[indicator].unit is Unit.COUNT:
        number: int = getattr(counts, indicator)
        return Measure(Decimal(number), number)
    if not counts.received:
        return NOTHING
    reached: int = getattr(counts, indicator.removesuffix("_share"))
    return Measure(Decimal(reached) / counts.received, counts.received)


async def _responses(session: Session, rule: Rule, period: Period, axis: str) -> dict[str, Measure]:
    responses, together = await figures.measure_responses(session, View(period), [axis])
    if rule.axis == "company":
        responses = {(None,): together}
    return {_key(rule, key): _waited(rule, item) for (key,), item in responses.items()}


def _waited(rule: Rule, response: Response) -> Measure:
    seconds: float | None = getattr(response, _PERCENTILES[rule.indicator])
    value = None if seconds is None else Decimal(str(seconds))
    return Measure(value, response.count)


async def _amounts(session: Session, rule: Rule, period: Period, axis: str) -> dict[str, Measure]:
    amounts = await figures.sum_amounts_won(session, View(period), axis)
    sums: dict[str, Decimal] = {}
    for key, by_currency in amounts.items():
        place = _key(rule, key)
        sums[place] = sums.get(place, Decimal(0)) + by_currency.get(rule.currency or "", Decimal(0))
    return {key: Measure(value, 1) for key, value in sums.items()}


def _key(rule: Rule, value: UUID | str | None) -> str:
    return COMPANY if rule.axis == "company" or value is None else str(value)
