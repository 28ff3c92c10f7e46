"""How often somebody usually buys, and from when on they sleep.

The rule is one's own: whoever bought every week sleeps after a fortnight, whoever bought every year
does not.
"""

from collections.abc import Sequence
from statistics import median
from typing import Final

LEAST_GAPS: Final = 2  # of one's own; one gap is a coincidence
FACTOR: Final = 2  # a usual time may pass twice


def limit_seconds(gaps: Sequence[float], company: float | None) -> float | None:
    """After how long without a sale somebody sleeps. `gaps` are the seconds between their own
    sales; with too few of these it is `company`, the ninth decile of everybody's gaps. None where
    neither is known.
    """
    if len(gaps) >= LEAST_GAPS:
        return FACTOR * median(gaps)
    return company


def is_sleeping(since: float, limit: float | None) -> bool:
    """Whether that long since the last sale, in seconds, is longer than usual."""
    return limit is not None and since > limit
