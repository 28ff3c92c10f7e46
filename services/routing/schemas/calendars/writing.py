"""Writes a calendar as iCalendar (RFC 5545), for calendars that people look at, and to be read
again: what iCalendar has no word for stands in properties `X-LEADFLOW-…`.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from icalendar import Calendar as File
from icalendar import Event as Component

from services.routing.domain.calendars.records import clock_of
from services.routing.domain.calendars.resolving import begins_on
from services.routing.domain.calendars.shape import (
    DAY_MINUTES,
    ON_CALL,
    WEEK,
    Calendar,
    Holidays,
    Leave,
    Shift,
    Span,
)
from services.routing.schemas.calendars.events import BREAKS, ON_HOLIDAYS
from services.routing.schemas.calendars.file_bounds import OURS
from services.routing.schemas.calendars.reading import AHEAD, BEFORE, HOLIDAYS
from services.routing.schemas.calendars.rules import WEEKDAYS
from shared.ids import derived_id
from shared.wall_clock import zone_of

DAY = timedelta(days=1)
DATES_OF_A_LINE = 200
YEARS_AHEAD = 5  # of rules of a zone that are written out


def write_calendar(
    calendar: Calendar, holidays: Holidays, *, manager_id: UUID, now: datetime
) -> bytes:
    """The file. Shifts without a beginning begin a month ago."""
    file = File()
    file.add("PRODID", OURS)
    file.add("VERSION", "2.0")
    file.add("X-WR-TIMEZONE", calendar.zone)
    if calendar.holidays:
        file.add(HOLIDAYS, ",".join(calendar.holidays))
    for place, event in enumerate(_events(calendar, holidays, now.date())):
        event.add("UID", str(derived_id("calendar event", manager_id, place)))
        event.add("DTSTAMP", now.astimezone(UTC).replace(microsecond=0))
        file.add_component(event)
    file.add_missing_timezones(
        first_date=date(now.year - 1, 1, 1), last_date=date(now.year + YEARS_AHEAD, 1, 1)
    )
    return bytes(file.to_ical())


def _events(calendar: Calendar, holidays: Holidays, today: date) -> Iterator[Component]:
    replaced = [item.day for item in calendar.days if item.replaces]
    for shift in calendar.shifts:
        skips = shift.skips.union(day for day in replaced if begins_on(shift, holidays, day))
        for first, rule in _rules(shift, today - BEFORE):
            yield _shift(calendar, shift, first, rule, skips)
    for item in calendar.days:
        for span in item.spans:
            yield _event(span, item.day, calendar.zone)
    for leave in calendar.leave:
        yield _leave(leave, calendar.zone)
    for day in sorted(holidays.off):
        if today - BEFORE <= day <= today + AHEAD:
            yield _whole_days("HOLIDAY", "Праздник / Holiday", day, day + DAY)


def _rules(shift: Shift, since: date) -> Iterator[tuple[date, dict[str, object]]]:
    """The first day of each rule that the shift needs, and the rule without its end."""
    begin = shift.valid_from or since
    days = [begin + number * DAY for number in range(shift.cycle)]
    if shift.cycle == WEEK:
        firsts = [day for day in days if day.isoweekday() in shift.days][:1]
        names = [WEEKDAYS[day - 1] for day in sorted(shift.days)]
        rules: list[tuple[date, dict[str, object]]] = [
            (first, {"FREQ": "WEEKLY", "BYDAY": names}) for first in firsts
        ]
    else:
        rules = [
            (day, {"FREQ": "DAILY", "INTERVAL": shift.cycle})
            for number, day in enumerate(days, start=1)
            if number in shift.days
        ]
    return (item for item in rules if shift.valid_until is None or item[0] <= shift.valid_until)


def _shift(
    calendar: Calendar, shift: Shift, first: date, rule: dict[str, object], skips: frozenset[date]
) -> Component:
    event = _event(shift.span, first, calendar.zone)
    begins = event.get("DTSTART").dt
    if shift.valid_until is not None:
        last = datetime.combine(shift.valid_until, time(23, 59, 59), begins.tzinfo)
        rule = {**rule, "UNTIL": last.astimezone(UTC)}
    event.add("RRULE", rule)
    moments = [datetime.combine(day, begins.time(), begins.tzinfo) for day in sorted(skips)]
    for place in range(0, len(moments), DATES_OF_A_LINE):
        event.add("EXDATE", moments[place : place + DATES_OF_A_LINE])
    if shift.on_holidays:
        event.add(ON_HOLIDAYS, "TRUE")
    return event


def _event(span: Span, day: date, calendar_zone: str) -> Component:
    zone = zone_of(span.zone or calendar_zone)
    midnight = datetime.combine(day, time())
    event = Component()
    event.add("DTSTART", (midnight + timedelta(minutes=span.start)).replace(tzinfo=zone))
    event.add("DTEND", (midnight + timedelta(minutes=span.end)).replace(tzinfo=zone))
    is_on_call = span.kind == ON_CALL
    event.add("SUMMARY", "Дежурство / On call" if is_on_call else "Смена / Shift")
    event.add("CATEGORIES", ["ON-CALL" if is_on_call else "SHIFT"])
    texts = [_break(begin, end) for begin, end in span.breaks]
    for text in texts:
        event.add(BREAKS, text)
    if texts:
        event.add("DESCRIPTION", "Перерыв / Break: " + ", ".join(text[:11] for text in texts))
    return event


def _break(begin: int, end: int) -> str:
    later = begin // DAY_MINUTES
    return "/".join([clock_of(begin), clock_of(end), str(later)])


def _leave(leave: Leave, zone: str) -> Component:
    summary = leave.reason or "Отпуск / Leave"
    if leave.start.time() == leave.end.time() == time():
        return _whole_days("LEAVE", summary, leave.start.date(), leave.end.date())
    event = Component()
    event.add("DTSTART", leave.start.replace(tzinfo=zone_of(zone)))
    event.add("DTEND", leave.end.replace(tzinfo=zone_of(zone)))
    event.add("SUMMARY", summary)
    event.add("CATEGORIES", ["LEAVE"])
    return event


def _whole_days(category: str, summary: str, first: date, end: date) -> Component:
    event = Component()
    event.add("DTSTART", first)
    event.add("DTEND", end)
    event.add("SUMMARY", summary)
    event.add("CATEGORIES", [category])
    event.add("TRANSP", "TRANSPARENT" if category == "HOLIDAY" else "OPAQUE")
    return event
