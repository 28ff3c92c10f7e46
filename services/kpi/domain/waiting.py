"""How long something took: bins by which many durations are told."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
# Seconds at which bins end, each with what took exactly so long; what took longer is in a last one.
BIN_ENDS: Final = (
    60, 300, 900, 1800, _HOUR, 4 * _HOUR, 8 * _HOUR, _DAY, 3 * _DAY, 7 * _DAY,
)  # fmt: skip


def counts_up_to(seconds: Sequence[float]) -> list[int]:
    """How many took at most so long as each bin's end."""
    return [sum(each <= end for each in seconds) for end in BIN_ENDS]


def in_bins(up_to: Sequence[int], count: int) -> list[int]:
    """How many are in each bin and in the last one, from how many took at most so long."""
    bounds = (0, *up_to, count)
    return [after - before for before, after in pairwise(bounds)]
