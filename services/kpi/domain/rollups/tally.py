"""What entries of days add up to, by several of their columns at once."""

from collections import Counter
from collections.abc import Sequence
from struct import Struct
from typing import Final, NamedTuple

from services.kpi.domain.rollups.lead_days import MEASURES, Value

Key = tuple[Value, ...]
Groups = dict[Key, int]  # of each the counts that `measured` tells apart
Measured = list[int]  # how many got that far, in the order of MEASURES
Classes = dict[Key, bytes]  # of each the ascending classes of its entries, two bytes each
CLASS_BYTES: Final = 2
COUNTS: Final = Struct(f"<{len(MEASURES)}I")  # of a group, as bytes of the number that holds them
_FIRST: Final = (1 << 32) - 1


class Classed(NamedTuple):
    """Classes of times to the first contact: by group, and how often each is there in all."""

    classes: Classes
    total: Counter[int]


def packed(counts: Sequence[int]) -> int:
    """The counts of a group, in the order of MEASURES, as one number: what is added to such numbers
    is added to each count, also what is below nothing, as long as no sum is.
    """
    # Written out: it is done for each row of a group.
    one, two, three, four, five, six = counts
    return one + (two << 32) + (three << 64) + (four << 96) + (five << 128) + (six << 160)


def measured(counts: int) -> Measured:
    """The counts that a number holds."""
    return [*COUNTS.unpack(counts.to_bytes(COUNTS.size, "little"))]


def received(counts: int) -> int:
    """The first of the counts that a number holds."""
    return counts & _FIRST
