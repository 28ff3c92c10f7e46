"""Periods of days in a time zone.

A day begins at its first local midnight, or at the clock change that skips that midnight.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, overload
from zoneinfo import ZoneInfo

LONGEST_DAYS = 36_600
EARLIEST = date(1970, 1, 1)
LATEST = date(2200, 1, 1)


STEPS = ("day", "week", "month")
_QUARTER_SECONDS = 900
_ONE_DAY = timedelta(days=1)
_YEARS = 4096  # of zones, of which is held which days begin within quarters


class PeriodError(ValueError):
    """A period that is not valid: the field, and what is wrong with it."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Midnights(Sequence[datetime]):
    """The moments, in UTC, at which so many days from the first on begin and the last one ends.
    Each is worked out when it is asked for: of a century most reports ask for two.
    """

    first: date
    days: int
    zone: ZoneInfo

    def __len__(self) -> int:
        return self.days + 1

    @overload
    def __getitem__(self, place: int) -> datetime: ...

    @overload
    def __getitem__(self, place: slice) -> list[datetime]: ...

    def __getitem__(self, place: int | slice) -> datetime | list[datetime]:
        numbers = range(len(self))[place]
        if isinstance(numbers, int):
            return day_begin(self.first + timedelta(days=numbers), self.zone)
        return [day_begin(self.first + timedelta(days=number), self.zone) for number in numbers]

    def __iter__(self) -> Iterator[datetime]:
        return iter(self[:])

    @property
    def are_even(self) -> bool:
        """Whether each is the beginning of a quarter of an hour of UTC."""
        last = self.first + timedelta(days=self.days)
        return not any(
            self.first <= day <= last
            for year in range(self.first.year, last.year + 1)
            for day in _odd_days(self.zone.key, year).uneven
        )


class _OddDays(NamedTuple):
    """Those that begin within a quarter of an hour of UTC, and those that a zone left out."""

    uneven: Sequence[date]
    left_out: Sequence[date]


@lru_cache(maxsize=_YEARS)
def _odd_days(zone: str, year: int) -> _OddDays:
    """Few zones had any in a year."""
    first, length = date(year, 1, 1), (date(year + 1, 1, 1) - date(year, 1, 1)).days
    bounds = Midnights(first, length, ZoneInfo(zone))[:]
    days = [(first + timedelta(days=number), *pair) for number, pair in enumerate(pairwise(bounds))]
    return _OddDays(
        [day for day, begin, _ in days if begin.timestamp() % _QUARTER_SECONDS],
        [day for day, begin, end in days if begin == end],
    )


def real_days(first: date, end: date, zone: ZoneInfo) -> int:
    """How many days there are: a date that the zone left out begins when the next one does."""
    left_out = sum(
        first <= day < end
        for year in range(first.year, end.year + 1)
        for day in _odd_days(zone.key, year).left_out
    )
    return (end - first).days - left_out


@dataclass(frozen=True, slots=True)
class Period:
    """The days `first` up to, not including, `end` in a time zone; `bounds` are the moments, in
    UTC, at which each day begins and the last one ends.
    """

    first: date
    end: date
    zone: ZoneInfo
    bounds: Sequence[datetime]

    @property
    def begins_at(self) -> datetime:
        return self.bounds[0]

    @property
    def ends_at(self) -> datetime:
        return self.bounds[-1]

    def day(self, number: int) -> date:
        """The date of the n-th day, counted from 1."""
        return self.first + timedelta(days=number - 1)

    def previous(self) -> "Period":
        """As many days just before it. Raises PeriodError where there are none."""
        return period(self.first - (self.end - self.first), self.first, self.zone)

    def steps(self, name: str) -> "Steps":
        """Its days, weeks (from Monday on) or months; the first and the last may be cut off."""
        if name == "day":
            days = (self.end - self.first).days
            dates = [self.first + timedelta(days=number) for number in range(days)]
            return Steps(dates, list(self.bounds))
        begins = [begin_of_step(self.first, name)]
        while (begin := following_step(begins[-1], name)) < self.end:
            begins.append(begin)
        cut = (max(begin, self.first) for begin in begins)
        return Steps(begins, [*(self.bounds[(day - self.first).days] for day in cut), self.ends_at])

    def within(self, begin: datetime, end: datetime) -> "Period":
        """Those of its days that reach from the one moment to the other, and few beside them; one
        at least.
        """
        first = max(self.first, begin.astimezone(self.zone).date() - _ONE_DAY)
        last = min(self.end, end.astimezone(self.zone).date() + 2 * _ONE_DAY)
        if first >= last:
            first, last = self.first, self.first + _ONE_DAY
        return period(first, last, self.zone)

    @property
    def is_even(self) -> bool:
        """Whether all its days begin with a quarter of an hour of UTC, as in all zones of today."""
        if isinstance(self.bounds, Midnights):
            return self.bounds.are_even
        return all(bound.timestamp() % _QUARTER_SECONDS == 0 for bound in self.bounds)

    def only(self, day: date) -> "Period":
        """One of its days as a period. Raises PeriodError for a day outside."""
        if not self.first <= day < self.end:
            raise PeriodError("day", "lies outside the period")
        return period(day, day + timedelta(days=1), self.zone)


class Steps(NamedTuple):
    """The first days of the steps, and the moments at which each begins and the last one ends. A
    week's first day is its Monday and a month's its first, also where the period cuts it.
    """

    days: Sequence[date]
    bounds: Sequence[datetime]

    def number_of(self, day: date) -> int:
        """The number of the step that a day of the period is in, counted from 1."""
        return bisect_right(self.days, day)


def begin_of_step(day: date, name: str) -> date:
    """The first day of the week or month that the day is in; a day's own."""
    if name == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if name == "month" else day


def following_step(begin: date, name: str, number: int = 1) -> date:
    """The first day of the so many-th step after the one that begins then."""
    if name == "month":
        years, month = divmod(begin.month - 1 + number, 12)
        return begin.replace(year=begin.year + years, month=month + 1)
    return begin + timedelta(days=number * (7 if name == "week" else 1))


def period(first: date, end: date, zone: ZoneInfo) -> Period:
    """The days from `first` to before `end`. Raises PeriodError."""
    if not EARLIEST <= first <= LATEST:
        raise PeriodError("from", f"lies between {EARLIEST} and {LATEST}")
    if not EARLIEST <= end <= LATEST:
        raise PeriodError("to", f"lies between {EARLIEST} and {LATEST}")
    if first >= end:
        raise PeriodError("to", "lies after `from`, and is itself not included")
    days = (end - first).days
    if days > LONGEST_DAYS:
        raise PeriodError("to", f"at most {LONGEST_DAYS} days after `from`")
    return Period(first=first, end=end, zone=zone, bounds=Midnights(first, days, zone))


def day_begin(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day, in UTC."""
    # A midnight that a clock change skips is converted with the offset before the change, which
    # gives the moment of the change itself.
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def known_until(known_on: date | None, now: datetime) -> datetime:
    """Up to when anything can be known at the end of a day of UTC, or now."""
    if known_on is None:
        return now
    day = known_on + timedelta(days=1)
    return min(now, datetime(day.year, day.month, day.day, tzinfo=UTC))


def require_zone(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises PeriodError."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise PeriodError("tz", "is no time zone of the IANA list") from error
