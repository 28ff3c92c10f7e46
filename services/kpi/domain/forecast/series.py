"""Regular series: a value for every day, week or month, also where nothing was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import pairwise
from typing import Final

SEASONS: Final = {"day": 7, "week": 52, "month": 12}
_WIDE: Final = Context(prec=400)  # as many digits as any float has
LEAST_VALUES: Final = 8  # below this nothing can be said of errors


class TooLittleDataError(ValueError):
    """There is too little of the past to tell from: how much there is, and how much it takes."""

    def __init__(self, count: int, least: int) -> None:
        super().__init__(f"{count} periods of the past are too few: it takes {least}")
        self.count = count
        self.least = least


@dataclass(frozen=True, slots=True)
class Series:
    """Values of consecutive steps (`day`, `week` from Monday on, `month`), by the first day of the
    first one; None where nothing was measured.
    """

    step: str
    first: date
    values: tuple[float | None, ...]

    @property
    def season(self) -> int:
        """After how many steps the pattern comes again."""
        return SEASONS[self.step]

    @property
    def days(self) -> list[date]:
        """The first day of each step."""
        return steps_from(self.first, self.step, len(self.values))

    @property
    def next_day(self) -> date:
        """The first day after the series."""
        return steps_from(self.first, self.step, len(self.values) + 1)[-1]

    @property
    def gaps(self) -> list[date]:
        """The first days of steps without a value."""
        pairs = zip(self.days, self.values, strict=True)
        return [day for day, value in pairs if value is None]


def begin_of(day: date, step: str) -> date:
    """The first day of the step in which a day lies."""
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def steps_from(first: date, step: str, count: int) -> list[date]:
    """The first days of so many steps."""
    if step != "month":
        width = 7 if step == "week" else 1
        return [first + timedelta(days=width * number) for number in range(count)]
    months = range(first.year * 12 + first.month - 1, first.year * 12 + first.month - 1 + count)
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def series_of(step: str, values: Mapping[date, float | None]) -> Series:
    """A regular series from values by the first days of their steps; steps between them that have
    none are gaps. Raises TooLittleDataError for none at all.
    """
    if not values:
        raise TooLittleDataError(0, LEAST_VALUES)
    first, last = begin_of(min(values), step), begin_of(max(values), step)
    count = (last - first).days // (7 if step == "week" else 1) + 1
    if step == "month":
        count = (last.year - first.year) * 12 + last.month - first.month + 1
    return Series(step, first, tuple(values.get(day) for day in steps_from(first, step, count)))


def completed(values: Sequence[float | None], season: int) -> list[float]:
    """The values with gaps filled: by what was measured a season before or after, else along the
    line between the neighbours. Raises TooLittleDataError where nothing was measured.
    """
    places = [place for place, value in enumerate(values) if value is not None]
    if not places:
        raise TooLittleDataError(0, LEAST_VALUES)
    # A line through the neighbours, level before the first and after the last.
    line = [0.0] * len(values)
    for begin, end in pairwise([-1, *places, len(values)]):
        before = values[begin] if begin >= 0 else values[end]
        after = values[end] if end < len(values) else values[begin]
        low, high = float(before or 0), float(after or 0)
        for place in range(max(begin, 0), min(end + 1, len(values))):
            line[place] = low + (high - low) * (place - begin) / (end - begin)
    for place, value in enumerate(values):
        if value is not None:
            line[place] = float(value)
            continue
        around = (place - season, place + season)
        twins = [values[near] for near in around if 0 <= near < len(values)]
        known_twins = [twin for twin in twins if twin is not None]
        if known_twins:
            line[place] = sum(known_twins) / len(known_twins)
    return line


def rounded(value: float, digits: int) -> Decimal:
    """A number of the mathematics as one of the product: half to even."""
    unit = Decimal(1).scaleb(-digits)
    return Decimal(repr(value)).quantize(unit, rounding=ROUND_HALF_EVEN, context=_WIDE)
