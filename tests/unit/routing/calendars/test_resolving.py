"""Duty in UTC, against a reference that looks at the clock minute by minute."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings

from services.routing.domain.calendars.records import calendar_of
from services.routing.domain.calendars.resolving import resolve
from services.routing.domain.calendars.shape import (
    NO_HOLIDAYS,
    Calendar,
    Holidays,
    Interval,
    Timetable,
)
from services.routing.domain.calendars.timetable import duty_at, next_edge
from tests.unit.routing.calendars.reference import MINUTE, duty_by_minute
from tests.unit.routing.calendars.strategies import calendars

DAY = timedelta(days=1)


@settings(max_examples=25)
@given(calendars())
def test_it_is_what_a_clock_on_the_wall_says(case: tuple[Calendar, Holidays, date]) -> None:
    calendar, holidays, around = case
    expected = duty_by_minute(calendar, holidays, around)
    start = datetime.combine(around - DAY, time(), UTC)
    intervals = resolve(Timetable(calendar, holidays), start, start + 3 * DAY)

    duty = dict.fromkeys(expected)
    for interval in intervals:
        moment = interval.start
        while moment < interval.end:
            assert duty[moment] is None, "two at once"
            duty[moment] = interval.kind
            moment += MINUTE
    assert duty == expected


@settings(max_examples=20)
@given(calendars())
def test_between_two_edges_duty_is_the_same(case: tuple[Calendar, Holidays, date]) -> None:
    calendar, holidays, around = case
    timetable = Timetable(calendar, holidays)
    moment = datetime.combine(around - DAY, time(), UTC)
    for _ in range(4):
        edge = next_edge(timetable, moment)
        if edge is None:
            return
        duty = duty_at(timetable, moment)
        assert duty_at(timetable, moment + (edge - moment) / 2) == duty
        assert duty_at(timetable, edge - timedelta(seconds=1)) == duty
        assert duty_at(timetable, edge) != duty
        moment = edge


def on(zone: str, start: str, end: str, **more: object) -> Calendar:
    shift = {"days": [1, 2, 3, 4, 5, 6, 7], "from": start, "to": end, **more}
    return calendar_of({"shifts": [shift]}, zone=zone)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "start", "end", "day", "expected"),
    [
        # A zone that changed its rules: +4 in 2014, +3 since.
        ("Europe/Moscow", "09:00", "18:00", "2014-10-25", ("05:00", "14:00")),
        ("Europe/Moscow", "09:00", "18:00", "2014-10-27", ("06:00", "15:00")),
        # Spring forward: 02:00 → 03:00 local, the night is an hour shorter.
        ("Europe/Berlin", "22:00", "06:00", "2026-03-28", ("21:00", "04:00+1")),
        ("Europe/Berlin", "02:30", "06:00", "2026-03-29", ("01:00", "04:00")),
        ("Europe/Berlin", "01:00", "02:30", "2026-03-29", ("00:00", "01:00")),
        # Fall back: 03:00 → 02:00 local, the first of two equal times counts.
        ("Europe/Berlin", "22:00", "06:00", "2026-10-24", ("20:00", "05:00+1")),
        ("Europe/Berlin", "01:00", "02:30", "2026-10-25", ("23:00-1", "00:30")),
        ("Europe/Berlin", "02:00", "03:00", "2026-10-25", ("00:00", "02:00")),
        ("America/New_York", "20:00", "04:00", "2026-03-07", ("01:00+1", "08:00+1")),
        ("America/New_York", "20:00", "04:00", "2026-10-31", ("00:00+1", "09:00+1")),
        ("Asia/Kolkata", "09:30", "18:15", "2026-12-31", ("04:00", "12:45")),
        # Half an hour forward and back.
        ("Australia/Lord_Howe", "00:00", "06:00", "2026-10-04", ("13:30-1", "19:00-1")),
        ("Australia/Lord_Howe", "00:00", "06:00", "2026-04-05", ("13:00-1", "19:30-1")),
        ("Europe/Moscow", "22:00", "06:00", "2024-02-28", ("19:00", "03:00+1")),
        ("Europe/Moscow", "22:00", "06:00", "2024-02-29", ("19:00", "03:00+1")),
        ("Europe/Moscow", "22:00", "06:00", "2025-12-31", ("19:00", "03:00+1")),
    ],
)
def test_shifts_where_clocks_change(
    zone: str, start: str, end: str, day: str, expected: tuple[str, str]
) -> None:
    first = date.fromisoformat(day)
    calendar = on(zone, start, end, valid_from=day, valid_until=day)
    around = datetime.combine(first, time(), UTC)
    moments = tuple(_moment(first, text) for text in expected)

    intervals = resolve(Timetable(calendar), around - 2 * DAY, around + 3 * DAY)

    assert [(item.start, item.end) for item in intervals] == [moments]


def _moment(day: date, text: str) -> datetime:
    return datetime.combine(
        day + timedelta(days=int(text[5:] or 0)), time.fromisoformat(text[:5]), UTC
    )


def test_a_day_that_a_zone_skips_is_not_worked() -> None:
    calendar = on("Pacific/Apia", "09:00", "17:00")
    around = resolve(Timetable(calendar), utc("2011-12-28T12:00"), utc("2011-12-31T12:00"))
    assert around == [
        Interval(utc("2011-12-28T19:00"), utc("2011-12-29T03:00"), "shift"),
        Interval(utc("2011-12-29T19:00"), utc("2011-12-30T03:00"), "shift"),
        Interval(utc("2011-12-30T19:00"), utc("2011-12-31T03:00"), "shift"),
    ]


def test_two_days_on_two_days_off() -> None:
    record = {
        "days": [1, 2],
        "cycle": 4,
        "valid_from": "2026-02-27",
        "from": "08:00",
        "to": "20:00",
    }
    calendar = calendar_of({"shifts": [record]}, zone="UTC")
    intervals = resolve(Timetable(calendar), utc("2026-02-26"), utc("2026-03-06"))
    assert [item.start.day for item in intervals] == [27, 28, 3, 4]


def test_a_holiday_a_moved_day_and_who_works_on_holidays() -> None:
    holidays = Holidays(frozenset({date(2026, 5, 1)}), {date(2026, 5, 2): 5})
    shift = {"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}
    on_call = {
        "days": [1, 2, 3, 4, 5, 6, 7],
        "from": "18:00",
        "to": "09:00",
        "kind": "on_call",
        "on_holidays": True,
    }
    calendar = calendar_of({"shifts": [shift, on_call]}, zone="UTC")
    intervals = resolve(Timetable(calendar, holidays), utc("2026-05-01"), utc("2026-05-03"))
    assert [(i.kind, i.start.hour + 24 * (i.start.day - 1)) for i in intervals] == [
        ("on_call", 0),
        ("on_call", 18),
        ("shift", 33),
        ("on_call", 42),
    ]


def test_without_a_calendar_one_is_always_on_shift() -> None:
    timetable = Timetable(None, NO_HOLIDAYS)
    now = utc("2026-03-02T03:00")
    assert duty_at(timetable, now) == "shift"
    assert next_edge(timetable, now) is None


def test_no_shift_at_all_has_no_edge() -> None:
    timetable = Timetable(Calendar("Europe/Moscow"))
    assert duty_at(timetable, utc("2026-03-02T09:00")) == "off"
    assert next_edge(timetable, utc("2026-03-02T09:00")) is None
