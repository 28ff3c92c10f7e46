"""Who came back, and what the same people bought, from the sales of a period as arrays."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from services.kpi.domain.loyalty.association import LEAST_PEOPLE, Baskets, Pair
from services.kpi.domain.loyalty.customers import CohortCell
from services.kpi.domain.sale_columns.coding import distinct
from services.kpi.domain.sale_columns.sold import Ints, Sold

_WORD: Final = 64  # bits


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
    bought_by = {name: by_name[name][1] for name in sorted(many)}
    everybody = _count_all([each for _, each in by_name.values()], len(people))
    counted = {name: by_name[name][0] for name in many}
    return Baskets(everybody, counted, pairs_of(bought_by, len(people)))


def pairs_of(bought_by: Mapping[str, Ints], people: int) -> list[Pair]:
    """Pairs of products that at least so many people bought as rules tell of, from the numbers of
    those who bought each, below `people`. A bit stands for each buyer: who bought both is told by
    `and`, whatever millions of pairs people have bought.
    """
    names, pairs = list(bought_by), []
    bits = np.zeros((len(names), -(-people // _WORD)), np.uint64)
    for place, buyers in enumerate(bought_by.values()):
        marks = np.zeros(bits.shape[1] * _WORD, np.bool_)
        marks[buyers] = True
        bits[place] = np.packbits(marks).view(np.uint64)
    for place, name in enumerate(names):
        both = np.bitwise_count(bits[place + 1 :] & bits[place]).sum(axis=1, dtype=np.uint32)
        pairs += [
            Pair(name, names[place + 1 + other], int(both[other]))
            for other in np.flatnonzero(both >= LEAST_PEOPLE).tolist()
        ]
    return pairs


def _count_all(numbers: Sequence[Ints], size: int) -> int:
    """How many customers stand in any of these."""
    marks = np.zeros(size, np.bool_)
    for each in numbers:
        marks[each] = True
    return int(marks.sum())
