"""Customers of a period with their scores and their usual time: all of them as arrays, added up or
chosen.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.loyalty.customers import Cell, Customer, CustomerFilter, Ground
from services.kpi.domain.loyalty.rhythm import FACTOR, LEAST_GAPS
from services.kpi.domain.loyalty.segments import LEAST_CUSTOMERS, SCORES, cells_of
from services.kpi.domain.loyalty.sold import Bools, Ints, Money, Numbers, Sold, quantiles
from services.kpi.domain.loyalty.stretches import EPOCH, MICROSECOND, micros
from services.kpi.domain.months import following
from services.kpi.domain.periods import day_begin

COMPANY_SHARE: Final = 0.9  # of all times between sales are shorter than the company's limit
_BITS: Final = 63  # of a number that sorts by customer, then by time


@dataclass(frozen=True, slots=True)
class Customers:
    """An item of each array for each customer. `lower` and `upper` are the middle times between
    their sales, the same of an odd number, in microseconds.
    """

    people: NDArray[np.uint64]
    codes: Ints
    sales: Ints
    last: Ints
    priced: Ints
    amounts: Numbers
    money: Money
    gaps: Ints
    lower: Ints
    upper: Ints
    is_own: Bools
    is_sleeping: Bools
    company_limit: float | None

    @property
    def are_scored(self) -> bool:
        """Whether there are enough of them for fifths."""
        return len(self.sales) >= LEAST_CUSTOMERS


def currency_of(sold: Sold) -> str | None:
    """That of the most sales; of several the first by name."""
    named = sold.currencies()
    counts = np.bincount(named.codes, minlength=len(named.names))
    found = {
        name: int(count) for name, count in zip(named.names, counts, strict=True) if name and count
    }
    return max(sorted(found), key=lambda name: found[name], default=None)


def customers_of(sold: Sold, ground: Ground) -> Customers:
    """Those of the period; money is that in the ground's currency."""
    people, codes = sold.customers()
    size, money, named = len(people), sold.money(), sold.currencies()
    last = np.full(size, np.iinfo(np.int64).min)
    np.maximum.at(last, codes, sold.ats)
    is_priced = named.codes == named.code(ground.currency or None)
    amounts = np.zeros(size, money.amounts.dtype)
    np.add.at(amounts, codes[is_priced], money.amounts[is_priced])
    has_gap = sold.numbers() > 1
    gaps = sold.gaps()[has_gap]
    counts, lower, upper = _middles(codes[has_gap], gaps, size)
    company = quantiles(gaps, [COMPANY_SHARE])
    since = micros(ground.until) - last
    is_own, of_company = counts >= LEAST_GAPS, company[0] if company else None
    others = since / 1e6 > of_company if of_company is not None else np.zeros(size, np.bool_)
    return Customers(
        people=people,
        codes=codes,
        sales=np.bincount(codes, minlength=size),
        last=last,
        priced=np.bincount(codes[is_priced], minlength=size),
        amounts=amounts,
        money=money,
        gaps=counts,
        lower=lower,
        upper=upper,
        is_own=is_own,
        is_sleeping=np.where(is_own, 2 * since > own_factor() * (lower + upper), others),
        company_limit=of_company,
    )


def own_factor() -> int:
    """How many times their usual time may pass before they sleep."""
    return FACTOR


def _middles(codes: Ints, gaps: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """How many times each customer has, and the lower and upper one in the middle."""
    counts = np.bincount(codes, minlength=size)
    shift = int(gaps.max(initial=0)).bit_length()
    if size.bit_length() + shift <= _BITS:  # one number is sorted much faster than two
        ordered = np.sort(codes << shift | gaps) & ((1 << shift) - 1)
    else:
        ordered = gaps[np.lexsort((gaps, codes))]
    first = np.cumsum(counts) - counts
    has = counts > 0
    lower, upper = np.zeros(size, np.int64), np.zeros(size, np.int64)
    lower[has] = ordered[(first + (counts - 1) // 2)[has]]
    upper[has] = ordered[(first + counts // 2)[has]]
    return counts, lower, upper


def scores(values: Numbers) -> Ints:
    """Of each value from 1 to 5, as `score` of `segments.py` has it."""
    ordered = np.sort(values)
    places = [-(-number * len(ordered) // SCORES) - 1 for number in range(1, SCORES)]
    return 1 + np.searchsorted(ordered[places], values, side="left")


def cells(customers: Customers) -> list[Cell]:
    """Customers by their scores; one cell of all where there are too few of them."""
    size = len(customers.sales)
    if not size:
        return []
    numbers = np.zeros(size, np.int64)
    if customers.are_scored:
        numbers = scores(customers.last) * (SCORES + 1) + scores(customers.sales)
    every = int(numbers.max()) + 1

    def total(values: Numbers) -> Numbers:
        sums = np.zeros(every, values.dtype)
        np.add.at(sums, numbers, values)
        return sums

    counts = np.bincount(numbers, minlength=every)
    sleeping = total(customers.is_sleeping.astype(np.int64))
    sales, priced = total(customers.sales), total(customers.priced)
    amounts = total(customers.amounts)
    return [
        Cell(
            recency=number // (SCORES + 1) or None,
            frequency=number % (SCORES + 1) or None,
            customers=int(counts[number]),
            sleeping=int(sleeping[number]),
            sales=int(sales[number]),
            priced=int(priced[number]),
            amount=customers.money.decimal(amounts[number]),
        )
        for number in np.flatnonzero(counts).tolist()
    ]


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
    after: UUID | None,
    limit: int,
) -> tuple[list[Customer], int]:
    """Customers by id, the highest first, and how many there are, before the cursor as well."""
    if not len(customers.sales):
        return [], 0
    marks = _Scores(scores(customers.last), scores(customers.sales), scores(customers.amounts))
    is_asked = _bought(sold, customers, criteria, zone)
    if criteria.segment is not None:
        cells_ = cells_of(criteria.segment)
        pairs = [recency * (SCORES + 1) + frequency for recency, frequency in cells_]
        is_asked &= np.isin(marks.recency * (SCORES + 1) + marks.frequency, pairs)
        is_asked &= customers.are_scored
    if criteria.sleeping is not None:
        is_asked &= customers.is_sleeping == criteria.sleeping
    total = int(is_asked.sum())
    return [
        _customer(customers, marks, place)
        for place in _last_ids(customers.people, np.flatnonzero(is_asked), after, limit)
    ], total


def _bought(
    sold: Sold, customers: Customers, criteria: CustomerFilter, zone: ZoneInfo
) -> NDArray[Any]:
    """Whether what they bought, and when, fits."""
    is_asked = np.ones(len(customers.sales), np.bool_)

    def have(is_it: Bools) -> Bools:
        found = np.zeros(len(is_asked), np.bool_)
        found[customers.codes[is_it]] = True
        return found

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


def _customer(customers: Customers, marks: _Scores, place: int) -> Customer:
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
        is_sleeping=bool(customers.is_sleeping[place]),
    )


def _moment(since: int) -> datetime:
    return EPOCH + since * MICROSECOND
