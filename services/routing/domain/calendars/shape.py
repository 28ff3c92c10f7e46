"""A manager's calendar as it is written down: shifts, single days, leave and holidays.

Everything is local: minutes since the midnight of a day, read in an IANA zone. A shift belongs to
the day on which it begins, whatever day it ends on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

SHIFT, ON_CALL, OFF = "shift", "on_call", "off"
DAY_MINUTES = 1440
WEEK = 7
MONDAY = date(1970, 1, 5)


class Span(NamedTuple):
    """Duty from `start` to `end`, minutes since midnight of its day; `end` may be days later.
    `breaks` are (start, end) likewise. `zone` None means the calendar's.
    """

    start: int
    end: int
    kind: str = SHIFT
    breaks: tuple[tuple[int, int], ...] = ()
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """A span that comes again on some `days` of a cycle, counted from 1.

    A cycle of seven days begins on a Monday, any other one on `valid_from`, which it needs.
    `valid_until` is the last day. On the days of `skips`, and on holidays unless `on_holidays`,
    the shift does not begin.
    """

    span: Span
    days: frozenset[int]
    cycle: int = WEEK
    valid_from: date | None = None
    valid_until: date | None = None
    on_holidays: bool = False
    skips: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class SingleDay:
    """What is worked on one day, instead of its shifts (`replaces`) or besides them."""

    day: date
    spans: tuple[Span, ...]
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Leave:
    """From `start` up to `end`, in the local time of the calendar; nothing is worked meanwhile."""

    start: datetime
    end: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """`holidays` are the names of holiday calendars."""

    zone: str
    shifts: tuple[Shift, ...] = ()
    days: tuple[SingleDay, ...] = ()
    leave: tuple[Leave, ...] = ()
    holidays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days off, and days on which weekly shifts are worked as on another weekday (1 … 7)."""

    off: frozenset[date] = frozenset()
    worked_as: Mapping[date, int] = field(default_factory=dict)


NO_HOLIDAYS = Holidays()


class Interval(NamedTuple):
    """Duty of one kind from `start` up to `end`, in UTC."""

    start: datetime
    end: datetime
    kind: str


class Timetable(NamedTuple):
    """A calendar with the holidays that it names. Without a calendar one is always on shift."""

    calendar: Calendar | None
    holidays: Holidays = NO_HOLIDAYS
