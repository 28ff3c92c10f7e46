"""Mischief in files of iCalendar: bombs of rules, depths, floods of lines, dates and parameters."""

from contextlib import suppress
from datetime import date

from services.routing.schemas.calendars.reading import read_calendar
from shared.errors import ServiceError
from tests.attacks.reading.row import Hostile, Row, as_bytes, between, flood, numbered, rows

_HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
_EVENT = (
    "BEGIN:VEVENT\r\nSUMMARY:Shift\r\nDTSTART:{}T090000\r\nDURATION:PT8H\r\n{}\r\nEND:VEVENT\r\n"
)


_PART = (
    "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
    "RRULE:FREQ={}\r\nEND:STANDARD\r\n"
)
_ZONE = "BEGIN:VTIMEZONE\r\nTZID:a\r\n" + _PART
_END = "END:VCALENDAR\r\n"


def _events(day: str, line: str) -> Hostile:
    return between(_HEAD, _EVENT.format(day, line), _END)


def _listed(before: str, unit: str) -> Hostile:
    """One event with a property that goes on and on, folded."""
    start = _EVENT.format("20260302", before).rpartition("\r\nEND:")[0]
    return between(_HEAD + start, f",\r\n {unit}", "\r\nEND:VEVENT\r\n" + _END)


FILES: dict[str, Hostile] = {
    "events": _events("20260302", "UID:1"),
    "events in other zones": _events("20260302", "DTSTAMP;TZID=Europe/Moscow:20260302T000000"),
    "rules by the second": _events("20260302", "RRULE:FREQ=SECONDLY"),
    "rules with a huge count": _events("20260302", "RRULE:FREQ=DAILY;COUNT=1000000000"),
    "rules that count for long": _events("19700101", "RRULE:FREQ=DAILY;COUNT=10000"),
    "rules of days that never come": _events(
        "19700101", "RRULE:FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2"
    ),
    "rules of months for ever": _events("19700101", "RRULE:FREQ=MONTHLY;BYDAY=-1FR"),
    "rules of years for ever": _events("19700101", "RRULE:FREQ=YEARLY;BYMONTH=1,2,3;BYDAY=1MO,2MO"),
    "leave for ever": _events("19700101", "CATEGORIES:LEAVE\r\nRRULE:FREQ=DAILY"),
    "days left out": _listed("RRULE:FREQ=DAILY\r\nEXDATE:20260302T090000", "20260303T090000"),
    "days added": _listed("RDATE:20260302T090000", "20260303T090000"),
    "values of a rule": _listed("RRULE:FREQ=DAILY;BYDAY=MO", "MO"),
    "categories": _listed("CATEGORIES:a", "a"),
    "components inside one another": between(_HEAD, "BEGIN:VEVENT\r\n"),
    "components that end": between(_HEAD, "END:VEVENT\r\n"),
    "folded lines": between(_HEAD + "SUMMARY:a", "\r\n a"),
    "parameters": between(_HEAD + "SUMMARY", ";a=b"),
    "quotes": between(_HEAD + "SUMMARY;a=", '"'),
    "escapes": between(_HEAD + "SUMMARY:", "\\"),
    "properties": numbered("X-{}:1", before=_HEAD, after="\r\n" + _END, glue="\r\n"),
    "zones": between(_HEAD, "BEGIN:VTIMEZONE\r\nTZID:a\r\nEND:VTIMEZONE\r\n", _END),
    "rules of a zone": between(_HEAD + _ZONE.format("YEARLY"), _PART, "END:VTIMEZONE\r\n" + _END),
    "a zone that changes every second": between(
        _HEAD + _ZONE.format("SECONDLY") + "END:VTIMEZONE\r\n",
        _EVENT.format("20260302", "RDATE;TZID=a:20260303T090000").replace("RT:", "RT;TZID=a:"),
        _END,
    ),
    "line ends": flood("\r\n"),
}


def _read(content: bytes) -> None:
    with suppress(ServiceError):
        read_calendar(content, zone="Europe/Moscow", today=date(2026, 3, 2))


CALENDARS: tuple[Row, ...] = rows(
    read_calendar, {name: as_bytes(hostile) for name, hostile in FILES.items()}, read=_read
)
