"""Periods of days in a time zone.

A day begins at its first local midnight, or at the clock change that skips that midnight.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

LONGEST_DAYS = 36_600
EARLIEST = date(1970, 1, 1)
LATEST = date(2200, 1, 1)


STEPS = ("day", "week", "month")
_QUARTER_SECONDS = 900


class PeriodError(ValueError):
    """A period that is not valid: the field, and what is wrong with it."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail


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
        dates = [self.first + timedelta(days=number) for number in range(len(self.bounds) - 1)]
        begins = [_begins_step(day, name) for day in dates]
        firsts = [
            number
            for number, begin in enumerate(begins)
            if not number or begin != begins[number - 1]
        ]
        return Steps(
            [begins[number] for number in firsts],
            [*(self.bounds[number] for number in firsts), self.ends_at],
        )

    @property
    def is_even(self) -> bool:
        """Whether all its days begin with a quarter of an hour of UTC, as in all zones of today."""
        return are_even(self.bounds)

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


def _begins_step(day: date, name: str) -> date:
    if name == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if name == "month" else day


def are_even(bounds: Sequence[datetime]) -> bool:
    """Whether all of them are whole quarters of an hour of UTC."""
    return all(bound.timestamp() % _QUARTER_SECONDS == 0 for bound in bounds)


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
    return Period(
        first=first,
        end=end,
        zone=zone,
        bounds=[day_begin(first + timedelta(days=number), zone) for number in range(days + 1)],
    )


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
