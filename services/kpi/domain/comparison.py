"""A figure beside that of the period before."""

from bisect import bisect_left
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from services.kpi.domain.periods import Period


class Change(NamedTuple):
    """By how much a figure differs from the one before, and that by the amount of the one before;
    None where there is nothing to subtract from or to divide by.
    """

    absolute: Decimal | None
    relative: float | None


def change(now: Decimal | None, before: Decimal | None) -> Change:
    """The relative change has four digits."""
    if now is None or before is None:
        return Change(None, None)
    absolute = now - before
    return Change(absolute, round(float(absolute / abs(before)), 4) if before else None)


def twins(span: Period, before: Period, step: str) -> dict[date, date]:
    """Which part of the period before stands beside each part of a period, by their first days: the
    one of the same number, if it has as many days.
    """
    days, days_before = span.steps(step).days, before.steps(step).days
    lengths = zip(part_lengths(span, step), part_lengths(before, step), strict=False)
    return {
        days[place]: days_before[place]
        for place, (length, length_before) in enumerate(lengths)
        if length == length_before
    }


def part_lengths(span: Period, step: str) -> list[int]:
    """How many days of the period each of its days, weeks or months has. A date that the zone left
    out is no day: it begins when the next one does.
    """
    begins = [begin for begin, end in pairwise(span.bounds) if begin < end]
    places = [bisect_left(begins, bound) for bound in span.steps(step).bounds]
    return [end - begin for begin, end in pairwise(places)]
