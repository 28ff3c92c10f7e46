"""Values as places among those that are different. Importing this loads numpy, as `sold.py`."""

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
N = TypeVar("N", bound=np.generic)
_MIXING: Final = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no bit of an id is lost
_STEPS: Final = 8  # from the first value with the same leading bits


def distinct(values: NDArray[N]) -> NDArray[N]:
    """Each once, in order; `numpy.unique` looks them up in a table, which takes far longer."""
    ordered = np.sort(values)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(ordered)]]


def coded(mixed: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], Ints]:
    """Each value once, in order, and the place of each among them: looked for from where the first
    with the same leading bits lies, as values are well mixed. `numpy.unique` takes thrice as long.
    """
    values = distinct(mixed)
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


def mixed(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Of each id, in halves of eight bytes, one number, which another id hardly ever has."""
    return high ^ low * _MIXING


def told_apart(
    high: NDArray[np.uint64], low: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], Ints]:
    """The ids among these, in halves of eight bytes, in no order; and which of them each is."""
    values, codes = coded(mixed(high, low))
    of_id = np.empty(len(values), np.int64)
    of_id[codes] = np.arange(len(codes))
    ids = np.stack((high[of_id], low[of_id]), axis=1)
    # With one half and the mixture the other half is the same, as the factor is odd.
    if not np.array_equal(ids[:, 0][codes], high):  # two of them mix to the same
        ids, codes = np.unique(np.stack((high, low), axis=1), axis=0, return_inverse=True)
    return ids, codes.reshape(-1)


def descending(ids: NDArray[np.uint64]) -> Ints:
    """The places of ids, in halves of eight bytes, the highest id first."""
    order = np.argsort(ids[:, 0])
    ordered = ids[order, 0]
    if (ordered[1:] == ordered[:-1]).any():  # the other half decides; by one it is far sooner told
        order = np.lexsort((ids[:, 1], ids[:, 0]))
    return order[::-1]
