"""What sales are credited to by any model that names one inquiry, and any lookback. As `sold.py` it
loads numpy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.sale_columns.coding import coded
from services.kpi.domain.sale_columns.sold import Bools, Ints
from services.kpi.domain.sale_columns.stretches import FIRST_ORIGIN, Names, Stretch

# See `Stretch`.
_ORIGIN: Final = np.dtype(
    [("models", "u1"), ("since_days", ">i2"), ("until_days", ">i2"), ("segment", ">i8")]
)
Values = Mapping[str, Sequence[int]]  # by value which segments have it


@dataclass(frozen=True, slots=True)
class Credits:
    """Segments, in order as numbers without a sign, the place of each sale's among them, and where
    the sales of each stretch end.
    """

    segments: NDArray[np.uint64]
    places: Ints
    ends: Sequence[int]

    def numbers(self) -> list[int]:
        """The segments as they are stored."""
        numbers: list[int] = self.segments.view(np.int64).tolist()
        return numbers

    def credited(self, stretches: Sequence[Stretch], values: Mapping[str, Values]) -> list[Stretch]:
        """The stretches with the value of each sale by axis, the empty text for none."""
        columns = {f"{axis}s": self._columns(each) for axis, each in values.items()}
        return [
            replace(one, **dict(zip(columns, names, strict=True)))
            for one, *names in zip(stretches, *columns.values(), strict=True)
        ]

    def _columns(self, values: Values) -> list[Names]:
        names, of_segment = ["", *values], np.zeros(len(self.segments), ">u4")
        for code, numbers in enumerate(values.values(), start=1):
            theirs = np.array(numbers, np.int64).view(np.uint64)
            of_segment[np.searchsorted(self.segments, theirs)] = code
        places = of_segment[self.places].tobytes()
        return [Names(places[4 * begin : 4 * end], names) for begin, end in pairwise(self.ends)]


def credited_by(stretches: Sequence[Stretch], model: int, lookback_days: int) -> Credits:
    """`model` is its bit. A sale without such an origin is credited to 0, which is no segment."""
    raw = [one.origins for one in stretches]
    origins = np.frombuffer(b"".join(raw), _ORIGIN)
    sales = np.cumsum(origins["models"] >= FIRST_ORIGIN)
    ends = np.cumsum([0, *(len(each) // _ORIGIN.itemsize for each in raw)])
    of_ends = np.concatenate(([0], sales))[ends]  # how many sales there are up to each end
    segments = np.zeros(of_ends[-1], np.uint64)
    is_it = _is_chosen(origins, model, lookback_days)
    segments[sales[is_it] - 1] = origins["segment"][is_it].astype(np.int64).view(np.uint64)
    return Credits(*coded(segments), of_ends.tolist())


def _is_chosen(origins: NDArray[np.void], model: int, lookback_days: int) -> Bools:
    is_it: Bools = origins["models"] & model > 0
    is_it &= origins["since_days"] <= lookback_days
    is_it &= origins["until_days"] > lookback_days
    return is_it
