"""What sales come to by values of several axes and part of the period, as arrays; as `sold.py` it
loads numpy.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.loyalty.credited import Credits
from services.kpi.domain.loyalty.grouped import quantiles_by_cell, sums_of
from services.kpi.domain.loyalty.numbered import numbered
from services.kpi.domain.loyalty.sold import (
    Bools,
    Ints,
    Money,
    Named,
    Numbers,
    Sold,
    quantiles,
)
from services.kpi.domain.loyalty.stretches import JOINED, RETURNING
from services.kpi.domain.sales.figures import SalesFigures, SalesMoney

Seconds = NDArray[np.float64]
Place = tuple[tuple[str, ...], int]  # a value of each axis, and the part of the period, from 1


@dataclass(frozen=True, slots=True)
class Cells:
    """The value of each axis of each cell, and its part of the period."""

    columns: Sequence[Named]
    parts: Ints

    def places(self, cells: Ints) -> list[Place]:
        """Those of these cells."""
        values = [
            [column.names[code] for code in column.codes[cells].tolist()] for column in self.columns
        ]
        keys = zip(*values, strict=True) if values else [()] * len(cells)
        return list(zip(keys, self.parts[cells].tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class _Sums:
    """By cell and currency."""

    currencies: Sequence[str]
    priced: Ints
    amounts: Numbers
    later: Numbers
    money: Money


@dataclass(frozen=True, slots=True)
class Crossed:
    """An item of each array for each of the cells that have a sale. `gaps` are the quantiles, in
    seconds, of the cells `gap_cells` alone, in order.
    """

    cells: Cells
    sales: Ints
    returning: Ints
    joined: Ints
    customers: Ints
    returning_customers: Ints
    gap_cells: Ints
    gaps: Sequence[Seconds]
    sums: _Sums
    total: SalesFigures

    def largest(self, most: int | None) -> Ints:
        """The cells; of more than `most` those that have as many sales as the last of so many."""
        if most is None or len(self.sales) <= most:
            return np.arange(len(self.sales))
        least = np.partition(self.sales, -most)[-most]
        return np.flatnonzero(self.sales >= least)

    def missing(self, places: Collection[Place]) -> set[Place]:
        """Those of which there is no cell."""
        if not places:
            return set()
        cells = _known(self.cells)
        codes = [
            {name: code for code, name in enumerate(each.names)} for each in self.cells.columns
        ]
        return {
            place
            for place in places
            if (place[1], *(of.get(name) for of, name in zip(codes, place[0], strict=True)))
            not in cells
        }

    def figures(self, cell: int) -> SalesFigures:
        """What the sales of a cell come to."""
        place = int(np.searchsorted(self.gap_cells, cell))
        has_gap = place < len(self.gap_cells) and self.gap_cells[place] == cell
        p50, p90 = (float(one[place]) if has_gap else None for one in self.gaps)
        return SalesFigures(
            sales=int(self.sales[cell]),
            new=int(self.sales[cell] - self.returning[cell]),
            returning=int(self.returning[cell]),
            joined=int(self.joined[cell]),
            customers=int(self.customers[cell]),
            returning_customers=int(self.returning_customers[cell]),
            gap_p50=p50,
            gap_p90=p90,
            money=_money(self.sums, slice(cell, cell + 1)),
        )


def _known(cells: Cells) -> set[tuple[int, ...]]:
    """Of each cell its part of the period, and the code of each of its values."""
    codes = (each.codes.tolist() for each in cells.columns)
    return set(zip(cells.parts.tolist(), *codes, strict=True))


def columns_of(sold: Sold, axes: Sequence[str], credit: Credits | None) -> list[Named]:
    """The values of each sale: as kept, or of what it is credited to otherwise."""
    return [
        sold.values(axis) if credit is None or axis == "manager" else credit.column(axis)
        for axis in axes
    ]


def cross(
    sold: Sold, columns: Sequence[Named], bounds: Sequence[int], shares: Sequence[float]
) -> Crossed:
    """The sales by these values of each and by part."""
    cells, of_cells = cells_of(sold, columns, bounds)
    size = len(of_cells.parts)
    signs = sold.signs()
    returning = signs & RETURNING > 0
    people, codes = sold.customers()
    customers, returning_customers = _people(codes, cells, returning, size)
    gaps = sold.gaps()[returning]
    gap_cells, *gaps_of_cells = quantiles_by_cell(gaps, cells[returning], shares)
    of_all = quantiles(gaps, shares)
    sums = _sums(sold, cells, returning, size)
    later = np.bincount(cells[returning], minlength=size)
    joined = np.bincount(cells[signs & JOINED > 0], minlength=size)
    came_again = np.zeros(len(people), np.bool_)
    came_again[codes[returning]] = True
    total = SalesFigures(
        sales=len(cells),
        new=len(cells) - int(later.sum()),
        returning=int(later.sum()),
        joined=int(joined.sum()),
        customers=len(people),
        returning_customers=int(came_again.sum()),
        gap_p50=of_all[0] if of_all else None,
        gap_p90=of_all[1] if of_all else None,
        money=_money(sums, slice(None)),
    )
    sales = np.bincount(cells, minlength=size)
    numbers = sales, later, joined, customers, returning_customers
    return Crossed(of_cells, *numbers, gap_cells, gaps_of_cells, sums, total)


def gaps_of_values(
    sold: Sold, columns: Sequence[Named], bounds: Sequence[int], shares: Sequence[float]
) -> dict[Place | None, list[float]]:
    """The quantiles of the seconds by place, and under None those of all."""
    again = sold.numbers() > 1
    cells, of_cells = cells_of(sold, columns, bounds)
    gaps = sold.gaps()[again]
    everything = quantiles(gaps, shares)
    if everything is None:
        return {}
    present, *columns_of_gaps = quantiles_by_cell(gaps, cells[again], shares)
    rows = zip(*(one.tolist() for one in columns_of_gaps), strict=True)
    gaps_of: dict[Place | None, list[float]] = {None: everything}
    return gaps_of | dict(zip(of_cells.places(present), map(list, rows), strict=True))


def cells_of(sold: Sold, columns: Sequence[Named], bounds: Sequence[int]) -> tuple[Ints, Cells]:
    """Of each sale the number of its cell, and the cells."""
    parts = np.searchsorted(bounds, sold.ats, side="right") - 1
    cells, size = numbered(parts, len(bounds) - 1)
    for column in columns:
        width = len(column.names)
        cells, size = numbered(cells * width + column.codes, size * width)
    first = np.zeros(size, np.int64)
    first[cells] = np.arange(len(cells))  # any sale of a cell tells what it is of
    of_first = [Named(column.codes[first], column.names) for column in columns]
    return cells, Cells(of_first, parts[first] + 1)


def _people(codes: Ints, cells: Ints, returning: Bools, size: int) -> tuple[Ints, Ints]:
    """How many customers each cell has, and how many of them have a returning sale in it."""
    # In order by customer and cell a returning sale of theirs is the last, if there is one.
    ordered = np.sort((codes * size + cells) << 1 | returning)
    pairs = ordered >> 1
    last = ordered[np.concatenate((pairs[1:] != pairs[:-1], [True]))[: len(ordered)]]
    of_cell = (last >> 1) % (size or 1)
    customers = np.bincount(of_cell, minlength=size)
    return customers, np.bincount(of_cell[last & 1 > 0], minlength=size)


def _sums(sold: Sold, cells: Ints, returning: Bools, size: int) -> _Sums:
    currencies, money = sold.currencies(), sold.money()
    width = len(currencies.names)
    places, every = cells * width + currencies.codes, size * width
    return _Sums(
        currencies.names,
        np.bincount(places, minlength=every).reshape(size, width),
        sums_of(places, money.amounts, every).reshape(size, width),
        sums_of(places[returning], money.amounts[returning], every).reshape(size, width),
        money,
    )


def _money(sums: _Sums, cells: slice) -> dict[str, SalesMoney]:
    """What has a price, of these cells together."""
    decimal = sums.money.decimal
    by_currency = {}
    for number, currency in enumerate(sums.currencies):
        priced = int(sums.priced[cells, number].sum())
        if currency and priced:
            amount, later = (each[cells, number].sum() for each in (sums.amounts, sums.later))
            by_currency[currency] = SalesMoney(
                priced=priced,
                amount=decimal(amount),
                new_amount=decimal(amount - later),
                returning_amount=decimal(later),
                cancelled_amount=Decimal(0),
            )
    return by_currency
