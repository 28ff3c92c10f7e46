"""Values as places among those that are different. Importing this loads numpy, as `sold.py`."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_STEPS: Final = 8  # from the first value with the same leading bits


def coded(mixed: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], Ints]:
    """Each value once, in order, and the place of each among them: looked for from where the first
    with the same leading bits lies, as values are well mixed. `numpy.unique` takes thrice as long.
    """
    ordered = np.sort(mixed)
    values = ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(ordered)]]
    bits = len(values).bit_length() + 2
    shift = np.uint64(64 - bits)
    counts = np.bincount((values >> shift).astype(np.int64), minlength=1 << bits)
    codes = (np.cumsum(counts) - counts)[(mixed >> shift).astype(np.int64)]
    others = np.flatnonzero(values[codes] != mixed)
    for _ in range(_STEPS):
        codes[others] += 1
        others = others[values[codes[others]] != mixed[others]]
    codes[others] = np.searchsorted(values, mixed[others])
    return values, codes


def distinct(values: Ints) -> Ints:
    """Each once, in order; `numpy.unique` looks them up in a table, which takes far longer."""
    ordered = np.sort(values)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(ordered)]]
