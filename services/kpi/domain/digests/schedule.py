"""When a report is due: at a local time of a zone, every day, week or month.

A local time that a clock change skips is due at the first moment after it; one that comes twice,
the first time. A month that lacks the day has it on its last one. A day that a zone left out (as
Samoa did in 2011) is none: of it nothing is told each day, but a week or a month is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

_DAY: Final = timedelta(days=1)
_FURTHEST_DAYS: Final = 63  # two times of a month never lie further apart, nor does a zone's leap


class Every(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`weekday` is 1 (Monday) to 7, of a week; `day` 1 to 31, of a month."""

    every: Every
    at: time
    zone: ZoneInfo
    weekday: int | None = None
    day: int | None = None

    def next_after(self, moment: datetime) -> datetime:
        """The first due time after a moment, in UTC."""
        begin = moment.astimezone(self.zone).date() - _DAY
        return next(each for each in self._moments(begin, _DAY) if each > moment)

    def last_until(self, moment: datetime) -> datetime:
        """The last due time at or before a moment, in UTC."""
        begin = moment.astimezone(self.zone).date() + _DAY
        return next(each for each in self._moments(begin, -_DAY) if each <= moment)

    def _moments(self, begin: date, step: timedelta) -> Iterator[datetime]:
        for number in range(_FURTHEST_DAYS):
            day = begin + number * step
            if self._falls_on(day):
                yield moment_at(day, self.at, self.zone)

    def _falls_on(self, day: date) -> bool:
        if self.every is Every.WEEK:
            return day.isoweekday() == self.weekday
        if self.every is Every.MONTH:
            last = (day + _DAY).month != day.month
            return day.day == self.day or (last and day.day < (self.day or 1))
        return moment_at(day, time(), self.zone).astimezone(self.zone).date() == day


def moment_at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """A local time in UTC; the first moment after it where a clock change skips it."""
    local = datetime.combine(day, clock.replace(fold=0), tzinfo=zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    # In a gap the offset before the change (fold 0) leads to a moment after it, and the offset
    # after the change (fold 1) to one before it (PEP 495): the change lies in between.
    early = int(local.replace(fold=1).astimezone(UTC).timestamp())
    late = int(moment.timestamp())
    offset = _offset(late, zone)
    while late - early > 1:
        middle = (early + late) // 2
        early, late = (early, middle) if _offset(middle, zone) == offset else (middle, late)
    return datetime.fromtimestamp(late, UTC)


def _offset(seconds: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(seconds, zone).utcoffset()
