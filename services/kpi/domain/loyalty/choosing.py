"""Which customers of a period are asked for, a page of them."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.loyalty.customers import Customer, CustomerFilter
from services.kpi.domain.loyalty.scoring import Customers, own_factor, scores
from services.kpi.domain.loyalty.segments import SCORES, cells_of
from services.kpi.domain.months import following
from services.kpi.domain.periods import day_begin
from services.kpi.domain.sale_columns.coding import descending
from services.kpi.domain.sale_columns.sold import Bools, Ints, Sold
from services.kpi.domain.sale_columns.stretches import EPOCH, MICROSECOND, micros


@dataclass(frozen=True, slots=True)
class Scores:
    recency: Ints
    frequency: Ints
    money: Ints


@dataclass(frozen=True, slots=True)
class Buyers:
    """Customers by id, the highest first, with their scores among all of the period."""

    customers: Customers
    marks: Scores

    def size(self) -> int:
        """How many numbers it holds."""
        every = (*_columns(self.customers).values(), *_columns(self.marks).values())
        return sum(column.size for column in every)


def buyers_of(sold: Sold, customers: Customers, criteria: CustomerFilter, zone: ZoneInfo) -> Buyers:
    """Those of whom it is true what they bought, and when; other criteria are for `page`."""
    places = np.flatnonzero(_bought(sold, customers, criteria, zone))
    places = places[descending(customers.people[places])]
    marks = Scores(*map(scores, (customers.last, customers.sales, customers.amounts)))
    # Sales are not held with their customers.
    columns: dict[str, Any] = {name: column[places] for name, column in _columns(customers).items()}
    columns["codes"] = customers.codes[:0]
    columns["money"] = replace(customers.money, amounts=customers.money.amounts[:0])
    few = replace(customers, **columns)
    return Buyers(few, Scores(*(column[places] for column in _columns(marks).values())))


def _columns(of: Customers | Scores) -> dict[str, NDArray[Any]]:
    """The arrays with an item for each customer."""
    columns = {each.name: getattr(of, each.name) for each in fields(of)}
    return {
        name: column
        for name, column in columns.items()
        if isinstance(column, np.ndarray) and name != "codes"
    }


def page(
    of: Buyers, criteria: CustomerFilter, *, until: datetime, after: UUID | None, limit: int
) -> tuple[list[Customer], int]:
    """Customers by id, the highest first, and how many there are, before the cursor as well. Who
    sleeps is told for the moment.
    """
    customers, marks = of.customers, of.marks
    is_asked = np.ones(len(customers.sales), np.bool_)
    is_sleeping = 2 * micros(until) > customers.asleep_after
    if criteria.segment is not None:
        cells_ = cells_of(criteria.segment)
        pairs = [recency * (SCORES + 1) + frequency for recency, frequency in cells_]
        is_asked &= np.isin(marks.recency * (SCORES + 1) + marks.frequency, pairs)
        is_asked &= customers.are_scored
    if criteria.sleeping is not None:
        is_asked &= is_sleeping == criteria.sleeping
    total = int(is_asked.sum())
    if after is not None:
        high, low = customers.people[:, 0], customers.people[:, 1]
        first, second = (np.uint64(half) for half in divmod(after.int, 1 << 64))
        is_asked &= (high < first) | ((high == first) & (low < second))
    return [
        _customer(customers, marks, place, is_sleeping=bool(is_sleeping[place]))
        for place in np.flatnonzero(is_asked)[:limit].tolist()
    ], total


def _bought(
    sold: Sold, customers: Customers, criteria: CustomerFilter, zone: ZoneInfo
) -> NDArray[Any]:
    """Whether what they bought, and when, fits."""
    is_asked = np.ones(len(customers.sales), np.bool_)

    def have(is_it: Bools) -> Bools:
        has = np.zeros(len(is_asked), np.bool_)
        has[customers.codes[is_it]] = True
        return has

    if names := [name for name in (criteria.product, criteria.also) if name is not None]:
        products = sold.products()
        for name in names:
            is_asked &= have(products.codes == products.code(name))
    if criteria.without is not None:
        products = sold.products()
        is_asked &= ~have(products.codes == products.code(criteria.without))
    for month, only_first in ((criteria.cohort, True), (criteria.bought_in, False)):
        if month is not None:
            begin, end = (micros(day_begin(day, zone)) for day in (month, following(month)))
            is_in = (sold.ats >= begin) & (sold.ats < end)
            is_asked &= have(is_in & (sold.numbers() == 1) if only_first else is_in)
    return is_asked


def _customer(customers: Customers, marks: Scores, place: int, *, is_sleeping: bool) -> Customer:
    high, low = (int(half) for half in customers.people[place])
    middle = int(customers.lower[place]) / 1e6 + int(customers.upper[place]) / 1e6
    usual = middle / 2 if customers.gaps[place] else None
    is_own = bool(customers.is_own[place])
    return Customer(
        contact_id=UUID(int=high << 64 | low),
        sales=int(customers.sales[place]),
        last_at=_moment(int(customers.last[place])),
        priced=int(customers.priced[place]),
        amount=customers.money.decimal(customers.amounts[place]),
        usual=usual,
        is_own=is_own,
        limit_seconds=own_factor() * middle / 2 if is_own else customers.company_limit,
        is_scored=customers.are_scored,
        recency=int(marks.recency[place]),
        frequency=int(marks.frequency[place]),
        money=int(marks.money[place]),
        is_sleeping=is_sleeping,
    )


def _moment(since: int) -> datetime:
    return EPOCH + since * MICROSECOND
