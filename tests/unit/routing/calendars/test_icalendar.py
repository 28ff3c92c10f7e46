"""Calendars as iCalendar: written and read again, and as others write them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from hypothesis import given, settings

from services.routing.domain.calendars.records import calendar_of
from services.routing.domain.calendars.resolving import resolve
from services.routing.domain.calendars.shape import Calendar, Holidays, Interval, Timetable
from services.routing.schemas.calendars.reading import read_calendar
from services.routing.schemas.calendars.writing import write_calendar
from tests.unit.routing.calendars.strategies import calendars

TODAY = date(2026, 3, 2)
NOW = datetime.combine(TODAY, time(9), UTC)
ID = UUID(int=7)


@settings(max_examples=25)
@given(calendars())
def test_what_is_written_is_read_again(case: tuple[Calendar, Holidays, date]) -> None:
    calendar, holidays, around = case
    calendar, holidays = replace(calendar, holidays=("ru",)), Holidays(holidays.off)
    now = datetime.combine(around - timedelta(days=2), time(9), UTC)
    content = write_calendar(calendar, holidays, manager_id=ID, now=now)
    record = read_calendar(content, zone="UTC", today=now.date()).content()
    again = calendar_of(record, zone="UTC")

    assert again.holidays == ("ru",)
    until = now + timedelta(days=30)
    assert resolve(Timetable(again, holidays), now, until) == resolve(
        Timetable(calendar, holidays), now, until
    )


def file(*events: str, head: str = "") -> bytes:
    text = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    whole = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{head}{text}END:VCALENDAR\n"
    return whole.replace("\n", "\r\n").encode()


def duty(content: bytes, *, days: int = 14) -> list[tuple[str, str, str]]:
    record = read_calendar(content, zone="Europe/Moscow", today=TODAY).content()
    calendar = calendar_of(record, zone="Europe/Moscow")
    start = datetime.combine(TODAY, time(), UTC)
    intervals = resolve(Timetable(calendar), start, start + timedelta(days=days))
    return [_shown(interval) for interval in intervals]


def _shown(interval: Interval) -> tuple[str, str, str]:
    return (interval.kind, f"{interval.start:%d %H:%M}", f"{interval.end:%d %H:%M}")


SHIFT = """
UID:1
SUMMARY:Смена
DTSTART;TZID=Europe/Moscow:20260302T090000
DTEND;TZID=Europe/Moscow:20260302T180000
RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU
EXDATE;TZID=Europe/Moscow:20260303T090000
"""
ON_CALL = """
UID:2
SUMMARY:On-call: second line
DTSTART:20260307T060000Z
DURATION:P1DT2H
"""
LEAVE = """
UID:3
CATEGORIES:Vacation
DTSTART;VALUE=DATE:20260316
DTEND;VALUE=DATE:20260318
"""


def test_a_rota_of_others_is_understood() -> None:
    assert duty(file(SHIFT, ON_CALL, LEAVE), days=30) == [
        ("shift", "02 06:00", "02 15:00"),
        ("on_call", "07 06:00", "08 08:00"),
        ("shift", "30 06:00", "30 15:00"),
        ("shift", "31 06:00", "31 15:00"),
    ]


def test_an_occurrence_that_was_moved_or_cancelled() -> None:
    moved = """
UID:1
SUMMARY:Shift
RECURRENCE-ID;TZID=Europe/Moscow:20260302T090000
DTSTART;TZID=Europe/Moscow:20260302T120000
DTEND;TZID=Europe/Moscow:20260302T210000
"""
    assert duty(file(SHIFT, moved)) == [("shift", "02 09:00", "02 18:00")]
    assert duty(file(SHIFT, moved + "STATUS:CANCELLED")) == []


def test_days_of_a_month_are_found_as_far_as_is_looked() -> None:
    first_saturday = """
UID:4
SUMMARY:Смена
DTSTART:20200104T100000
DTEND:20200104T140000
RRULE:FREQ=MONTHLY;BYDAY=1SA
"""
    intervals = duty(file(first_saturday), days=399)
    assert len(intervals) == 14
    assert intervals[0] == ("shift", "07 07:00", "07 11:00")


def test_a_file_of_leave_alone_leaves_the_rest_of_the_time() -> None:
    away = file("DTSTART;VALUE=DATE:20260303\nDTEND;VALUE=DATE:20260305\nSUMMARY:Отпуск")
    assert duty(away, days=4) == [
        ("shift", "02 00:00", "02 21:00"),
        ("shift", "04 21:00", "06 00:00"),
    ]


def test_zones_of_windows_and_of_paths() -> None:
    for name in ("Russian Standard Time", "/mozilla.org/20050126_1/Europe/Moscow"):
        event = SHIFT.replace("TZID=Europe/Moscow", f'TZID="{name}"')
        assert duty(file(event))[0] == ("shift", "02 06:00", "02 15:00")


def test_a_file_of_another_zone_keeps_its_own() -> None:
    record = read_calendar(file(SHIFT), zone="Asia/Kolkata", today=TODAY).content()
    assert record["time_zone"] == "Europe/Moscow"


DEFINED = """BEGIN:VTIMEZONE
TZID:Our office
BEGIN:STANDARD
DTSTART:19701101T020000
RRULE:FREQ=SECONDLY;BYMONTH=11
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700308T020000
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
END:VTIMEZONE
"""


def test_a_zone_that_the_file_defines_is_known_by_its_times() -> None:
    event = SHIFT.replace("Europe/Moscow", "Our office")
    record = read_calendar(file(event, head=DEFINED), zone="UTC", today=TODAY).content()
    assert record["time_zone"] == "America/New_York"
    named = DEFINED.replace("TZID:Our office", "TZID:Our office\nX-LIC-LOCATION:America/Toronto")
    record = read_calendar(file(event, head=named), zone="UTC", today=TODAY).content()
    assert record["time_zone"] == "America/Toronto"
