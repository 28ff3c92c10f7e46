"""Customers by segment, cohorts of retention, and what goes together, from one view of sales."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Final
from uuid import UUID

from services.kpi.domain.loyalty import counting
from services.kpi.domain.loyalty.association import Baskets, Rule, rules_of
from services.kpi.domain.loyalty.counting import (
    count_baskets,
    count_cells,
    count_cohorts,
    find_customers,
)
from services.kpi.domain.loyalty.customers import Cell, Chosen, CustomerFilter
from services.kpi.domain.loyalty.segments import NAMES, Name, segment_of
from services.kpi.domain.months import following
from services.kpi.domain.periods import Period, day_begin
from services.kpi.repository.money.held_sales import count_once
from services.kpi.repository.money.relations import View
from services.kpi.repository.money.sale_days import (
    BASKETS,
    CUSTOMERS,
    RETURNS,
    SCORED,
    apart,
)
from services.kpi.repository.money.sold import Origin
from services.kpi.use_cases.money import sales
from services.kpi.use_cases.money.sales import Sales
from services.kpi.use_cases.money.views import MoneyWish, take_view
from shared.database import Session
from shared.errors import InvalidError

MOST_PRODUCTS: Final = 200  # with the most buyers: pairs grow with the square
MOST_RULES: Final = 1000
_PAIR: Final = 16  # numbers of eight bytes take as much memory
_ORIGIN: Final[Origin] = "last_non_direct"  # by month alone nothing depends on it


@dataclass(frozen=True, slots=True)
class Segment:
    """Customers of a segment; `amount` is of their `priced` sales in the currency."""

    customers: int = 0
    sleeping: int = 0
    sales: int = 0
    priced: int = 0
    amount: Decimal = Decimal(0)

    def plus(self, cell: Cell, until: datetime) -> "Segment":
        return Segment(
            self.customers + cell.customers,
            self.sleeping + cell.sleeping(until),
            self.sales + cell.sales,
            self.priced + cell.priced,
            self.amount + cell.amount,
        )


@dataclass(frozen=True, slots=True)
class Loyalty:
    """`segments` is empty where there are too few customers for any; `sales` are by month."""

    sales: Sales
    currency: str | None
    all: Segment
    segments: dict[Name, Segment] = field(default_factory=dict)


def view_of(wish: MoneyWish) -> View:
    return View(wish.period, wish.known_on)


def until_of(view: View, now: datetime) -> datetime:
    """The moment up to which somebody has not bought again."""
    moments = [now, view.period.ends_at, view.known_before]
    return min(moment for moment in moments if moment is not None)


async def show_loyalty(
    session: Session, wish: MoneyWish, currency: str | None, now: datetime
) -> Loyalty:
    """Segments of the customers of the period, and their sales by month."""
    await take_view(session)
    view = view_of(wish)
    monthly = replace(wish, dimensions=["month"])
    by_month = await sales.show_sales(session, monthly, _ORIGIN)
    until = until_of(view, now)
    count_them = partial(count_cells, span=view.period, currency=currency)
    cells, used = await count_once(session, view, SCORED, count_them, _size)
    whole = Segment()
    segments: dict[Name, Segment] = {}
    for cell in cells:
        whole = whole.plus(cell, until)
        if cell.recency is not None and cell.frequency is not None:
            name = segment_of(cell.recency, cell.frequency)
            segments[name] = segments.get(name, Segment()).plus(cell, until)
    if segments:
        segments = {name: segments.get(name, Segment()) for name in NAMES}
    return Loyalty(by_month, used, whole, segments)


def _size(cells: tuple[list[Cell], str | None]) -> int:
    return sum(cell.customers for cell in cells[0])


async def list_customers(
    session: Session,
    wish: MoneyWish,
    criteria: CustomerFilter,
    currency: str | None,
    *,
    now: datetime,
    after: UUID | None,
    limit: int,
) -> Chosen:
    """Customers, the highest id first; the currency is that of the most sales if none is named."""
    await take_view(session)
    view = view_of(wish)
    names = CUSTOMERS if criteria.names_products else SCORED
    bought = replace(criteria, segment=None, sleeping=None)
    find = partial(find_customers, span=view.period, currency=currency, criteria=bought)
    group = await count_once(session, view, names, find, lambda group: group[0].size())
    until = until_of(view, now)
    choose = partial(counting.list_customers, until=until, after=after, limit=limit)
    return await apart(partial(choose, criteria=criteria), group)


@dataclass(frozen=True, slots=True)
class Return:
    """Of a cohort so many `customers` bought in the month that is `age` months after its own;
    `is_whole`: all of that month lies in the period and is over.
    """

    age: int
    month: date
    customers: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Cohort:
    """The customers whose first sale lies in the month, and who of them came back."""

    month: date
    customers: int
    is_whole: bool
    returns: Sequence[Return]


async def show_cohorts(session: Session, wish: MoneyWish, now: datetime) -> list[Cohort]:
    """Retention by month of the first sale, the earliest first; months without a sale are 0."""
    await take_view(session)
    view = view_of(wish)
    until = until_of(view, now)
    every = _months(wish.period)
    counts: dict[date, dict[date, int]] = defaultdict(dict)
    begins = tuple(day_begin(month, wish.period.zone) for month in every)
    count_them = partial(count_cohorts, span=view.period, months=begins)
    for cell in await count_once(session, view, RETURNS, count_them, len):
        counts[every[cell.cohort - 1]][every[cell.month - 1]] = cell.customers
    today = until.astimezone(wish.period.zone).date()
    months = [month for month in every if month <= today]
    whole = {month for month in months if _is_whole(month, wish.period, until)}
    return [
        Cohort(
            first,
            counts[first][first],
            first in whole,
            [
                Return(age, month, counts[first].get(month, 0), month in whole)
                for age, month in enumerate(months[months.index(first) :])
                if age
            ],
        )
        for first in months
        if first in counts
    ]


def _months(span: Period) -> list[date]:
    """The months that the period meets, by their first days."""
    month, months = span.first.replace(day=1), []
    while month < span.end:
        months.append(month)
        month = following(month)
    return months


def _is_whole(month: date, span: Period, until: datetime) -> bool:
    return span.first <= month and day_begin(following(month), span.zone) <= until


@dataclass(frozen=True, slots=True)
class Association:
    """`more` rules of the lowest lift were left out."""

    people: int
    rules: Sequence[Rule]
    more: int


async def show_next_products(
    session: Session, wish: MoneyWish, least_support: Fraction, product: str | None
) -> Association:
    """What is bought by those who bought something else, the highest lift first."""
    await take_view(session)
    view = view_of(wish)
    count_them = partial(count_baskets, span=view.period, most_products=MOST_PRODUCTS)
    baskets = await count_once(session, view, BASKETS, count_them, _size_of_baskets)
    rules = rules_of(baskets.pairs, baskets.buyers, baskets.people, least_support)
    if product is not None:
        rules = [rule for rule in rules if rule.product == product]
    return Association(baskets.people, rules[:MOST_RULES], max(0, len(rules) - MOST_RULES))


def _size_of_baskets(baskets: Baskets) -> int:
    return _PAIR * (len(baskets.buyers) + len(baskets.pairs))


def require_months(criteria: CustomerFilter) -> CustomerFilter:
    """Months are said by their first days. Raises InvalidError."""
    members = {"cohort": criteria.cohort, "bought_in": criteria.bought_in}
    wrong = [name for name, day in members.items() if day is not None and day.day != 1]
    if wrong:
        errors = [(f"/{name}", "is the first day of a month") for name in wrong]
        raise InvalidError("It is no month.", errors=errors)
    return criteria
