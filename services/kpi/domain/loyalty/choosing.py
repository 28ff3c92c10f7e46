"""Which customers of a period are asked for, a page of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.loyalty.customers import Customer, CustomerFilter
from services.kpi.domain.loyalty.scoring import Customers, own_factor, scores
from services.kpi.domain.loyalty.segments import SCORES, cells_of
from services.kpi.domain.loyalty.sold import Bools, Ints, Sold
from services.kpi.domain.loyalty.stretches import EPOCH, MICROSECOND, micros
from services.kpi.domain.months import following
from services.kpi.domain.periods import day_begin


@dataclass(frozen=True, slots=True)
class _Scores:
    recency: Ints
    frequency: Ints
    money: Ints


def page(
    sold: Sold,
    customers: Customers,
    criteria: CustomerFilter,
    zone: ZoneInfo,
    *,
    until: datetime,
    after: UUID | None,
    limit: int,
) -> tuple[list[Customer], int]:
    """Customers by id, the highest first, and how many there are, before the cursor as well."""
    if not len(customers.sales):
        return [], 0
    marks = _Scores(scores(customers.last), scores(customers.sales), scores(customers.amounts))
    is_asked = _bought(sold, customers, criteria, zone)
    is_sleeping = 2 * micros(until) > customers.asleep_after
    if criteria.segment is not None:
        cells_ = cells_of(criteria.segment)
        pairs = [recency * (SCORES + 1) + frequency for recency, frequency in cells_]
        is_asked &= np.isin(marks.recency * (SCORES + 1) + marks.frequency, pairs)
        is_asked &= customers.are_scored
    if criteria.sleeping is not None:
        is_asked &= is_sleeping == criteria.sleeping
    total = int(is_asked.sum())
    return [
        _customer(customers, marks, place, is_sleeping=bool(is_sleeping[place]))
        for place in _last_ids(customers.people, np.flatnonzero(is_asked), after, limit)
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


def _last_ids(
    people: NDArray[np.uint64], places: Ints, after: UUID | None, limit: int
) -> list[int]:
    """Of these customers those with the highest ids below the cursor, in order."""
    high, low = people[places, 0], people[places, 1]
    if after is not None:
        first, second = (np.uint64(half) for half in divmod(after.int, 1 << 64))
        is_next = (high < first) | ((high == first) & (low < second))
        places, high, low = places[is_next], high[is_next], low[is_next]
    if len(places) > limit:  # only these are put into order
        bound = np.partition(high, len(high) - limit)[len(high) - limit]
        is_high = high >= bound
        places, high, low = places[is_high], high[is_high], low[is_high]
    return [int(place) for place in places[np.lexsort((low, high))[::-1]][:limit]]


def _customer(customers: Customers, marks: _Scores, place: int, *, is_sleeping: bool) -> Customer:
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
