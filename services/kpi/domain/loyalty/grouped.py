"""What sales of groups come to, as arrays; as `sold.py` it loads numpy."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import numpy as np

from services.kpi.domain.loyalty.sold import Bools, Ints, Money, Sold, quantiles
from services.kpi.domain.loyalty.stretches import JOINED, MANAGER_THIRD, RETURNING, THIRD
from services.kpi.domain.sales.figures import SalesFigures, SalesMoney

Part = tuple[int, int]  # the number of a group and of a part of the period, both from 0 and 1
_AGAIN: Final = 16  # beside the bits of a sign: the same manager's before it lies in the part
_BITS: Final = 32
_WIDEST: Final = 62  # bits of a whole number without a sign
Gaps = dict[Part | None, list[float]]


def gaps_of_groups(
    sold: Sold, group_of: Mapping[str, int], bounds: Sequence[int], shares: Sequence[float]
) -> Gaps:
    """The quantiles by group and part of the period, and under None those of all. `group_of` tells
    the groups of segments; a sale of none of them is in no group.
    """
    segments = sold.segments()
    groups = np.array([group_of.get(name, -1) for name in segments.names], np.int64)
    places = groups[segments.codes] if len(groups) else segments.codes
    counted = (sold.numbers() > 1) & (places >= 0)
    cells = _cells(places[counted], sold.ats[counted], bounds)
    return _gaps(sold.gaps()[counted], cells, len(bounds) - 1, shares)


def figures_of_managers(
    sold: Sold, bounds: Sequence[int], shares: Sequence[float]
) -> tuple[Sequence[str], dict[Part | None, SalesFigures]]:
    """The managers, and what their sales come to by part of the period; under None those of all.

    People are counted as sales less those whose person had one before in the same part, by the
    same manager.
    """
    managers, signs = sold.managers(), sold.signs()
    width, begins = len(bounds) - 1, np.array(bounds[:-1], np.int64)
    cells = _cells(managers.codes, sold.ats, bounds)
    is_again = sold.manager_befores() >= begins[cells % width]
    gaps = sold.gaps()
    returning = signs & RETURNING > 0
    quantiles_of = _gaps(gaps[returning], cells[returning], width, shares)
    size = len(managers.names) * width
    kinds = np.bincount((cells * _BITS) + signs + is_again * _AGAIN, minlength=size * _BITS)
    counts = kinds.reshape(-1, _BITS)
    money = _money(sold, cells, returning, size)
    figures: dict[Part | None, SalesFigures] = {
        (cell // width, cell % width + 1): _figures(
            counts[cell],
            _together(counts[cell], _AGAIN),
            _together(counts[cell], _AGAIN | MANAGER_THIRD),
            quantiles_of.get((cell // width, cell % width + 1)),
            money.get(cell, {}),
        )
        for cell in np.flatnonzero(counts.sum(axis=1)).tolist()
    }
    if len(cells):
        again = returning & (sold.ats - gaps >= bounds[0])
        thirds = int(np.count_nonzero(again & (signs & THIRD > 0)))
        figures[None] = _figures(
            counts.sum(axis=0),
            int(np.count_nonzero(again)),
            thirds,
            quantiles_of.get(None),
            _money(sold, np.zeros_like(cells), returning, 1).get(0, {}),
        )
    return managers.names, figures


def _cells(groups: Ints, ats: Ints, bounds: Sequence[int]) -> Ints:
    """The number of the group and the part of each sale, from 0."""
    width = len(bounds) - 1
    if width == 1:
        return groups
    return np.asarray(groups * width + np.searchsorted(bounds, ats, side="right") - 1, np.int64)


def _together(counts: Ints, bits: int) -> int:
    """How many sales have all of these bits."""
    return sum(int(counts[kind]) for kind in range(_BITS) if kind & bits == bits)


def _figures(
    counts: Ints,
    again: int,
    thirds: int,
    gaps: Sequence[float] | None,
    money: Mapping[str, SalesMoney],
) -> SalesFigures:
    sales, returning = int(counts.sum()), _together(counts, RETURNING)
    return SalesFigures(
        sales=sales,
        new=sales - returning,
        returning=returning,
        joined=_together(counts, JOINED),
        customers=sales - again,
        returning_customers=returning - thirds,
        gap_p50=gaps[0] if gaps else None,
        gap_p90=gaps[1] if gaps else None,
        money=dict(money),
    )


def _money(
    sold: Sold, cells: Ints, returning: Bools, size: int
) -> dict[int, dict[str, SalesMoney]]:
    """By cell and currency what has a price."""
    currencies, money = sold.currencies(), sold.money()
    width = len(currencies.names)
    places = cells * width + currencies.codes
    counts = np.bincount(places, minlength=size * width)
    totals = _sums(money, places, size * width)
    later = _sums(Money(money.amounts * returning, money.decimals), places, size * width)
    by_cell: dict[int, dict[str, SalesMoney]] = {}
    for place in np.flatnonzero(counts).tolist():
        if currency := currencies.names[place % width]:
            amount, again = money.decimal(totals[place]), money.decimal(later[place])
            by_cell.setdefault(place // width, {})[currency] = SalesMoney(
                int(counts[place]), amount, amount - again, again, Decimal(0)
            )
    return by_cell


def _sums(money: Money, places: Ints, size: int) -> Ints:
    sums = np.zeros(size, money.amounts.dtype)
    np.add.at(sums, places, money.amounts)
    return sums


def _gaps(gaps: Ints, cells: Ints, width: int, shares: Sequence[float]) -> Gaps:
    """As `quantiles` tells them of each cell, of all that are in order by cell and gap."""
    found: Gaps = {}
    if not len(gaps):
        return found
    everything = quantiles(gaps, shares)
    if everything is not None:
        found[None] = everything
    ordered, counts = _ordered(gaps, cells), np.bincount(cells)
    ends = np.cumsum(counts)
    present = np.flatnonzero(counts)
    last, first = ends[present] - 1, (ends - counts)[present]
    columns = []
    for share in shares:
        places = share * (last - first)
        lows = first + places.astype(np.int64)
        lower, higher = ordered[lows] / 1e6, ordered[np.minimum(lows + 1, last)] / 1e6
        columns.append(lower + (places - (lows - first)) * (higher - lower))
    for cell, *values in zip(present.tolist(), *(one.tolist() for one in columns), strict=True):
        found[cell // width, cell % width + 1] = values
    return found


def _ordered(gaps: Ints, cells: Ints) -> Ints:
    """The gaps, those of a cell in order after those of the cells before."""
    bits = int(gaps.max()).bit_length()
    if int(gaps.min()) < 0 or bits + int(cells.max()).bit_length() > _WIDEST:
        return gaps[np.lexsort((gaps, cells))]
    # One number of both: whole numbers are put in order many times as fast as places.
    return np.sort(cells << bits | gaps) & ((1 << bits) - 1)
