"""Plan against fact, live, by the values of an axis; and how good the planning was."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from services.kpi.domain.months import later
from services.kpi.domain.periods import day_begin
from services.kpi.domain.plan.control import Control, Quality, control, quality
from services.kpi.domain.plan.nodes import AxisName, Measure, Node
from services.kpi.domain.plan.sums import by_columns, children_by_month, needs_cells
from services.kpi.domain.plan.terms import Terms
from services.kpi.domain.working_days import MonthDays, WorkingDays, month_days
from services.kpi.repository.plan import blocks
from services.kpi.repository.plan.blocks import Place
from services.kpi.repository.plan.past import Month
from services.kpi.repository.plan.plans import get_version
from services.kpi.repository.plan.sold import Fact, list_facts
from services.kpi.use_cases.plan.naming import Names, labels_of, names_of, node_of
from services.kpi.use_cases.working_days import Calendars, DaysWish, read_calendars
from shared.database import Session

ByMonth = Mapping[str, Sequence[int]]
TOTAL: Final = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """A node by names, in one measure of a version, and the axis that tells its rows apart.
    `country`: whose holidays alone count; `home`: whose they are where nothing else tells.
    """

    place: Place
    names: Names
    axis: AxisName | None
    zone: ZoneInfo
    now: datetime
    country: str | None = None
    home: str | None = None

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Row:
    """`is_planned` tells whether the plan has the value at all."""

    value: str
    label: str | None
    control: Control
    is_planned: bool


@dataclass(frozen=True, slots=True)
class Sides:
    """Plan and fact by value and month of the node; `months` are their numbers, `is_over` tells
    which of them are. `sold` are the facts in both measures.
    """

    months: Sequence[int]
    is_over: Sequence[bool]
    plan: ByMonth
    fact: ByMonth
    sold: Sequence[Fact]


async def show_control(session: Session, terms: Terms, wish: Wish) -> tuple[list[Row], Control]:
    """The rows in the order of their values, and the whole node, each by working days of its own.
    Raises NotFoundError, InvalidError.
    """
    sides = await sides_of(session, terms, wish)
    labels = await labels_of(session, wish.axis)
    calendars = await _calendars(session, terms, wish, sides)
    judge = _Judge(terms, sides.months, wish.today)
    nothing = [0] * len(sides.months)
    plan, fact = _sum(sides.plan, nothing), _sum(sides.fact, nothing)
    names = {"region": wish.names.get("region"), "seller": wish.names.get("seller")}
    whole_days = calendars.of(**names)
    whole = judge.control(plan, fact, whole_days)
    if wish.axis is None:
        return [], whole
    if wish.axis == "month":
        return judge.by_month(plan, fact, whole_days), whole
    rows = []
    for value in sorted({*sides.plan, *sides.fact}):
        days = whole_days
        if wish.axis in names:
            days = calendars.of(**{**names, wish.axis: value})
        each = judge.control(sides.plan.get(value, nothing), sides.fact.get(value, nothing), days)
        rows.append(Row(value, labels.get(value), each, value in sides.plan))
    return rows, whole


async def _calendars(session: Session, terms: Terms, wish: Wish, sides: Sides) -> Calendars:
    """From the first month that is not over on; of those before nothing is needed."""
    months = [number for number, over in zip(sides.months, sides.is_over, strict=True) if not over]
    first = terms.month_of(months[0]) if months else wish.today
    end = later(terms.month_of(months[-1]), 1) if months else first
    days = DaysWish(first=first, end=end, zone=wish.zone, home=wish.home, country=wish.country)
    by_region = wish.axis == "region" or bool(wish.names.get("region"))
    return await read_calendars(session, days, by_region=by_region)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Holds amounts by month against one another; `months` are the numbers of these."""

    terms: Terms
    months: Sequence[int]
    today: date

    def control(self, plan: Sequence[int], fact: Sequence[int], days: WorkingDays) -> Control:
        return control(plan, fact, self._of(days), days.by, days.country)

    def by_month(self, plan: Sequence[int], fact: Sequence[int], days: WorkingDays) -> list[Row]:
        rows = []
        for number, *amounts, month in zip(self.months, plan, fact, self._of(days), strict=True):
            one, other = ([amount] for amount in amounts)
            name = f"{self.terms.month_of(number):%Y-%m}"
            rows.append(Row(name, None, control(one, other, [month], days.by, days.country), True))
        return rows

    def _of(self, days: WorkingDays) -> list[MonthDays]:
        return [month_days(days, self.terms.month_of(number), self.today) for number in self.months]


async def show_quality(session: Session, terms: Terms, wish: Wish) -> list[Quality]:
    """Of each month of the node that is over. Raises NotFoundError, InvalidError."""
    sides = await sides_of(session, terms, wish)
    return [
        Quality(sides.months[one.month], one.plan, one.fact, one.error, one.bias)
        for one in quality(sides.plan, sides.fact, sides.is_over)
    ]


def _sum(sides: ByMonth, nothing: Sequence[int]) -> list[int]:
    return [sum(month) for month in zip(*(nothing, *sides.values()), strict=True)]


async def sides_of(
    session: Session, terms: Terms, wish: Wish, facts: Sequence[Fact] | None = None
) -> Sides:
    """Facts are read if they are not there already: they are of both measures. Raises
    NotFoundError, InvalidError.
    """
    await get_version(session, wish.place.plan_id, wish.place.number)
    node = await node_of(session, terms, wish.names, pointer="")
    months = list(range(terms.months)) if node.month is None else [node.month]
    plan = await _plan(session, terms, wish, node, months)
    is_over = [later(terms.month_of(number), 1) <= wish.today for number in months]
    spans = [_month(terms, number, wish.zone) for number in months]
    if facts is None:
        facts = await list_facts(
            session, terms, spans, wish.names, told_apart(wish), zone=wish.zone.key
        )
    return Sides(months, is_over, plan, _facts(terms, facts, wish.place.measure, months), facts)


def told_apart(wish: Wish) -> AxisName | None:
    """Months are told apart anyway."""
    return None if wish.axis == "month" else wish.axis


def _month(terms: Terms, number: int, zone: ZoneInfo) -> Month:
    first = terms.month_of(number)
    return Month(day_begin(first, zone), day_begin(later(first, 1), zone), number)


def _facts(
    terms: Terms, facts: Sequence[Fact], measure: Measure, months: Sequence[int]
) -> dict[str, list[int]]:
    places = {number: place for place, number in enumerate(months)}
    sums: dict[str, list[int]] = defaultdict(lambda: [0] * len(months))
    unit = terms.unit("revenue")
    for fact in facts:
        amount = round(fact.revenue / unit) if measure == "revenue" else fact.quantity
        sums[fact.value][places[fact.month]] += amount
    return dict(sums)


async def _plan(
    session: Session, terms: Terms, wish: Wish, node: Node, months: Sequence[int]
) -> dict[str, list[int]]:
    """The plan by the names of values and by months."""
    axis = told_apart(wish)
    if needs_cells(node, axis):
        cells = await blocks.list_blocks(session, wish.place, node)
        sums = await asyncio.to_thread(children_by_month, cells, node, axis, months)
    else:
        totals = await blocks.list_totals(session, wish.place, node)
        sums = await asyncio.to_thread(
            lambda: [by_columns(totals, node.at("month", number), axis) for number in months]
        )
    numbers = {number for each in sums for number in each}
    names = {0: TOTAL} if axis is None else await names_of(session, terms, axis, numbers)
    return {names[number]: [each.get(number, 0) for each in sums] for number in numbers}
