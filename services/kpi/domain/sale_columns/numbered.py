"""Numbers in the place of large ones, of which few are there. Whoever imports this loads numpy."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.sale_columns.coding import coded

Ints = NDArray[np.int64]
_PER_VALUE: Final = 16  # so many places a value are looked up in a table, which takes no order
_TABLE_SIZE: Final = 100_000
_MIXING: Final = np.uint64(0x9E3779B97F4A7C15)  # odd, so that different codes stay different


def numbered(codes: Ints, size: int) -> tuple[Ints, int]:
    """The number of each among those that are there, from 0, and how many are there. Codes are less
    than `size`.
    """
    if size > _PER_VALUE * len(codes) + _TABLE_SIZE:
        mixed, numbers = coded(codes.astype(np.uint64) * _MIXING)
        return numbers, len(mixed)
    is_there = np.zeros(size, np.bool_)
    is_there[codes] = True
    present = np.flatnonzero(is_there)
    places = np.zeros(size, np.int32)
    places[present] = np.arange(len(present), dtype=np.int32)
    return places[codes].astype(np.int64), len(present)
