"""Days of rules, against another implementation; and what is refused."""

from datetime import date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from icalendar.prop import vRecur

from services.routing.schemas.calendars.reading import read_calendar
from services.routing.schemas.calendars.recurrence import (
    Budget,
    cycle_of,
    days_of,
    is_cycle,
)
from services.routing.schemas.calendars.rules import rule_of
from shared.errors import InvalidError, ServiceError, TooLargeError
from tests.unit.routing.calendars.test_icalendar import SHIFT, TODAY, file

LAST = date(2027, 4, 6)
weekdays = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])


def _listed(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[str]:
    return st.lists(strategy, min_size=1, max_size=3, unique=True).map(
        lambda values: ",".join(map(str, values))
    )


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 5))}"]
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 30))}")
    parts.append(f"WKST={draw(weekdays)}")
    has_months = draw(st.booleans())
    if has_months:
        parts.append("BYMONTH=" + draw(_listed(st.integers(1, 12))))
    is_long = frequency in {"MONTHLY", "YEARLY"}
    if draw(st.booleans()) and (frequency != "YEARLY" or has_months):
        # The other implementation does not take weekdays with and without a number together.
        has_ordinals = is_long and draw(st.booleans())
        ordinals = st.sampled_from(["1", "2", "-1", "-2", "5"] if has_ordinals else [""])
        parts.append("BYDAY=" + draw(_listed(st.builds(str.__add__, ordinals, weekdays))))
    # Days that come every year: the other implementation looks for rarer ones for long.
    elif frequency != "WEEKLY" and draw(st.booleans()):
        days = st.integers(1, 28) | st.integers(-28, -1)
        parts.append("BYMONTHDAY=" + draw(_listed(days)))
    if is_long and len(parts) > 3 and parts[-1].startswith("BY") and draw(st.booleans()):
        parts.append("BYSETPOS=" + draw(st.sampled_from(["1", "-1", "2", "1,-1"])))
    return ";".join(parts)


@settings(max_examples=60)
@given(rules(), st.dates(date(2024, 1, 1), date(2026, 12, 31)))
def test_the_days_are_those_of_dateutil(text: str, start: date) -> None:
    rule = rule_of(vRecur.from_ical(text), "/RRULE")
    days = list(days_of(rule, start, last=LAST, budget=Budget(), pointer="/RRULE"))
    assume(days)
    begin, end = datetime.combine(start, time(9)), datetime.combine(LAST, time(23))
    expected = [day.date() for day in rrulestr(text, dtstart=begin).between(begin, end, inc=True)]

    assert days == expected
    if is_cycle(rule) and rule.count is None:
        length, places = cycle_of(rule, start)
        anchor = start if length != 7 else start - timedelta(days=start.weekday())
        again = [
            day
            for day in (start + timedelta(days=n) for n in range((LAST - start).days + 1))
            if (day - anchor).days % length + 1 in places
        ]
        assert again == days


def _with(rule: str) -> bytes:
    return file(SHIFT.replace("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU", rule))


NESTED = "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 9 + "END:VEVENT\n" * 9 + "END:VCALENDAR\n"


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        (_with("RRULE:FREQ=SECONDLY"), "/VEVENT/0/RRULE"),
        (_with("RRULE:FREQ=HOURLY;INTERVAL=1"), "/VEVENT/0/RRULE"),
        (_with("RRULE:FREQ=DAILY;COUNT=1000000000"), "/VEVENT/0/RRULE"),
        (_with("RRULE:FREQ=DAILY;BYSECOND=0,1,2"), "/VEVENT/0/RRULE"),
        (_with("RRULE:FREQ=DAILY;INTERVAL=0"), "/VEVENT/0/RRULE"),
        (_with("RRULE:FREQ=YEARLY;BYDAY=20MO"), "/VEVENT/0/RRULE"),
        (_with("RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY"), "/VEVENT/0/RRULE"),
        (_with("EXRULE:FREQ=DAILY"), "/VEVENT/0/EXRULE"),
        (file(SHIFT.replace("Europe/Moscow", "Mars/Olympus")), "/VEVENT/0/DTSTART/TZID"),
        (file("DTSTART:20260302T090000\nSUMMARY:Shift"), "/VEVENT/0/DTEND"),
        (file("DTSTART;VALUE=DATE:20260302\nSUMMARY:?"), "/VEVENT/0/CATEGORIES"),
        (file("SUMMARY:Shift"), "/VEVENT/0/DTSTART"),
        (file("DTSTART:00010101T090000\nDURATION:PT1H"), "/VEVENT/0/DTSTART"),
        (file("DTSTART:20260302T090000\nDURATION:P20D"), "/VEVENT/0/DTEND"),
        (file(SHIFT, "DTSTART:garbage\nSUMMARY:Shift"), "/VEVENT/1/DTSTART"),
        (file(SHIFT, "DTSTART:20260302T090000\nDTEND:never"), "/VEVENT/1/DTEND"),
        (file(SHIFT, "DTSTART:20260302T090000\nDURATION:long"), "/VEVENT/1/DURATION"),
        (_with("RRULE:FREQ="), "/VEVENT/0/RRULE"),
        (_with("EXDATE:sometimes"), "/VEVENT/0/EXDATE"),
        (NESTED.encode(), ""),
        (b"BEGIN:VCALENDAR\nX:" + b"a" * 10_000, ""),
        (b"\xff\xfe", ""),
        (b"no calendar", ""),
        (b"", ""),
    ],
)
def test_it_is_refused_and_the_field_is_named(content: bytes, pointer: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        read_calendar(content, zone="Europe/Moscow", today=TODAY)
    assert [name for name, _ in refusal.value.errors] == [pointer]


def test_rules_that_have_no_day_end_soon() -> None:
    never = _with("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    assert read_calendar(never, zone="UTC", today=TODAY).days == []


def test_many_rules_share_a_budget() -> None:
    event = SHIFT.replace("20260302T", "19700302T")
    event = event.replace("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU", "RRULE:FREQ=MONTHLY")
    with pytest.raises(InvalidError, match="cannot be read"):
        read_calendar(file(*[event] * 900), zone="UTC", today=TODAY)


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(TooLargeError):
        read_calendar(b"\n" * 300_000, zone="UTC", today=TODAY)


@settings(max_examples=40)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_whatever_else_comes_is_refused_as_invalid(content: bytes) -> None:
    for body in (content, file(content.decode("utf-8", "replace"))):
        try:
            read_calendar(body, zone="UTC", today=TODAY)
        except ServiceError:
            continue
