"""A slow reference: duty found minute by minute, by looking at a clock on the wall."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from services.routing.domain.calendars.shape import ON_CALL, SHIFT, Calendar, Holidays, Shift, Span

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@cache
def clock(zone: str, around: date) -> Sequence[tuple[datetime, datetime]]:
    """(moment, what the clock shows) of each minute of some days."""
    first = datetime.combine(around - 4 * DAY, time(), UTC)
    moments = [first + number * MINUTE for number in range(10 * 1440)]
    return [(moment, moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for moment in moments]


def first_shown(zone: str, around: date, wall: datetime) -> datetime:
    """The first minute at which the clock shows this time or a later one."""
    return next(moment for moment, shown in clock(zone, around) if shown >= wall)


def duty_by_minute(
    calendar: Calendar, holidays: Holidays, around: date
) -> Mapping[datetime, str | None]:
    """Duty at each minute from the day before `around` to the day after."""
    first = datetime.combine(around - DAY, time(), UTC)
    minutes = [first + number * MINUTE for number in range(3 * 1440)]
    on: dict[str, set[datetime]] = {SHIFT: set(), ON_CALL: set()}
    for number in range(-3, 3):
        day = around + number * DAY
        for span in _spans(calendar, holidays, day):
            on[span.kind] |= _minutes(calendar, span, day, around, minutes)
    away = {
        minute
        for leave in calendar.leave
        for minute in minutes
        if _is_between(calendar.zone, around, minute, leave.start, leave.end)
    }
    return {
        minute: None
        if minute in away
        else SHIFT
        if minute in on[SHIFT]
        else ON_CALL
        if minute in on[ON_CALL]
        else None
        for minute in minutes
    }


def _spans(calendar: Calendar, holidays: Holidays, day: date) -> list[Span]:
    spans = [span for item in calendar.days if item.day == day for span in item.spans]
    if any(item.day == day and item.replaces for item in calendar.days):
        return spans
    return spans + [s.span for s in calendar.shifts if _is_worked(s, holidays, day)]


def _is_worked(shift: Shift, holidays: Holidays, day: date) -> bool:
    weekday = holidays.worked_as.get(day, day.isoweekday())
    return (
        weekday in shift.days
        and (shift.valid_from or day) <= day <= (shift.valid_until or day)
        and day not in shift.skips
        and (day not in holidays.off or shift.on_holidays)
    )


def _minutes(
    calendar: Calendar, span: Span, day: date, around: date, minutes: Sequence[datetime]
) -> set[datetime]:
    zone, midnight = span.zone or calendar.zone, datetime.combine(day, time())
    begin, end = midnight + span.start * MINUTE, midnight + span.end * MINUTE
    worked = {m for m in minutes if _is_between(zone, around, m, begin, end)}
    for start, stop in span.breaks:
        begin, end = midnight + start * MINUTE, midnight + stop * MINUTE
        worked -= {m for m in minutes if _is_between(zone, around, m, begin, end)}
    return worked


def _is_between(zone: str, around: date, minute: datetime, begin: datetime, end: datetime) -> bool:
    return _first(zone, around, begin) <= minute < _first(zone, around, end)


@cache
def _first(zone: str, around: date, wall: datetime) -> datetime:
    known = clock(zone, around)
    if wall <= known[0][1]:
        return known[0][0]
    return first_shown(zone, around, wall) if wall <= known[-1][1] else known[-1][0]
