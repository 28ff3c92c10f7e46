"""Plan against fact, live, by the values of an axis; and how good the planning was."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from services.kpi.domain.months import later
from services.kpi.domain.periods import day_begin
from services.kpi.domain.plan.control import (
    Control,
    DaysOff,
    MonthDays,
    Quality,
    control,
    quality,
    working_days,
)
from services.kpi.domain.plan.nodes import AxisName, Measure, Node
from services.kpi.domain.plan.sums import by_columns, children_of, needs_cells
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.plan import blocks
from services.kpi.repository.plan.blocks import Place
from services.kpi.repository.plan.past import Month
from services.kpi.repository.plan.plans import get_version
from services.kpi.repository.plan.sold import Fact, list_facts
from services.kpi.use_cases.forecast.past import days_off
from services.kpi.use_cases.plan.naming import Names, labels_of, names_of, node_of
from shared.database import Session

ByMonth = Mapping[str, Sequence[int]]
TOTAL: Final = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """A node by names, in one measure of a version, and the axis that tells its rows apart; the
    country whose holidays are no working days.
    """

    place: Place
    names: Names
    axis: AxisName | None
    zone: ZoneInfo
    now: datetime
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """`is_planned` tells whether the plan has the value at all."""

    value: str
    label: str | None
    control: Control
    is_planned: bool


@dataclass(frozen=True, slots=True)
class Sides:
    """Plan and fact by value and month of the node; `months` are their numbers. `sold` are the
    facts in both measures.
    """

    months: Sequence[int]
    days: Sequence[MonthDays]
    plan: ByMonth
    fact: ByMonth
    sold: Sequence[Fact]


async def show_control(session: Session, terms: Terms, wish: Wish) -> tuple[list[Row], Control]:
    """The rows in the order of their values, and the whole node. Raises NotFoundError,
    InvalidError.
    """
    sides = await sides_of(session, terms, wish)
    labels = await labels_of(session, wish.axis)
    if wish.axis == "month":
        return _by_month(terms, sides)
    nothing = [0] * len(sides.months)
    rows = [
        Row(
            value,
            labels.get(value),
            control(sides.plan.get(value, nothing), sides.fact.get(value, nothing), sides.days),
            value in sides.plan,
        )
        for value in sorted({*sides.plan, *sides.fact})
    ]
    whole = control(_sum(sides.plan, nothing), _sum(sides.fact, nothing), sides.days)
    return (rows if wish.axis is not None else []), whole


async def show_quality(session: Session, terms: Terms, wish: Wish) -> list[Quality]:
    """Of each month of the node that is over. Raises NotFoundError, InvalidError."""
    sides = await sides_of(session, terms, wish)
    return [
        Quality(sides.months[one.month], one.plan, one.fact, one.error, one.bias)
        for one in quality(sides.plan, sides.fact, sides.days)
    ]


def _by_month(terms: Terms, sides: Sides) -> tuple[list[Row], Control]:
    nothing = [0] * len(sides.months)
    plan, fact = _sum(sides.plan, nothing), _sum(sides.fact, nothing)
    rows = [
        Row(
            f"{terms.month_of(number):%Y-%m}",
            None,
            control([plan[place]], [fact[place]], [sides.days[place]]),
            True,
        )
        for place, number in enumerate(sides.months)
    ]
    return rows, control(plan, fact, sides.days)


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
    today = wish.now.astimezone(wish.zone).date()
    off = _days_off(terms, wish.country)
    days = [working_days(terms.month_of(number), today, off) for number in months]
    spans = [_month(terms, number, wish.zone) for number in months]
    if facts is None:
        facts = await list_facts(
            session, terms, spans, wish.names, told_apart(wish), zone=wish.zone.key
        )
    return Sides(months, days, plan, _facts(terms, facts, wish.place.measure, months), facts)


def _days_off(terms: Terms, country: str | None) -> DaysOff:
    """Of the years of the plan. Raises InvalidError for a country that is not known."""
    first, last = terms.month_of(0), terms.month_of(terms.months - 1)
    return days_off(country, range(first.year, last.year + 1))


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
    for fact in facts:
        revenue = round(fact.revenue / terms.unit("revenue"))
        amount = revenue if measure == "revenue" else fact.quantity
        sums[fact.value][places[fact.month]] += amount
    return dict(sums)


async def _plan(
    session: Session, terms: Terms, wish: Wish, node: Node, months: Sequence[int]
) -> dict[str, list[int]]:
    """The plan by the names of values and by months."""
    axis = told_apart(wish)
    children: Callable[[Node], Mapping[int, int]]
    if needs_cells(node, axis):
        cells = await blocks.list_blocks(session, wish.place, node)
        children = lambda part: children_of(cells, part, axis)  # noqa: E731
    else:
        totals = await blocks.list_totals(session, wish.place, node)
        children = lambda part: by_columns(totals, part, axis)  # noqa: E731
    sums = await asyncio.to_thread(
        lambda: [children(node.at("month", number)) for number in months]
    )
    numbers = {number for each in sums for number in each}
    names = {0: TOTAL} if axis is None else await names_of(session, terms, axis, numbers)
    return {names[number]: [each.get(number, 0) for each in sums] for number in numbers}
