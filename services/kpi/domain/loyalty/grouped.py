"""What sales of groups come to, as arrays; as `sold.py` it loads numpy."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.loyalty.sold import Bools, Ints, Numbers, Sold, quantiles
from services.kpi.domain.loyalty.stretches import JOINED, MANAGER_THIRD, RETURNING, THIRD
from services.kpi.domain.sales.figures import SalesFigures, SalesMoney

Part = tuple[int, int]  # the number of a group and of a part of the period, both from 0 and 1
_AGAIN: Final = 16  # beside the bits of a sign: the same manager's before it lies in the part
_KINDS: Final = 32
# Of each kind whether it counts as a sale, returning, joined, again and, of the latter, as one
# whose person's sale before by the same manager was returning too.
_COUNTED: Final = np.array(
    [
        [kind & bits == bits for bits in (0, RETURNING, JOINED, _AGAIN, _AGAIN | MANAGER_THIRD)]
        for kind in range(_KINDS)
    ],
    np.int64,
)
_WIDEST: Final = 64  # bits of a whole number without a sign
Gaps = dict[Part | None, list[float]]


def figures_of_managers(
    sold: Sold, bounds: Sequence[int], shares: Sequence[float]
) -> tuple[Sequence[str], dict[Part | None, SalesFigures]]:
    """The managers, and what their sales come to by part of the period; under None those of all.

    People are counted as sales less those whose person had one before in the same part, by the
    same manager.
    """
    managers, signs, gaps = sold.managers(), sold.signs(), sold.gaps()
    width = len(bounds) - 1
    cells = _cells(managers.codes, sold.ats, bounds)
    if not len(cells):
        return managers.names, {}
    returning = signs & RETURNING > 0
    kinds = np.bincount(cells * _KINDS + signs + _is_again(sold, cells % width, bounds) * _AGAIN)
    kinds.resize(-(-len(kinds) // _KINDS), _KINDS, refcheck=False)
    counts = kinds @ _COUNTED
    quantiles_of = _gaps(gaps[returning], cells[returning], width, shares)
    money = _money(sold, cells, returning)
    figures: dict[Part | None, SalesFigures] = {
        (cell // width, cell % width + 1): _figures(
            numbers, quantiles_of.get((cell // width, cell % width + 1)), money.get(cell, {})
        )
        for cell, numbers in enumerate(counts.tolist())
        if numbers[0]
    }
    again = returning & (sold.ats - gaps >= bounds[0])
    thirds = again & (signs & THIRD > 0)
    of_people = [int(np.count_nonzero(again)), int(np.count_nonzero(thirds))]
    numbers = [*counts.sum(axis=0).tolist()[:-2], *of_people]
    figures[None] = _figures(numbers, quantiles_of.get(None), _together(money.values()))
    return managers.names, figures


def _is_again(sold: Sold, parts: Ints, bounds: Sequence[int]) -> Bools:
    """Of each sale, whether the one before of the same person and manager lies in its part."""
    begins = np.array(bounds[:-1], np.int64)
    return np.asarray(sold.manager_befores() >= begins[parts], np.bool_)


def _cells(groups: Ints, ats: Ints, bounds: Sequence[int]) -> Ints:
    """The number of the group and the part of each sale, from 0."""
    width = len(bounds) - 1
    if width == 1:
        return groups
    return np.asarray(groups * width + np.searchsorted(bounds, ats, side="right") - 1, np.int64)


def _figures(
    numbers: Sequence[int], gaps: Sequence[float] | None, money: Mapping[str, SalesMoney]
) -> SalesFigures:
    """`numbers` are those of `_COUNTED`."""
    sales, returning, joined, again, thirds = numbers
    return SalesFigures(
        sales=sales,
        new=sales - returning,
        returning=returning,
        joined=joined,
        customers=sales - again,
        returning_customers=returning - thirds,
        gap_p50=gaps[0] if gaps else None,
        gap_p90=gaps[1] if gaps else None,
        money=dict(money),
    )


def _money(sold: Sold, cells: Ints, returning: Bools) -> dict[int, dict[str, SalesMoney]]:
    """By cell and currency what has a price."""
    currencies, money = sold.currencies(), sold.money()
    width = len(currencies.names)
    places = cells * width + currencies.codes
    counts = np.bincount(places)
    amounts = sums_of(places, money.amounts, len(counts))
    later = sums_of(places[returning], money.amounts[returning], len(counts))
    by_cell: dict[int, dict[str, SalesMoney]] = {}
    for place in np.flatnonzero(counts).tolist():
        if currency := currencies.names[place % width]:
            by_cell.setdefault(place // width, {})[currency] = SalesMoney(
                priced=int(counts[place]),
                amount=money.decimal(amounts[place]),
                new_amount=money.decimal(amounts[place] - later[place]),
                returning_amount=money.decimal(later[place]),
                cancelled_amount=Decimal(0),
            )
    return by_cell


def _together(parts: Iterable[Mapping[str, SalesMoney]]) -> dict[str, SalesMoney]:
    """What all come to, by currency."""
    by_currency: dict[str, list[SalesMoney]] = defaultdict(list)
    for part in parts:
        for currency, one in part.items():
            by_currency[currency].append(one)
    return {
        currency: SalesMoney(
            sum(one.priced for one in all_),
            *(
                sum((getattr(one, name) for one in all_), Decimal(0))
                for name in ("amount", "new_amount", "returning_amount", "cancelled_amount")
            ),
        )
        for currency, all_ in by_currency.items()
    }


def sums_of(places: Ints, amounts: Numbers, size: int) -> Numbers:
    """What amounts come to at each of so many places."""
    sums = np.zeros(size, amounts.dtype)
    np.add.at(sums, places, amounts)
    return sums


def _gaps(gaps: Ints, cells: Ints, width: int, shares: Sequence[float]) -> Gaps:
    """As `quantiles` tells them of each cell, and under None of all."""
    everything = quantiles(gaps, shares)
    if everything is None:
        return {}
    present, *columns = (one.tolist() for one in quantiles_by_cell(gaps, cells, shares))
    return {
        None: everything,
        **{
            (cell // width, cell % width + 1): values
            for cell, *values in zip(present, *columns, strict=True)
        },
    }


def quantiles_by_cell(
    gaps: Ints, cells: Ints, shares: Sequence[float]
) -> tuple[Ints, *tuple[NDArray[np.float64], ...]]:
    """The cells that have any gap, and by share what `quantiles` tells of each of them."""
    if not len(gaps):
        return cells, *(np.zeros(0) for _ in shares)
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
    return present, *columns


def _ordered(gaps: Ints, cells: Ints) -> Ints:
    """The gaps, those of a cell in order after those of the cells before."""
    bits = int(gaps.max()).bit_length()
    if int(gaps.min()) < 0 or bits + int(cells.max()).bit_length() > _WIDEST:
        return gaps[np.lexsort((gaps, cells))]
    # One number of both: whole numbers are put in order many times as fast as places.
    both = (cells << bits | gaps).view(np.uint64)
    both.sort()
    return both.view(np.int64) & ((1 << bits) - 1)
