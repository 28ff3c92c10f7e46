"""What sales come to by values of several axes and part of the period, as arrays; as `sold.py` it
loads numpy.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.sale_columns.cells import NOWHERE, Cells, Place, cells_of
from services.kpi.domain.sale_columns.grouped import quantiles_by_cell, sums_of
from services.kpi.domain.sale_columns.ledger import Ledger, Rows
from services.kpi.domain.sale_columns.series import Series
from services.kpi.domain.sale_columns.sold import Bools, Ints, Money, Named, quantiles
from services.kpi.domain.sale_columns.stretches import JOINED, RETURNING
from services.kpi.domain.sale_columns.taken_back import TakenBack, less, taken_back_of
from services.kpi.domain.sales.figures import SalesFigures, SalesMoney

_ALL: Final = slice(None)
Columns = tuple[Sequence[Named], Sequence[Named]]  # of what stands, and of what was taken back
Sums = Mapping[int, Sequence[tuple[str, int, Any, Any]]]


@dataclass(frozen=True, slots=True)
class Crossed:
    """`figures` are told of the cells of the `choice` alone, by their place among these: of the
    `largest`, and of those in the part of the period before that have the same values. `numbers`
    are sales, returning, joined, customers and returning customers; `gaps`, in seconds, and `sums`
    are of the places that have any.
    """

    cells: Cells
    choice: Ints
    largest: int
    numbers: Sequence[tuple[int, ...]]
    gaps: Mapping[int, Sequence[float]]
    sums: Sums
    money: Money
    back: TakenBack
    total: SalesFigures

    def figures(self, place: int) -> SalesFigures:
        """What the sales of a cell come to."""
        one = _told(
            self.numbers[place],
            self.gaps.get(place),
            _money(self.sums.get(place, ()), self.money),
        )
        return less(one, self.back.by_place.get(place, ()))


def _told(
    numbers: Sequence[int], gaps: Sequence[float] | None, money: dict[str, SalesMoney]
) -> SalesFigures:
    sales, returning, joined, customers, returning_customers = numbers
    return SalesFigures(
        sales=sales,
        new=sales - returning,
        returning=returning,
        joined=joined,
        customers=customers,
        returning_customers=returning_customers,
        gap_p50=gaps[0] if gaps else None,
        gap_p90=gaps[1] if gaps else None,
        money=money,
    )


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Sales by rows of a ledger, and of each its place among so many, and which are returning, of
    these and by rows.
    """

    rows: Rows
    places: Ints
    size: int
    returning: Bools
    again: Ints


def cross(
    ledgers: tuple[Ledger, Ledger],
    columns: Columns,
    bounds: Sequence[int],
    shares: Sequence[float],
    most: int | None,
) -> Crossed:
    """The sales by these values of each and by part, less those that were taken back: of more than
    `most` cells figures of the largest, and of what these are compared with, alone.
    """
    ledger, back = ledgers
    numbers, cells = cells_of(ledger, columns[0], bounds)
    largest = cells.largest(most)
    choice = largest if len(bounds) == 2 else cells.with_earlier(largest)
    chosen = _chosen(ledger, numbers, cells, choice)
    money = ledger.money()
    signs, places, size = ledger.signs()[chosen.rows], chosen.places, chosen.size
    codes, _ = ledger.people()
    counts = (
        np.bincount(places, minlength=size),
        np.bincount(places[chosen.returning], minlength=size),
        np.bincount(places[signs & JOINED > 0], minlength=size),
        *_people(codes[chosen.rows], chosen),
    )
    gaps = ledger.gaps(chosen.again)
    present, *quantiles_of = quantiles_by_cell(gaps, places[chosen.returning], shares)
    gaps_of = zip(*(one.tolist() for one in quantiles_of), strict=True)
    took = taken_back_of(back, cells_of(back, columns[1], bounds), cells, choice)
    return Crossed(
        cells,
        choice,
        len(largest),
        list(zip(*(each.tolist() for each in counts), strict=True)),
        dict(zip(present.tolist(), gaps_of, strict=True)),
        _sums(ledger, money, chosen),
        money,
        took,
        less(_total(ledger, money, shares), took.total),
    )


def gaps_of_values(
    ledger: Ledger, columns: Sequence[Named], bounds: Sequence[int], shares: Sequence[float]
) -> dict[Place | None, list[float]]:
    """The quantiles of the seconds by place, and under None those of all."""
    again = np.flatnonzero(ledger.signs() & RETURNING)
    numbers, cells = cells_of(ledger, columns, bounds)
    gaps = ledger.gaps(again)
    everything = quantiles(gaps, shares)
    if everything is None:
        return {}
    places = cells.of_numbers(np.arange(len(cells)))[numbers[again]]
    present, *columns_of_gaps = quantiles_by_cell(gaps, places, shares)
    rows = zip(*(one.tolist() for one in columns_of_gaps), strict=True)
    gaps_of: dict[Place | None, list[float]] = {None: everything}
    return gaps_of | dict(zip(cells.places(present), map(list, rows), strict=True))


def _chosen(ledger: Ledger, numbers: Ints, cells: Cells, choice: Ints) -> _Chosen:
    """The sales of these cells."""
    places, size = cells.of_numbers(choice)[numbers], len(choice)
    if size == len(cells):
        returning = ledger.signs() & RETURNING > 0
        return _Chosen(_ALL, places, size, returning, np.flatnonzero(returning))
    rows = np.flatnonzero(places != NOWHERE)
    returning = ledger.signs()[rows] & RETURNING > 0
    return _Chosen(rows, places[rows], size, returning, rows[returning])


def _total(ledger: Ledger, money: Money, shares: Sequence[float]) -> SalesFigures:
    returning = ledger.signs() & RETURNING > 0
    again = np.flatnonzero(returning)
    codes, people = ledger.people()
    nothing = np.zeros(len(ledger), np.int64)
    sums = _sums(ledger, money, _Chosen(_ALL, nothing, 1, returning, again))
    joined = int(np.count_nonzero(ledger.signs() & JOINED))
    customers = _different(codes, people), _different(codes[again], people)
    return _told(
        (len(ledger), len(again), joined, *customers),
        quantiles(ledger.gaps(again), shares),
        _money(sums.get(0, ()), money),
    )


def _different(codes: NDArray[np.int32], size: int) -> int:
    is_there = np.zeros(size, np.bool_)
    is_there[codes] = True
    return int(np.count_nonzero(is_there))


def _people(codes: NDArray[np.int32], chosen: _Chosen) -> tuple[Ints, Ints]:
    """How many customers each place has, and how many of them have a returning sale there."""
    size = chosen.size
    # In order by customer and place a returning sale of theirs is the last, if there is one.
    ordered = (codes.astype(np.int64) * size + chosen.places) << 1 | chosen.returning
    ordered.sort()
    pairs = ordered >> 1
    last = ordered[np.concatenate((pairs[1:] != pairs[:-1], [True]))[: len(ordered)]]
    of_place = (last >> 1) % (size or 1)
    customers = np.bincount(of_place, minlength=size)
    return customers, np.bincount(of_place[last & 1 > 0], minlength=size)


def _sums(ledger: Ledger, money: Money, chosen: _Chosen) -> Sums:
    """By place, where anything has a price: currency, sales, what all and the returning come to."""
    currencies, amounts = ledger.named(Series("currencies")), money.amounts[chosen.rows]
    width, returning = len(currencies.names), chosen.returning
    size = chosen.size * width
    each = chosen.places
    if width > 1:
        each = each * width + currencies.codes[chosen.rows]
    priced = np.bincount(each, minlength=size).tolist()
    every = sums_of(each, amounts, size).tolist()
    later = sums_of(each[returning], amounts[returning], size).tolist()
    sums: dict[int, list[tuple[str, int, Any, Any]]] = defaultdict(list)
    for place in np.flatnonzero(priced).tolist():
        if currency := currencies.names[place % width]:
            one = currency, priced[place], every[place], later[place]
            sums[place // width].append(one)
    return sums


def _money(sums: Sequence[tuple[str, int, Any, Any]], money: Money) -> dict[str, SalesMoney]:
    decimal = money.decimal
    return {
        currency: SalesMoney(
            priced=priced,
            amount=decimal(amount),
            new_amount=decimal(amount - later),
            returning_amount=decimal(later),
            cancelled_amount=Decimal(0),
        )
        for currency, priced, amount, later in sums
    }
