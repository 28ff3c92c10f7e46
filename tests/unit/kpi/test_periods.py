"""Days of time zones: half hours, changing clocks, midnights and days that never were."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.periods import LONGEST_DAYS, PeriodError, day_begin, period, require_zone

ZONES = sorted(available_timezones() - {"localtime", "Factory", "posixrules"})


def hours(zone: str, day: date) -> float:
    found = period(day, day + timedelta(days=1), require_zone(zone))
    return (found.ends_at - found.begins_at) / timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Europe/Moscow", date(2026, 3, 29), 24),
        ("Asia/Kolkata", date(2026, 3, 8), 24),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),  # its clocks change by half an hour
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # midnight itself was jumped over
        ("Pacific/Apia", date(2011, 12, 30), 0),  # the day that never was
    ],
)
def test_how_long_a_day_is(zone: str, day: date, expected: float) -> None:
    assert hours(zone, day) == expected


def test_where_days_begin() -> None:
    kolkata = period(date(2026, 3, 8), date(2026, 3, 9), require_zone("Asia/Kolkata"))
    assert kolkata.begins_at == datetime(2026, 3, 7, 18, 30, tzinfo=UTC)
    saved = day_begin(date(2018, 11, 4), require_zone("America/Sao_Paulo"))
    assert saved == datetime(2018, 11, 4, 3, tzinfo=UTC)


@given(
    st.sampled_from(ZONES),
    st.dates(date(1970, 1, 1), date(2100, 1, 1)),
    st.integers(1, 400),
)
def test_the_days_of_a_period_follow_each_other(zone: str, first: date, days: int) -> None:
    found = period(first, first + timedelta(days=days), require_zone(zone))
    assert list(found.bounds) == sorted(found.bounds)
    assert len(found.bounds) == days + 1
    assert found.day(1) == first
    assert found.day(days) == found.end - timedelta(days=1)
    middle = first + timedelta(days=days // 2)
    one = found.only(middle)
    assert (one.begins_at, one.ends_at) == tuple(found.bounds[days // 2 : days // 2 + 2])


@given(
    st.sampled_from(ZONES),
    st.dates(date(1970, 1, 1), date(2100, 1, 1)),
    st.integers(1, 400),
    st.integers(-500, 900),
    st.integers(0, 200),
)
def test_a_part_of_a_period_has_each_day_that_reaches_into_it(
    zone: str, first: date, days: int, hours_after: int, length: int
) -> None:
    whole = period(first, first + timedelta(days=days), require_zone(zone))
    begin = whole.begins_at + timedelta(hours=hours_after)
    end = begin + timedelta(hours=length)
    part = whole.within(begin, end)
    assert whole.first <= part.first < part.end <= whole.end
    for number, (opens, closes) in enumerate(pairwise(whole.bounds), start=1):
        if opens <= end and begin < closes:
            assert part.first <= whole.day(number) < part.end
    assert (part.end - part.first).days <= length / 24 + 5


@given(
    st.sampled_from(ZONES),
    st.dates(date(1970, 1, 1), date(1990, 1, 1)),
    st.integers(1, 400),
)
def test_days_begin_with_quarters_or_do_not(zone: str, first: date, days: int) -> None:
    whole = period(first, first + timedelta(days=days), require_zone(zone))
    assert whole.is_even == all(bound.timestamp() % 900 == 0 for bound in whole.bounds)


@pytest.mark.parametrize(
    ("first", "end", "field"),
    [
        (date(2026, 3, 2), date(2026, 3, 2), "to"),
        (date(2026, 3, 2), date(2026, 3, 1), "to"),
        (date(1, 1, 1), date(2026, 3, 1), "from"),
        (date(2026, 1, 1), date(9999, 12, 31), "to"),
        (date(1970, 1, 1), date(1970, 1, 1) + timedelta(days=LONGEST_DAYS + 1), "to"),
    ],
)
def test_what_is_no_period(first: date, end: date, field: str) -> None:
    with pytest.raises(PeriodError) as caught:
        period(first, end, require_zone("UTC"))
    assert caught.value.field == field


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "a\0b"])
def test_what_is_no_zone(name: str) -> None:
    with pytest.raises(PeriodError):
        require_zone(name)


def test_a_day_outside_is_refused() -> None:
    week = period(date(2026, 3, 2), date(2026, 3, 9), require_zone("UTC"))
    with pytest.raises(PeriodError):
        week.only(date(2026, 3, 9))
