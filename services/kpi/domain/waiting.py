"""How long steps of leads took: which steps there are, and figures by which many are told."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
# Seconds at which bins end, each with what took exactly so long; what took longer is in a last one.
BIN_ENDS: Final = (
    60, 300, 900, 1800, _HOUR, 4 * _HOUR, 8 * _HOUR, _DAY, 3 * _DAY, 7 * _DAY,
)  # fmt: skip
SHARES: Final = (0.5, 0.9, 0.99)


class Step(NamedTuple):
    """Members of a story: from which moment to which, up to when it was promised, and whose step it
    is, where that is not the first owner.
    """

    begin: str
    end: str
    deadline: str | None = None
    of_whom: str | None = None


STEPS: Final = {
    "owner": Step("received_at", "assigned_at"),
    "accept": Step("assigned_at", "accepted_at", "accept_by"),
    "first_touch": Step("received_at", "contacted_at", "first_touch_by", "contacted_by"),
    "sale": Step("contacted_at", "won_at", None, "closed_by"),
}


class Waits(NamedTuple):
    """Of the `leads` that made the step: seconds by `SHARES`, and how many took at most so long as
    each of `BIN_ENDS`. Of the promised times that are over by now `due`, `kept` were kept.
    """

    leads: int
    quantiles: Sequence[float | None]
    up_to: Sequence[int]
    due: int
    kept: int


NO_WAITS: Final = Waits(0, (None,) * len(SHARES), (0,) * len(BIN_ENDS), 0, 0)


def counts_up_to(seconds: Sequence[float]) -> list[int]:
    """How many took at most so long as each bin's end."""
    return [sum(each <= end for each in seconds) for end in BIN_ENDS]


def in_bins(up_to: Sequence[int], count: int) -> list[int]:
    """How many are in each bin and in the last one, from how many took at most so long."""
    bounds = (0, *up_to, count)
    return [after - before for before, after in pairwise(bounds)]
