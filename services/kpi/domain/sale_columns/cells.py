"""Values of several axes and a part of the period as one number. As `sold.py` it loads numpy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.kpi.domain.sale_columns.ledger import Ledger
from services.kpi.domain.sale_columns.numbered import numbered
from services.kpi.domain.sale_columns.sold import Ints, Named

Place = tuple[tuple[str, ...], int]  # a value of each axis, and the part of the period, from 1
_SPARSE: Final = 4_000_000  # of more cells only those are numbered that have a sale
NOWHERE: Final = -1


@dataclass(frozen=True, slots=True)
class Cells:
    """Those that have a sale: of each its number, the value of each axis, the part of the period
    and how many sales it has.
    """

    numbers: Ints
    columns: Sequence[Named]
    parts: Ints
    sales: Ints

    def __len__(self) -> int:
        return len(self.numbers)

    def places(self, cells: Ints) -> list[Place]:
        """Those of these cells."""
        values = [
            [column.names[code] for code in column.codes[cells].tolist()] for column in self.columns
        ]
        keys = zip(*values, strict=True) if values else [()] * len(cells)
        return list(zip(keys, self.parts[cells].tolist(), strict=True))

    def largest(self, most: int | None) -> Ints:
        """All; of more than `most` those that have as many sales as the last of so many."""
        if most is None or len(self) <= most:
            return np.arange(len(self))
        least = np.partition(self.sales, -most)[-most]
        return np.flatnonzero(self.sales >= least)

    def with_earlier(self, cells: Ints) -> Ints:
        """These cells, and those of the same values in the part of the period before."""
        columns = [Named(column.codes[cells], column.names) for column in self.columns]
        before = Cells(self.numbers[cells], columns, self.parts[cells] - 1, self.sales[cells])
        earlier = found_among(self, before)
        is_told = np.zeros(len(self), np.bool_)
        is_told[cells] = True
        is_told[earlier[earlier != NOWHERE]] = True
        return np.flatnonzero(is_told)

    def of_numbers(self, cells: Ints) -> Ints:
        """By number of a cell its place among these, or NOWHERE."""
        places = np.full(int(self.numbers[-1]) + 1 if len(self) else 0, NOWHERE, np.int64)
        places[self.numbers[cells]] = np.arange(len(cells))
        return places


def cells_of(ledger: Ledger, columns: Sequence[Named], bounds: Sequence[int]) -> tuple[Ints, Cells]:
    """Of each sale the number of its cell, and the cells."""
    size = len(bounds) - 1
    parts = numbers = ledger.parts(bounds)
    for column in columns:
        width = max(len(column.names), 1)
        if size * width > _SPARSE:
            numbers, size = numbered(numbers, size)
        numbers, size = numbers * width + column.codes, size * width
    if size > _SPARSE:
        numbers, size = numbered(numbers, size)
    sales = np.bincount(numbers, minlength=size)
    present = np.flatnonzero(sales)
    any_sale = np.zeros(size, np.int32)
    any_sale[numbers] = np.arange(len(numbers), dtype=np.int32)  # which tells what the cell is of
    sale = any_sale[present]
    of_cells = [Named(column.codes[sale], column.names) for column in columns]
    return numbers, Cells(present, of_cells, parts[sale] + 1, sales[present])


def found_among(cells: Cells, others: Cells) -> Ints:
    """Of each of the others the place of the same cell, or NOWHERE."""
    if not len(cells):
        return np.full(len(others), NOWHERE, np.int64)
    keys, size = np.zeros(len(cells), np.int64), 1
    other_keys, is_there = np.zeros(len(others), np.int64), np.ones(len(others), np.bool_)
    for column, other in zip(cells.columns, others.columns, strict=True):
        codes = {name: code for code, name in enumerate(column.names)}
        of_other = np.array([codes.get(name, NOWHERE) for name in other.names], np.int64)
        theirs = of_other[other.codes]
        is_there &= theirs != NOWHERE
        width = len(column.names)
        both, size = np.concatenate((keys, other_keys)), size * width
        both = both * width + np.concatenate((column.codes, theirs.clip(0)))
        both, size = numbered(both, size)  # so that no number grows too large
        keys, other_keys = both[: len(cells)], both[len(cells) :]
    parts = int(max(cells.parts.max(initial=0), others.parts.max(initial=0))) + 1
    keys, other_keys = keys * parts + cells.parts, other_keys * parts + others.parts
    order = np.argsort(keys)
    at = np.searchsorted(keys, other_keys, sorter=order)
    places = np.full(len(others), NOWHERE, np.int64)
    is_there &= at < len(cells)
    places[is_there] = order[at[is_there]]
    places[is_there] = np.where(
        keys[places[is_there]] == other_keys[is_there], places[is_there], NOWHERE
    )
    return places
