"""Which days are worked: by the usual week without holidays, by calendars of managers, or by the
mean of several of these.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from services.kpi.domain.months import later
from services.kpi.domain.periods import Period, period
from services.kpi.domain.working_time import working_time

DaysBy = Literal["manager", "country", "company", "weekdays"]
_WEEK: Final = 5  # working days of the usual week, from Monday on
_USUAL_SECONDS: Final = 8 * 3600
_IN_MEMORY: Final = 4096  # calendars of managers


class DaysOff(NamedTuple):
    """Holidays, and days of weekends that are worked instead."""

    holidays: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < _WEEK and day not in self.holidays)


NONE_OFF: Final = DaysOff()


class Own(NamedTuple):
    """A manager's calendar, as JSON (None without one), and zone."""

    calendar: str | None
    time_zone: str


def seconds_by_day(
    calendar: Mapping[str, Any] | None, time_zone: str, span: Period, off: DaysOff = NONE_OFF
) -> dict[date, int]:
    """How long somebody works on each day of the span; without a calendar, or with one that is not
    in the form of its contract, eight hours on each day of the usual week but holidays.
    """
    days = [span.first + timedelta(days=number) for number in range(len(span.bounds) - 1)]
    if calendar is not None:
        try:
            worked = working_time(calendar, time_zone, span.begins_at, span.ends_at)
        except (KeyError, ValueError):
            pass
        else:
            bounds = zip(days, span.bounds, span.bounds[1:], strict=False)
            return {day: int(worked.seconds(start, end)) for day, start, end in bounds}
    return {day: _USUAL_SECONDS * off.is_working(day) for day in days}


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The working days of somebody or something. Each of the `masks` has a bit for each day from
    `first` on; of several, days count by their mean. `by` tells whose days they are, `country`
    whose holidays are left out.
    """

    by: DaysBy
    country: str | None
    first: date
    masks: Sequence[int]

    def count(self, first: date, end: date) -> Fraction:
        """How many lie from `first` to before `end`; before its own first day none is known."""
        begin = max((first - self.first).days, 0)
        width = max((end - self.first).days - begin, 0)
        cut = (1 << width) - 1
        return Fraction(sum((mask >> begin & cut).bit_count() for mask in self.masks)) / max(
            len(self.masks), 1
        )


def usual_days(
    by: DaysBy, country: str | None, first: date, end: date, off: DaysOff
) -> WorkingDays:
    """Those of the usual week without the country's holidays."""
    days = [first + timedelta(days=number) for number in range((end - first).days)]
    return WorkingDays(by, country, first, [_mask(off.is_working(day) for day in days)])


def own_days(own: Own, first: date, end: date, zone: ZoneInfo, off: DaysOff) -> WorkingDays:
    """A manager's, as the own calendar has them: days of the zone on which there is some work."""
    return WorkingDays("manager", None, first, [own_mask(own, first, end, zone.key, off)])


@lru_cache(maxsize=_IN_MEMORY)
def own_mask(own: Own, first: date, end: date, zone: str, off: DaysOff) -> int:
    """A calendar is worked out once: a year of one costs milliseconds."""
    if first >= end:
        return 0
    calendar = None if own.calendar is None else json.loads(own.calendar)
    span = period(first, end, ZoneInfo(zone))
    return _mask(map(bool, seconds_by_day(calendar, own.time_zone, span, off).values()))


def mean_days(
    people: Collection[Own], first: date, end: date, zone: ZoneInfo, off: DaysOff
) -> WorkingDays:
    """The company's: the mean of those of its managers."""
    masks = [own_mask(own, first, end, zone.key, off) for own in people]
    return WorkingDays("company", None, first, masks)


def _mask(days: Iterable[bool]) -> int:
    return sum(1 << number for number, is_worked in enumerate(days) if is_worked)


class MonthDays(NamedTuple):
    """The working days of a month: all, and those that are over; whether the month itself is."""

    all: Fraction
    over: Fraction
    is_over: bool

    @property
    def left(self) -> Fraction:
        return self.all - self.over

    @property
    def elapsed(self) -> Fraction:
        """The part of its working days that is over; of a month without any, all or nothing."""
        return self.over / self.all if self.all else Fraction(self.is_over)


_OVER: Final = MonthDays(Fraction(0), Fraction(0), True)


def month_days(days: WorkingDays, first: date, today: date) -> MonthDays:
    """Of the month that begins on this day; today is not over. Of a month that is over all is."""
    end = later(first, 1)
    if today >= end:
        return _OVER
    whole = days.count(first, end)
    return MonthDays(whole, days.count(first, max(first, today)), False)
