"""What numbers of managers' load count: holdings of leads, or stretches of time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from heapq import nlargest
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.load.days import DAY, QUARTER, Live
from services.kpi.domain.load.figures import Parts, Person, all_held
from services.kpi.domain.load.levels import Level, micros, moment_of
from services.kpi.domain.load.steps import Step
from services.kpi.domain.load.stretches import ASKED, STRETCHES, Stretch
from services.kpi.domain.load.sums import NO_SUMS, Sums
from services.kpi.repository.drill.pages import After
from services.kpi.repository.load.holdings import Span, list_holdings
from services.kpi.repository.reports import figures
from services.kpi.repository.reports.cohort import View
from services.kpi.use_cases.load.report import list_company, list_steps
from services.kpi.use_cases.load.sums import edges_of, find_company_sums, find_persons, find_sums
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
    if number.measure in STRETCHES:
        persons = await find_persons(
            session, manager_ids, _live(step), view.known_on, ASKED[number.measure]
        )
        return await asyncio.to_thread(_stretches, persons, number.measure, step, window)
    span = Span(manager_ids, *step, view.known_on)
    whole = _Whole(session, view.known_on, manager_ids, is_company=number.manager_id is None)
    return await _holdings(session, whole, number.measure, span, window)


def _live(step: Step) -> Live:
    return Live(0, edges_of([step]))


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
    session: Session, whole: "_Whole", measure: str, span: Span, window: Window
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


@dataclass(frozen=True, slots=True)
class _Whole:
    """All that a number is of: one manager, or the company."""

    session: Session
    known_on: date | None
    manager_ids: Sequence[UUID]
    is_company: bool

    async def sums(self, steps: Sequence[Step]) -> Sequence[Sums]:
        if self.is_company:
            return await find_company_sums(self.session, self.manager_ids, steps, self.known_on)
        (sums,) = await find_sums(self.session, self.manager_ids, steps, self.known_on)
        return sums

    async def peak_at(self, step: Step) -> datetime:
        """When the most leads of a step are first held: in which day, then in which quarter."""
        for length in (DAY, QUARTER):
            steps = _cut(step, length)
            sums = await self.sums(steps)
            highest = max(each.peak for each in sums)
            step = next(one for one, each in zip(steps, sums, strict=True) if each.peak == highest)
        live = _live(step)
        persons = await find_persons(
            self.session, self.manager_ids, live, self.known_on, Parts(held=True)
        )
        level = await asyncio.to_thread(_all_leads, list(persons.values()))
        return moment_of(level.peak_at(live.edges[0], live.edges[-1]))


def _cut(step: Step, length: int) -> list[Step]:
    """By so many microseconds, of which whole ones have passed since 1970 at each edge."""
    begin, end = edges_of([step])
    inner = range((begin // length + 1) * length, end, length)
    moments = [moment_of(at) for at in (begin, *inner, end)]
    return list(map(Step, moments, moments[1:]))


def _all_leads(persons: Sequence[Person]) -> Level:
    held = all_held([person.held for person in persons])
    changes = (begun - ended for begun, ended in zip(held.begun, held.ended, strict=True))
    return Level(held.leads, held.moments, changes)


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


def _stretches(
    persons: Mapping[UUID, Person], measure: str, step: Step, window: Window
) -> LoadItems:
    edges = micros(step.begins_at), micros(step.ends_at)
    length, is_average = edges[1] - edges[0], measure == "capacity_average"
    # In their order, which tells them apart: numbers are compared far faster than ids and moments.
    stretches = [
        (stretch.begin, manager_id.int, stretch)
        for manager_id, person in persons.items()
        for stretch in STRETCHES[measure](person, *edges)
    ]

    def value(total: int) -> float:
        return total / length / _MILLI if is_average else total / _MINUTE

    def size(stretch: Stretch) -> int:
        length = stretch.end - stretch.begin
        return length * (stretch.capacity or 0) if is_average else length

    total = None
    if window.after is None:
        total = value(sum(size(stretch) for *_, stretch in stretches))
    else:
        moment, last_id, _ = window.after
        last = micros(moment), last_id.int
        stretches = [each for each in stretches if each[:2] < last]
    items = [
        LoadItem(
            (moment_of(begin), UUID(int=number), 0), UUID(int=number), None,
            moment_of(begin), moment_of(each.end),
            _units(each.units), _units(each.capacity), value(size(each)),
        )
        for begin, number, each in nlargest(window.limit, stretches)
    ]  # fmt: skip
    return LoadItems(items, total)


def _units(milli: int | None) -> float | None:
    return None if milli is None else milli / _MILLI
