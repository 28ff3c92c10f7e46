"""What numbers of managers' load count: holdings of leads, or stretches of time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.load.days import QUARTER, Live
from services.kpi.domain.load.figures import Person
from services.kpi.domain.load.levels import micros, moment_of
from services.kpi.domain.load.steps import Step
from services.kpi.domain.load.stretches import ASKED, STRETCHES, Stretch
from services.kpi.domain.load.sums import NO_SUMS
from services.kpi.repository.drill.pages import After
from services.kpi.repository.load.holdings import Span, list_holdings
from services.kpi.repository.reports import figures
from services.kpi.repository.reports.cohort import View
from services.kpi.use_cases.load.report import list_company, list_steps
from services.kpi.use_cases.load.sums import edges_of
from services.kpi.use_cases.load.whole import Whole
from services.kpi.use_cases.reports.drill_pages import Window
from shared.database import Session
from shared.errors import InvalidError

_MILLI: Final = 1000
_MINUTE: Final = 60_000_000
# Which holdings a number counts.
_HOLDINGS: Final = {
    "came": "came", "went": "went", "open_peak": "at", "open_average": "during",
    "units_average": "during", "utilisation": "during",
}  # fmt: skip
# What adds up the stretches that a number counts.
_STRETCHED: Final = {
    "capacity_average": "capacity", "over_capacity_minutes": "over", "present_minutes": "present",
    "shift_minutes": "on_shift", "present_on_shift_minutes": "both",
}  # fmt: skip
# How far around the last one is looked for stretches that come by the hour, before all are looked
# through.
_NEAR: Final = tuple(6**power * QUARTER for power in range(1, 4))
_OFTEN: Final = frozenset({"over_capacity_minutes", "present_minutes"})
_Placed = tuple[int, int, Stretch]


@dataclass(frozen=True, slots=True)
class LoadItem:
    """What a number counts, and how much `value` it adds to it. A holding of a lead from its
    beginning to its end, if it has one, or a stretch of the step.
    """

    key: After
    manager_id: UUID
    lead_id: UUID | None
    begins_at: datetime
    ends_at: datetime | None
    units: float | None
    capacity: float | None
    value: float | None


class LoadItems(NamedTuple):
    """`total` is the number itself, and told with the first page only."""

    items: Sequence[LoadItem]
    total: float | None


@dataclass(frozen=True, slots=True)
class LoadNumber:
    """Which number: of one manager or, if None, of the company; of the step that begins then or, if
    None, of the whole period.
    """

    measure: str
    step: str
    begins_at: datetime | None
    manager_id: UUID | None


async def list_load_items(
    session: Session, view: View, number: LoadNumber, window: Window, *, now: datetime
) -> LoadItems:
    """What the number counts, in pages. Raises InvalidError where there is no such step."""
    await figures.take_snapshot(session)
    step = _step(view, number, now)
    if step is None:
        return LoadItems([], None if window.after else 0)
    if number.manager_id is None:
        manager_ids = await list_company(session)
    else:
        manager_ids = [number.manager_id]
    whole = Whole(session, view.known_on, manager_ids, is_company=number.manager_id is None)
    if number.measure in STRETCHES:
        return await _stretches(whole, number.measure, step, window)
    span = Span(manager_ids, *step, view.known_on)
    return await _holdings(session, whole, number.measure, span, window)


def _step(view: View, number: LoadNumber, now: datetime) -> Step | None:
    name = "period" if number.begins_at is None else number.step
    steps = list_steps(view, name, now)
    if number.begins_at is None:
        return steps[0] if steps else None
    for step in steps:
        if step.begins_at == number.begins_at:
            return step
    detail = f"is when one of the report's steps begins, each a {number.step}"
    raise InvalidError("There is no such step.", errors=[("/begins_at", detail)])


async def _holdings(
    session: Session, whole: "Whole", measure: str, span: Span, window: Window
) -> LoadItems:
    which, step, sums = _HOLDINGS[measure], Step(span.start, span.end), NO_SUMS
    if window.after is None or measure == "utilisation":
        (sums,) = await whole.sums([step])
    if measure == "open_peak":
        span = span._replace(start=await whole.peak_at(step))
    weigh = _Weight(measure, step, sums.capacity)
    rows = await list_holdings(session, span, which, after=window.after, limit=window.limit)
    items = [
        LoadItem(
            (row.since, row.lead_id, row.number), row.manager_id, row.lead_id, row.since, row.until,
            row.units / _MILLI, None, weigh(1, row.length, row.units * row.length),
        )
        for row in rows
    ]  # fmt: skip
    if window.after is not None:
        return LoadItems(items, None)
    holdings = {"came": sums.came, "went": sums.went, "open_peak": sums.peak}.get(measure, 0)
    return LoadItems(items, weigh(holdings, sums.leads, sums.units))


class _Weight:
    """How much holdings add to a number, by their count and the time that they last."""

    def __init__(self, measure: str, step: Step, capacity: int) -> None:
        self._measure, self._capacity = measure, capacity
        self._length = micros(step.ends_at) - micros(step.begins_at)

    def __call__(self, holdings: int, length: int, units: int) -> float | None:
        if self._measure == "open_average":
            return length / self._length
        if self._measure == "units_average":
            return units / self._length / _MILLI
        if self._measure == "utilisation":
            return units / self._capacity if self._capacity else None
        return holdings


async def _stretches(whole: Whole, measure: str, step: Step, window: Window) -> LoadItems:
    begin, end = edges_of([step])
    length = end - begin if measure == "capacity_average" else None
    total = None
    if window.after is None:
        (sums,) = await whole.sums([step])
        total = _value(getattr(sums, _STRETCHED[measure]), length)
    # In their order, which tells them apart: numbers are compared far faster than ids and moments.
    last = (end, 0) if window.after is None else (micros(window.after[0]), window.after[1].int)
    middle = min(max(last[0], begin), end)
    latest: Sequence[_Placed] = ()
    for near in (*(_NEAR if measure in _OFTEN else ()), end - begin):
        live = Live(0, (max(begin, middle - near), min(end, middle + near)))
        persons = await whole.persons(live, ASKED[measure])
        latest = await asyncio.to_thread(_latest, persons, measure, live, last, window.limit)
        if _is_page(latest, live.edges, (begin, end), window.limit):
            break
    items = [
        LoadItem(
            (moment_of(since), UUID(int=number), 0), UUID(int=number), None,
            moment_of(since), moment_of(each.end),
            _units(each.units), _units(each.capacity), _value(_size(each, length), length),
        )
        for since, number, each in latest
    ]  # fmt: skip
    return LoadItems(items, total)


def _latest(
    persons: Mapping[UUID, Person], measure: str, live: Live, last: tuple[int, int], limit: int
) -> list[_Placed]:
    """Of the stretches of some time those before the last one."""
    placed = (
        (stretch.begin, manager_id.int, stretch)
        for manager_id, person in persons.items()
        for stretch in STRETCHES[measure](person, *live.edges)
    )
    return nlargest(limit, (each for each in placed if each[:2] < last))


def _is_page(
    latest: Sequence[_Placed], near: Sequence[int], step: Sequence[int], limit: int
) -> bool:
    """Whether no more are asked for, and none is cut off by the time near the last one."""
    is_first, is_last = near[0] == step[0], near[1] == step[1]
    return (is_first or len(latest) == limit) and all(
        (is_first or begin > near[0]) and (is_last or stretch.end < near[1])
        for begin, _, stretch in latest
    )


def _value(size: int, length: int | None) -> float:
    return size / _MINUTE if length is None else size / length / _MILLI


def _size(stretch: Stretch, length: int | None) -> int:
    lasts = stretch.end - stretch.begin
    return lasts if length is None else lasts * (stretch.capacity or 0)


def _units(milli: int | None) -> float | None:
    return None if milli is None else milli / _MILLI
