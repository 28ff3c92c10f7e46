"""Days, weeks and months of a period, in its time zone: where each begins, how it is called."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from services.kpi.domain.periods import Period

UNITS: Final = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class Buckets:
    """`firsts` are the first days, those of the period's parts that the period cuts included;
    `begins` the moments at which they begin, in UTC.
    """

    unit: str
    firsts: Sequence[date]
    begins: Sequence[datetime]

    def named(self, number: int) -> date:
        """The first day of the n-th, counted from 1: a Monday for weeks, a first for months."""
        first = self.firsts[number - 1]
        if self.unit == "week":
            return first - timedelta(days=first.weekday())
        return first.replace(day=1) if self.unit == "month" else first

    def number_of(self, day: date) -> int:
        """The number of the part that a day of the period is in."""
        return bisect_right(self.firsts, day)


def buckets(period: Period, unit: str) -> Buckets:
    """The parts of a period, in time. The first and the last may be cut."""
    days = [period.first + timedelta(days=number) for number in range(len(period.bounds) - 1)]
    places = [place for place, day in enumerate(days) if place == 0 or _begins(day, unit)]
    return Buckets(
        unit, [days[place] for place in places], [period.bounds[place] for place in places]
    )


def _begins(day: date, unit: str) -> bool:
    if unit == "week":
        return day.weekday() == 0
    return day.day == 1 if unit == "month" else True
