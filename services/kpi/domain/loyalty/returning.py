"""Who came back, and what the same people bought, from the sales of a period as arrays."""

from collections.abc import Sequence

import numpy as np

from services.kpi.domain.loyalty.association import LEAST_PEOPLE, Baskets, pairs_of
from services.kpi.domain.loyalty.coding import distinct
from services.kpi.domain.loyalty.customers import CohortCell
from services.kpi.domain.loyalty.sold import Ints, Sold


def cohorts(sold: Sold, begins: Sequence[int]) -> list[CohortCell]:
    """Who came back, by the month of the first sale and that of the later ones. `begins` are the
    moments at which the months begin, in microseconds; of several sales in one only one counts.
    """
    people, codes = sold.customers()
    months = np.searchsorted(np.array(begins, np.int64), sold.ats, side="right")
    cohort_of = np.zeros(len(people), np.int64)
    is_first = sold.numbers() == 1
    cohort_of[codes[is_first]] = months[is_first]
    size = len(begins) + 1
    bought = distinct(codes * size + months)
    by_customer, month = np.divmod(bought, size)
    cells = cohort_of[by_customer] * size + month
    counts = np.bincount(cells[cohort_of[by_customer] > 0])
    return [
        CohortCell(*divmod(cell, size), int(counts[cell]))
        for cell in np.flatnonzero(counts).tolist()
    ]


def baskets(sold: Sold, most_products: int) -> Baskets:
    """Pairs of at least so many people as rules tell of, of the products with the most buyers."""
    people, codes = sold.customers()
    products = sold.products()
    size = len(products.names) or 1
    bought = distinct(products.codes * len(people) + codes)
    of_product, buyers = np.divmod(bought, len(people) or 1)
    counts = np.bincount(of_product, minlength=size)
    ends = np.cumsum(counts)
    by_name = {
        name: (int(counts[number]), buyers[ends[number] - counts[number] : ends[number]])
        for number, name in enumerate(products.names)
        if name and counts[number]
    }
    many = sorted(
        (name for name, (count, _) in by_name.items() if count >= LEAST_PEOPLE),
        key=lambda name: (-by_name[name][0], name),
    )[:most_products]
    bits = {name: _bits(by_name[name][1], len(people)) for name in sorted(many)}
    everybody = _count_all([each for _, each in by_name.values()], len(people))
    return Baskets(everybody, {name: by_name[name][0] for name in many}, pairs_of(bits))


def _bits(numbers: Ints, size: int) -> int:
    """A number with a bit for each of these."""
    marks = np.zeros(size, np.bool_)
    marks[numbers] = True
    return int.from_bytes(np.packbits(marks).tobytes())


def _count_all(numbers: Sequence[Ints], size: int) -> int:
    """How many customers stand in any of these."""
    marks = np.zeros(size, np.bool_)
    for each in numbers:
        marks[each] = True
    return int(marks.sum())
