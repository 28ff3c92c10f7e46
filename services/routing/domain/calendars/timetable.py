"""Duty and working time by a calendar, looking at most `LOOKAHEAD` ahead.

Working time is time that passes while somebody is on duty, in seconds of UTC.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from services.routing.domain.calendars.resolving import resolve
from services.routing.domain.calendars.shape import OFF, SHIFT, Interval, Timetable

LOOKAHEAD = timedelta(days=400)
ON_SHIFT = frozenset({SHIFT})
# Most edges are near: a window is resolved only when those before it did not answer.
_WINDOWS = (timedelta(days=4), timedelta(days=36), LOOKAHEAD)
_MOMENT = timedelta(microseconds=1)


def duty_at(timetable: Timetable, moment: datetime) -> str:
    """`shift`, `on_call` or `off`."""
    intervals = resolve(timetable, moment, moment + _MOMENT)
    return intervals[0].kind if intervals else OFF


def next_edge(timetable: Timetable, moment: datetime) -> datetime | None:
    """When duty changes next, or None if it does not within `LOOKAHEAD`."""
    edge = edge_in(ahead(timetable, moment), moment)
    return edge if edge is not None and edge < moment + LOOKAHEAD else None


def edge_in(intervals: Iterable[Interval], moment: datetime) -> datetime | None:
    """The first edge behind a moment, among intervals that end behind it."""
    for interval in intervals:
        return interval.start if interval.start > moment else interval.end
    return None


def add_business_time(
    timetable: Timetable,
    moment: datetime,
    seconds: float,
    kinds: Collection[str] = ON_SHIFT,
) -> datetime | None:
    """The moment by which so much working time has passed, or None if it never does."""
    if timetable.calendar is None:
        return moment + timedelta(seconds=seconds)
    return add_over(pieces(timetable, moment), moment, seconds, kinds)


def business_seconds_between(
    timetable: Timetable, start: datetime, end: datetime, kinds: Collection[str] = ON_SHIFT
) -> float:
    """The working time from `start` to `end`; 0 if that is not later."""
    if timetable.calendar is None:
        return max(0.0, (end - start).total_seconds())
    return seconds_over(resolve(timetable, start, end), start, end, kinds)


def add_over(
    intervals: Iterable[Interval], moment: datetime, seconds: float, kinds: Collection[str]
) -> datetime | None:
    """`add_business_time` over intervals in order; None if they do not suffice."""
    rest = timedelta(seconds=seconds)
    for interval in intervals:
        start = max(interval.start, moment)
        if interval.kind not in kinds or start >= interval.end:
            continue
        if rest <= interval.end - start:
            return start + rest
        rest -= interval.end - start
    return None


def seconds_over(
    intervals: Iterable[Interval], start: datetime, end: datetime, kinds: Collection[str]
) -> float:
    """The working time between two moments within these intervals, which are in order."""
    total = timedelta()
    for interval in intervals:
        if interval.kind in kinds and interval.start < end and interval.end > start:
            total += min(interval.end, end) - max(interval.start, start)
        if interval.end >= end:
            break  # intervals may be resolved only when they are asked for
    return total.total_seconds()


def ahead(timetable: Timetable, moment: datetime) -> Iterator[Interval]:
    """The intervals of duty from a moment on, up to `LOOKAHEAD`."""
    last: Interval | None = None
    for interval in pieces(timetable, moment):
        # What the end of a window cut is one interval still.
        if last is not None and (last.end, last.kind) == (interval.start, interval.kind):
            last = Interval(last.start, interval.end, last.kind)
            continue
        if last is not None:
            yield last
        last = interval
    if last is not None:
        yield last


def pieces(timetable: Timetable, moment: datetime) -> Iterator[Interval]:
    """The same, where what the end of a window cuts comes as two: whoever works day and night is
    not resolved for a year before the first of it is known.
    """
    start = moment
    for window in _WINDOWS:
        yield from resolve(timetable, start, moment + window)
        start = moment + window
