"""Segments by recency, frequency and money, against the company's own quantiles.

A. M. Hughes, Strategic Database Marketing (1994), scores customers from 1 to 5 by fifths. Here
equal values always have the same score: a score counts the bounds of fifths that a value lies
above.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple, get_args

Name = Literal["champion", "loyal", "promising", "cooling", "at_risk", "lost"]
NAMES: Final[tuple[Name, ...]] = get_args(Name)
SCORES: Final = 5
SHARES: Final = tuple(number / SCORES for number in range(1, SCORES))
LEAST_CUSTOMERS: Final = 25  # five in each fifth; of fewer, fifths say nothing


class Scores(NamedTuple):
    """Each from 1, the lowest fifth, to 5; of recency 5 is the latest."""

    recency: int
    frequency: int
    money: int


def bounds_of(values: Sequence[Any]) -> list[Any]:
    """The bounds of the fifths of the values: the least value at or below which that share of them
    lies, as `percentile_disc` of SQL:2003 defines it. Takes at least one value.
    """
    ordered = sorted(values)
    places = (-(-number * len(ordered) // SCORES) - 1 for number in range(1, SCORES))
    return [ordered[place] for place in places]


def score(value: Any, bounds: Sequence[Any]) -> int:
    """One more than the bounds that lie below the value; the bounds ascend."""
    return 1 + bisect_left(bounds, value)


def segment_of(recency: int, frequency: int) -> Name:
    """The name of a segment. Money tells of what worth it is, not whether somebody comes again."""
    if recency >= 4:
        return "champion" if frequency >= 4 else "loyal" if frequency == 3 else "promising"
    if recency == 3:
        return "loyal" if frequency >= 3 else "cooling"
    return "at_risk" if frequency >= 3 else "lost"


def cells_of(name: Name) -> list[tuple[int, int]]:
    """The scores of recency and frequency that make the segment."""
    scores = range(1, SCORES + 1)
    return [
        (recency, frequency)
        for recency in scores
        for frequency in scores
        if segment_of(recency, frequency) == name
    ]
