"""Figures of load beside those of the period before, as columns of numbers."""

from collections.abc import Sequence
from typing import NamedTuple

Number = float | None


class Changes(NamedTuple):
    """By how much each number differs from the one before, and that by the amount of the one
    before, with four digits; None where one of them is missing or there is nothing to divide by.
    """

    absolute: list[Number]
    relative: list[Number]


def changes(now: Sequence[Number], before: Sequence[Number]) -> Changes:
    """Of each two numbers."""
    absolute = [
        None if ours is None or theirs is None else ours - theirs
        for ours, theirs in zip(now, before, strict=True)
    ]
    relative = [
        round(more / abs(theirs), 4) if more is not None and theirs else None
        for more, theirs in zip(absolute, before, strict=True)
    ]
    return Changes(absolute, relative)
