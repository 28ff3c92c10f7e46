"""What sales are credited to by any model that names one inquiry, and any lookback. As `sold.py` it
loads numpy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.loyalty.coding import coded
from services.kpi.domain.loyalty.sold import Bools, Ints, Named, Sold
from services.kpi.domain.loyalty.stretches import FIRST_ORIGIN

# See `Stretch`.
_ORIGIN: Final = np.dtype(
    [("models", "u1"), ("since_days", ">i2"), ("until_days", ">i2"), ("segment", ">i8")]
)


@dataclass(frozen=True, slots=True)
class Credits:
    """Segments, in order as numbers without a sign, and the place of each sale's among them; by
    axis and value which of the segments have it.
    """

    segments: NDArray[np.uint64]
    codes: Ints
    values: Mapping[str, Mapping[str, Sequence[int]]] = field(default_factory=dict)

    def numbers(self) -> list[int]:
        """The segments as they are stored."""
        numbers: list[int] = self.segments.view(np.int64).tolist()
        return numbers

    def with_values(self, values: Mapping[str, Mapping[str, Sequence[int]]]) -> "Credits":
        return replace(self, values=values)

    def column(self, axis: str) -> Named:
        """The value of each sale, the empty text for none."""
        values = self.values[axis]
        names, of_segment = ["", *values], np.zeros(len(self.segments), np.int64)
        for code, numbers in enumerate(values.values(), start=1):
            theirs = np.array(numbers, np.int64).view(np.uint64)
            of_segment[np.searchsorted(self.segments, theirs)] = code
        return Named(of_segment[self.codes], names)


def credited_by(sold: Sold, model: int, lookback_days: int) -> Credits:
    """`model` is its bit. A sale without such an origin is credited to 0, which is no segment."""
    raw, is_within = sold.origins()
    origins = np.frombuffer(raw, _ORIGIN)
    sales = np.cumsum(origins["models"] >= FIRST_ORIGIN) - 1
    is_it = _is_chosen(origins, model, lookback_days)
    segments = np.zeros(len(is_within), np.uint64)
    segments[sales[is_it]] = origins["segment"][is_it].astype(np.int64).view(np.uint64)
    return Credits(*coded(segments[is_within]))


def _is_chosen(origins: NDArray[np.void], model: int, lookback_days: int) -> Bools:
    is_it: Bools = origins["models"] & model > 0
    is_it &= origins["since_days"] <= lookback_days
    is_it &= origins["until_days"] > lookback_days
    return is_it
