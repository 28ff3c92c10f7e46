"""Durations in classes that are narrow enough for quantiles: at most 1 % to the middle of one.
Counts by class are the digits of one number: adding such numbers adds the counts of every class.
"""

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, reduce
from itertools import accumulate
from math import ceil, floor, log, sqrt
from operator import add
from struct import unpack_from
from typing import Final, NamedTuple

# A class holds its end, and classes end where the bins of `waiting.py` do: counts of what took no
# longer are exact.
NARROW: Final = 60  # classes of a second; before them 0, for no time at all
# From which second to which, in how many classes.
SEGMENTS: Final = (
    (60, 300, 82), (300, 900, 56), (900, 1800, 36), (1800, 3600, 36), (3600, 14_400, 71),
    (14_400, 28_800, 36), (28_800, 86_400, 56), (86_400, 259_200, 56), (259_200, 604_800, 43),
)  # fmt: skip
LAST_BEGIN: Final = 604_800
RATIO: Final = 1.02  # of all later ones
LAST_OF_MINUTES: Final = {1: 60, 5: 142, 15: 198, 60: 270}  # the class that ends there
DIGITS: Final = 8  # of a count
# As PostgreSQL sends a numeric: how many digits of four places, the weight of the first one, sign
# and scale, each in two bytes; then these digits (its src/backend/utils/adt/numeric.c).
_HEAD: Final = 8
_TEN_THOUSAND: Final = 10_000

Counts = Sequence[int]  # how many durations each class has, by its number


class ClassCount(NamedTuple):
    """So many durations of about so many seconds, in the class of that number."""

    number: int
    times: int

    @property
    def seconds(self) -> float:
        return middle_of(self.number)


def class_of(seconds: float) -> int:
    if seconds <= NARROW:
        return max(0, ceil(seconds))
    passed = NARROW
    for begin, end, classes in SEGMENTS:
        if seconds <= end:
            return passed + ceil(classes * log(seconds / begin) / log(end / begin))
        passed += classes
    return passed + ceil(log(seconds / LAST_BEGIN) / log(RATIO))


@cache
def middle_of(number: int) -> float:
    """About how many seconds a duration of the class has."""
    if number <= NARROW:
        return max(0.0, number - 0.5)
    passed = NARROW
    for begin, end, classes in SEGMENTS:
        if number <= passed + classes:
            return float(begin * (end / begin) ** ((number - passed - 0.5) / classes))
        passed += classes
    return float(LAST_BEGIN * RATIO ** (number - passed) / sqrt(RATIO))


def unpacked(number: bytes) -> list[int]:
    """The count of each class, from the sum of such numbers as PostgreSQL sends it."""
    size, weight = unpack_from("!Hh", number)
    places = array("H", number[_HEAD:])
    if sys.byteorder == "little":
        places.byteswap()
    digits = places.tolist()
    digits.reverse()
    # Zeros at the end are not sent; a count has two digits.
    digits = [*[0] * (weight + 1 - size), *digits, 0]
    lower, upper = digits[:-1:2], digits[1::2]
    if not any(upper):
        return lower
    return [low + _TEN_THOUSAND * high for low, high in zip(lower, upper, strict=True)]


def added(one: Counts, other: Counts) -> Counts:
    """Both together, class by class."""
    if len(one) < len(other):
        one, other = other, one
    return [*map(add, one, other), *one[len(other) :]]


def together(counts: Iterable[Counts]) -> Counts:
    """The counts of all, class by class."""
    nothing: Counts = ()
    return reduce(added, counts, nothing)


def class_counts(counts: Counts) -> Iterator[ClassCount]:
    """The classes that have a count, shortest durations first."""
    return (ClassCount(number, times) for number, times in enumerate(counts) if times)


def quantiles_of(counts: Counts, shares: Sequence[float]) -> list[float | None]:
    """Seconds below which about these ascending shares of the durations lie; None for no durations.

    The class is that of the place at which PostgreSQL's percentile_cont begins to interpolate.
    """
    passed = list(accumulate(counts))
    if not passed or not passed[-1]:
        return [None] * len(shares)
    return [middle_of(bisect_right(passed, floor(share * (passed[-1] - 1)))) for share in shares]


def within(counts: Counts, minutes: int) -> int:
    """How many took no longer: 1, 5, 15 or 60 minutes."""
    return sum(counts[: LAST_OF_MINUTES[minutes] + 1])


def quantiles_in(numbers: Sequence[int], shares: Sequence[float]) -> list[float | None]:
    """The same of the classes themselves, one for each duration, in order."""
    if not numbers:
        return [None] * len(shares)
    return [middle_of(numbers[floor(share * (len(numbers) - 1))]) for share in shares]


def within_in(numbers: Sequence[int], minutes: int) -> int:
    """The same of the classes themselves, one for each duration, in order."""
    return bisect_right(numbers, LAST_OF_MINUTES[minutes])
