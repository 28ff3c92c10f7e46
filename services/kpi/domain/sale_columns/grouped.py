"""Sums and quantiles of groups of sales, as arrays; as `sold.py` it loads numpy."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.sale_columns.sold import Ints, Numbers

_WIDEST: Final = 64  # bits of a whole number without a sign


def sums_of(places: Ints, amounts: Numbers, size: int) -> Numbers:
    """What amounts come to at each of so many places."""
    sums = np.zeros(size, amounts.dtype)
    np.add.at(sums, places, amounts)
    return sums


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
