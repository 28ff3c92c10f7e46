"""How many persons a filter finds, from some of them: those of blocks taken at random."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final, NamedTuple

_TWO_SIDED_95: Final = 1.96


class Block(NamedTuple):
    """Of one block of the table: how many persons were looked at, and how many of them fit."""

    persons: int
    fitting: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """About how many; with 95 % certainty between `at_least` and `at_most`."""

    count: int
    at_least: int
    at_most: int


def estimate(blocks: Sequence[Block], *, total: int) -> Estimate:
    """The number among `total` persons. Persons of one block came at one time and are alike, so
    that the margin is that of a ratio over clusters (Cochran, Sampling Techniques, 6.3 and 9A.4);
    where all or none fit, it is three of those looked at (the rule of three).
    """
    persons = sum(block.persons for block in blocks)
    fitting = sum(block.fitting for block in blocks)
    if not persons:
        return Estimate(0, 0, total)
    share, number = fitting / persons, len(blocks)
    margin = 3 / persons
    if number > 1 and 0 < fitting < persons:
        squares = sum((block.fitting - share * block.persons) ** 2 for block in blocks)
        mean = persons / number
        margin = max(margin, _TWO_SIDED_95 * sqrt(squares / (number * (number - 1))) / mean)
    total = max(total, persons)
    low = max(fitting, round(total * max(0.0, share - margin)))
    high = min(total - (persons - fitting), round(total * min(1.0, share + margin)))
    count = min(max(round(total * share), low), max(low, high))
    return Estimate(count, low, max(low, high))
