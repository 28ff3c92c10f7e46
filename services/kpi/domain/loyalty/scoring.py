"""Customers of a period with their scores and their usual time: all of them as arrays, added up or
chosen.
"""

from array import array
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.loyalty.customers import Cell
from services.kpi.domain.loyalty.rhythm import FACTOR, LEAST_GAPS
from services.kpi.domain.loyalty.segments import LEAST_CUSTOMERS, SCORES
from services.kpi.domain.sale_columns.sold import Bools, Ints, Money, Numbers, Sold, quantiles

COMPANY_SHARE: Final = 0.9  # of all times between sales are shorter than the company's limit
_NEVER: Final = np.iinfo(np.int64).max
_BITS: Final = 63  # of a number that sorts by customer, then by time


@dataclass(frozen=True, slots=True)
class Customers:
    """An item of each array for each customer. `lower` and `upper` are the middle times between
    their sales, the same of an odd number, in microseconds; `asleep_after` is
    when they sleep who have not bought again, in half microseconds since EPOCH.
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
    asleep_after: Ints
    company_limit: float | None
    are_scored: bool  # whether there are enough of them for fifths


def currency_of(sold: Sold) -> str | None:
    """That of the most sales; of several the first by name."""
    named = sold.currencies()
    counts = np.bincount(named.codes, minlength=len(named.names))
    sales = {
        name: int(count) for name, count in zip(named.names, counts, strict=True) if name and count
    }
    return max(sorted(sales), key=lambda name: sales[name], default=None)


def customers_of(sold: Sold, currency: str | None) -> Customers:
    """Those of the period; money is that in the currency."""
    people, codes = sold.customers()
    size, money, named = len(people), sold.money(), sold.currencies()
    last = np.full(size, np.iinfo(np.int64).min)
    np.maximum.at(last, codes, sold.ats)
    is_priced = named.codes == named.code(currency or None)
    amounts = np.zeros(size, money.amounts.dtype)
    np.add.at(amounts, codes[is_priced], money.amounts[is_priced])
    has_gap = sold.numbers() > 1
    gaps = sold.gaps()[has_gap]
    counts, lower, upper = _middles(codes[has_gap], gaps, size)
    company = quantiles(gaps, [COMPANY_SHARE])
    is_own, of_company = counts >= LEAST_GAPS, company[0] if company else None
    own, others = 2 * last + own_factor() * (lower + upper), np.full(size, _NEVER)
    if of_company is not None:
        others = 2 * (last + _whole_micros(of_company))
    asleep_after = np.where(is_own, own, others)
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
        asleep_after=asleep_after,
        company_limit=of_company,
        are_scored=size >= LEAST_CUSTOMERS,
    )


def _whole_micros(seconds: float) -> int:
    """The most microseconds that are no more seconds."""
    number = int(seconds * 1e6)
    while number / 1e6 > seconds:
        number -= 1
    while (number + 1) / 1e6 <= seconds:
        number += 1
    return number


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
    if not len(values):
        return np.zeros(0, np.int64)
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
    # So few numbers are put in order far sooner as bytes, and moments by themselves in each cell.
    asleep_after = customers.asleep_after[np.argsort(numbers.astype(np.uint8), kind="stable")]
    ends = np.cumsum(counts)
    sales, priced = total(customers.sales), total(customers.priced)
    amounts = total(customers.amounts)
    return [
        Cell(
            recency=number // (SCORES + 1) or None,
            frequency=number % (SCORES + 1) or None,
            customers=int(counts[number]),
            asleep_after=array(
                "q", np.sort(asleep_after[ends[number] - counts[number] : ends[number]]).tobytes()
            ),
            sales=int(sales[number]),
            priced=int(priced[number]),
            amount=customers.money.decimal(amounts[number]),
        )
        for number in np.flatnonzero(counts).tolist()
    ]
