"""Measures indicators by value of an axis, from the figures that reports show."""

from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.alerts.indicators import NOTHING, Indicator, Measure, Origin, Unit
from services.kpi.domain.alerts.rules import Rule, Window
from services.kpi.domain.periods import Period
from services.kpi.repository.load.present import Load, find_load
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.counted import Sums, sum_counters
from services.kpi.repository.reports.responses import Response, measure_responses
from services.kpi.repository.reports.sides import add_unowned
from shared.database import Session

COMPANY = ""  # the one value of the axis `company`
_PERCENTILES = {"response_p50": "p50_seconds", "response_p90": "p90_seconds"}
Measures = dict[str, Measure]


def span(begins_at: datetime, ends_at: datetime) -> Period:
    """The time between two moments as a period of reports."""
    first: date = begins_at.astimezone(UTC).date()
    return Period(first, ends_at.astimezone(UTC).date(), ZoneInfo("UTC"), [begins_at, ends_at])


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read in one round of looks: many rules watch the same figures of the same time."""

    values: dict[Hashable, Any] = field(default_factory=dict)

    async def once(self, key: Hashable, look_up: Callable[[], Awaitable[Any]]) -> Any:
        """What was read for the key, or is read now."""
        if key not in self.values:
            self.values[key] = await look_up()
        return self.values[key]


async def measure(
    session: Session, rule: Rule, window: Window, readings: Readings, *, now: datetime
) -> Measures:
    """The rule's indicator by key of its axis; a key that had nothing is not there. Load is that of
    `now`, all else of the window.
    """
    origin = rule.measured.origin
    if origin is Origin.LOAD:
        measures = _held(rule, await readings.once("load", lambda: find_load(session, now)))
    elif origin is Origin.RESPONSE:
        measures = await _responses(session, rule, window, readings)
    else:
        sums = await readings.once(
            (rule.axis, window), lambda: _sums(session, rule.axis, span(*window))
        )
        measures = {key: _counted(rule, item) for key, item in sums.items()}
    if rule.key is not None:
        return {rule.key: measures[rule.key]} if rule.key in measures else {}
    return measures


async def _sums(session: Session, axis: str, period: Period) -> dict[str, Sums]:
    sums = await sum_counters(session, period, axis, None)
    if axis == "manager":
        await add_unowned(session, View(period), sums)
    return sums


def _counted(rule: Rule, sums: Sums) -> Measure:
    indicator = rule.measured
    if indicator.unit is Unit.MONEY:
        return _amount(indicator, sums, rule.currency or "")
    number = sums.counts[indicator.parts[0]]
    if indicator.is_total:
        return Measure(Decimal(number), number)
    whole = sums.counts[indicator.parts[1]]
    return Measure(Decimal(number) / whole, whole) if whole else NOTHING


def _amount(indicator: Indicator, sums: Sums, currency: str) -> Measure:
    name = indicator.parts[0]
    amount = sums.amounts.get(name, {}).get(currency, Decimal(0))
    sales = sums.sales.get(name, {}).get(currency, 0)
    if indicator.is_total:
        return Measure(amount, sales)
    return Measure(amount / sales, sales) if sales else NOTHING


def _held(rule: Rule, loads: Mapping[UUID, Load]) -> Measures:
    if rule.axis == "company":
        columns = zip(*loads.values(), strict=True) if loads else ((),) * len(Load._fields)
        return {COMPANY: _loaded(rule, Load(*map(sum, columns)))}
    return {str(manager_id): _loaded(rule, load) for manager_id, load in loads.items()}


def _loaded(rule: Rule, load: Load) -> Measure:
    if rule.measured.is_total:
        return Measure(Decimal(load.leads), load.leads)
    # It rests on nothing that could be too little: an overloaded manager may hold two leads.
    return Measure(Decimal(load.units) / load.capacity, rule.least) if load.capacity else NOTHING


async def _responses(session: Session, rule: Rule, window: Window, readings: Readings) -> Measures:
    axis = "channel" if rule.axis == "company" else rule.axis
    responses, together = await readings.once(
        ("response", axis, window),
        lambda: measure_responses(session, View(span(*window)), axis),
    )
    if rule.axis == "company":
        return {COMPANY: _waited(rule, together)}
    return {_key(key): _waited(rule, item) for key, item in responses.items()}


def _waited(rule: Rule, response: Response) -> Measure:
    seconds: float | None = getattr(response, _PERCENTILES[rule.indicator])
    value = None if seconds is None else Decimal(str(seconds))
    return Measure(value, response.count)


def _key(value: UUID | str | None) -> str:
    return "" if value is None else str(value)
