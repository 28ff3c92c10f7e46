"""What sales are credited to by any model that names one inquiry, and any lookback. As `sold.py` it
loads numpy.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.loyalty.sold import Bools, Ints, Named
from services.kpi.domain.loyalty.stretches import FIRST_ORIGIN

# See `Stretch`.
_ORIGIN: Final = np.dtype(
    [("models", "u1"), ("since_days", ">i2"), ("until_days", ">i2"), ("segment", ">i8")]
)


def credited_by(raw: Sequence[bytes], model: int, lookback_days: int) -> tuple[Ints, list[int]]:
    """The segment of each sale of these stretches, and how many sales each stretch has. `model` is
    its bit. A sale without such an origin is credited to 0, which is no segment.
    """
    origins = np.frombuffer(b"".join(raw), _ORIGIN)
    models = np.ascontiguousarray(origins["models"])
    sales = np.cumsum(models >= FIRST_ORIGIN)
    ends = np.cumsum([len(each) // _ORIGIN.itemsize for each in raw], dtype=np.int64)
    of_ends = np.concatenate(([0], sales))[ends]  # how many sales there are up to each end
    segments = np.zeros(int(sales[-1]) if len(sales) else 0, np.int64)
    is_it = _is_chosen(origins, model, lookback_days)
    segments[sales[is_it] - 1] = origins["segment"][is_it]
    return segments, np.diff(of_ends, prepend=0).tolist()


def valued(
    places: NDArray[np.int32], segments: Mapping[int, int], values: Mapping[str, Sequence[int]]
) -> Named:
    """The value of each sale by the place of its segment, the empty text for none."""
    names, of_places = ["", *values], np.zeros(len(segments), np.int32)
    for code, of_value in enumerate(values.values(), start=1):
        of_places[[segments[segment] for segment in of_value]] = code
    return Named(of_places[places], names)


def _is_chosen(origins: NDArray[np.void], model: int, lookback_days: int) -> Bools:
    is_it: Bools = origins["models"] & model > 0
    is_it &= origins["since_days"] <= lookback_days
    is_it &= origins["until_days"] > lookback_days
    return is_it
