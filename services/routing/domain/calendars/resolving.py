"""Resolves a calendar to intervals of duty in UTC.

A single day beats a holiday, a holiday beats a shift, leave beats them all; where somebody is on
shift and on call at once, they are on shift.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from services.routing.domain.calendars.shape import (
    DAY_MINUTES,
    MONDAY,
    ON_CALL,
    SHIFT,
    WEEK,
    Calendar,
    Holidays,
    Interval,
    Shift,
    SingleDay,
    Span,
    Timetable,
)
from shared.wall_clock import at_minute, moment_of, zone_of

Pair = tuple[datetime, datetime]
DAY = timedelta(days=1)


def resolve(timetable: Timetable, start: datetime, end: datetime) -> list[Interval]:
    """The intervals of duty from `start` up to `end`, in order, disjoint, as long as they go."""
    calendar, holidays = timetable
    if calendar is None:
        return [Interval(start, end, SHIFT)] if start < end else []
    work: dict[str, list[Pair]] = {SHIFT: [], ON_CALL: []}
    for day, span in _spans(calendar, holidays, start, end):
        work[span.kind] += _worked(day, span, calendar.zone)
    zone = zone_of(calendar.zone)
    leave = merged((moment_of(i.start, zone), moment_of(i.end, zone)) for i in calendar.leave)
    shift = minus(merged(work[SHIFT]), leave)
    on_call = minus(minus(merged(work[ON_CALL]), leave), shift)
    intervals = [Interval(*pair, SHIFT) for pair in shift]
    intervals += [Interval(*pair, ON_CALL) for pair in on_call]
    clipped = (Interval(max(i.start, start), min(i.end, end), i.kind) for i in intervals)
    return sorted(i for i in clipped if i.start < i.end)


def _worked(day: date, span: Span, zone_name: str) -> list[Pair]:
    zone = zone_of(span.zone or zone_name)
    whole = (at_minute(day, span.start, zone), at_minute(day, span.end, zone))
    breaks = [
        (at_minute(day, begin, zone), at_minute(day, end, zone)) for begin, end in span.breaks
    ]
    return minus(merged([whole]), merged(breaks))


def _spans(
    calendar: Calendar, holidays: Holidays, start: datetime, end: datetime
) -> Iterator[tuple[date, Span]]:
    """What begins on each day that could matter: zones are at most a day away from UTC."""
    singles = {item.day: item for item in calendar.days}
    spans = [shift.span for shift in calendar.shifts]
    spans += [span for item in calendar.days for span in item.spans]
    reach = max((span.end for span in spans), default=0) // DAY_MINUTES + 1
    day, last = start.date() - reach * DAY, end.date() + DAY
    while day <= last:
        for span in spans_of_day(calendar, holidays, day, singles.get(day)):
            yield day, span
        day += DAY


def spans_of_day(
    calendar: Calendar, holidays: Holidays, day: date, single: SingleDay | None
) -> Iterator[Span]:
    """The spans that begin on a day."""
    if single is not None:
        yield from single.spans
        if single.replaces:
            return
    for shift in calendar.shifts:
        if begins_on(shift, holidays, day):
            yield shift.span


def begins_on(shift: Shift, holidays: Holidays, day: date) -> bool:
    """Whether the shift begins on this day, single days aside."""
    if day in shift.skips or (day in holidays.off and not shift.on_holidays):
        return False
    if shift.valid_from is not None and day < shift.valid_from:
        return False
    if shift.valid_until is not None and day > shift.valid_until:
        return False
    if shift.cycle == WEEK:
        return holidays.worked_as.get(day, day.isoweekday()) in shift.days
    return (day - (shift.valid_from or MONDAY)).days % shift.cycle + 1 in shift.days


def merged(pairs: Iterable[Pair]) -> list[Pair]:
    """The union of these intervals, in order; empty ones count for nothing."""
    union: list[Pair] = []
    for start, end in sorted(pairs):
        if start >= end:
            continue
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(end, union[-1][1]))
        else:
            union.append((start, end))
    return union


def minus(pairs: Sequence[Pair], cuts: Sequence[Pair]) -> list[Pair]:
    """What of `pairs` lies outside `cuts`; both are in order and disjoint."""
    rest: list[Pair] = []
    place = 0
    for begin, end in pairs:
        start = begin
        while place < len(cuts) and cuts[place][1] <= start:
            place += 1
        nearest = place
        while nearest < len(cuts) and cuts[nearest][0] < end:
            if start < cuts[nearest][0]:
                rest.append((start, cuts[nearest][0]))
            start = max(start, cuts[nearest][1])
            nearest += 1
        if start < end:
            rest.append((start, end))
    return rest
