"""What is told of sales, one value after the other: its kinds. What they are as arrays, `held.py`
says.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

ORIGINS: Final = "origins"
NUMBERS: Final = frozenset({"ats", "befores", "signs"})
PEOPLE: Final = "people"
AMOUNTS: Final = "amounts"


class Series(NamedTuple):
    """A column of stretches by its name; of `origins` the segment that a model, by its bit, and a
    lookback credit a sale to.
    """

    name: str
    model: int = 0
    lookback_days: int = 0


class Axis(NamedTuple):
    """What tells sales apart: names as they are kept, or of each segment that has a value what it
    is called.
    """

    series: Series
    values: Mapping[str, Sequence[int]] | None = None
