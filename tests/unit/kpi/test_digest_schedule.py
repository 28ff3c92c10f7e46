"""When scheduled reports are due, and of which days they tell."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.digests.schedule import Every, Schedule, moment_at
from services.kpi.domain.digests.spans import Span, days_of

ZONES = (
    "Europe/Moscow",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Apia",  # left out a whole day
    "America/Sao_Paulo",  # skipped midnights
    "Asia/Kathmandu",
    "UTC",
)
MOMENTS = st.integers(1_230_768_000, 2_114_380_800).map(
    lambda at: datetime.fromtimestamp(at, UTC)
)  # 2009 to 2036


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    every = draw(st.sampled_from(Every))
    return Schedule(
        every=every,
        at=draw(st.times()).replace(second=0, microsecond=0),
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        weekday=draw(st.integers(1, 7)) if every is Every.WEEK else None,
        day=draw(st.integers(1, 31)) if every is Every.MONTH else None,
    )


@given(schedules(), MOMENTS)
def test_due_times_go_forward_and_none_lies_between(schedule: Schedule, moment: datetime) -> None:
    first = schedule.next_after(moment)
    assert first > moment
    assert schedule.last_until(first) == first
    assert schedule.last_until(first - timedelta(seconds=1)) <= moment
    assert schedule.next_after(first) > first
    assert schedule.next_after(schedule.last_until(moment)) == first


@given(schedules(), MOMENTS)
def test_a_due_time_has_its_clock_or_is_the_first_moment_after_it(
    schedule: Schedule, moment: datetime
) -> None:
    due = schedule.next_after(moment)
    local = due.astimezone(schedule.zone).replace(tzinfo=None)
    if local.time() != schedule.at:
        before = (due - timedelta(seconds=1)).astimezone(schedule.zone).replace(tzinfo=None)
        skipped = datetime.combine(before.date(), schedule.at)
        skipped += timedelta(days=skipped <= before)
        assert before < skipped < local


@pytest.mark.parametrize(
    ("zone", "day", "clock", "moment"),
    [
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 29), time(3), datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 10, 25), time(2), datetime(2026, 10, 25, tzinfo=UTC)),
        ("America/Sao_Paulo", date(2018, 11, 4), time(0), datetime(2018, 11, 4, 3, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 30), time(9), datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ("Europe/Moscow", date(2026, 3, 2), time(8), datetime(2026, 3, 2, 5, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_skipped_and_repeated_times(zone: str, day: date, clock: time, moment: datetime) -> None:
    assert moment_at(day, clock, ZoneInfo(zone)) == moment


def test_a_month_without_the_day_has_it_on_its_last_one() -> None:
    schedule = Schedule(every=Every.MONTH, at=time(8), zone=ZoneInfo("UTC"), day=31)
    moment, days = datetime(2026, 1, 1, tzinfo=UTC), []
    for _ in range(4):
        moment = schedule.next_after(moment)
        days.append((moment.month, moment.day))
    assert days == [(1, 31), (2, 28), (3, 31), (4, 30)]


@pytest.mark.parametrize(
    ("span", "today", "first", "end"),
    [
        (Span.YESTERDAY, date(2026, 3, 1), date(2026, 2, 28), date(2026, 3, 1)),
        (Span.LAST_7_DAYS, date(2026, 3, 4), date(2026, 2, 25), date(2026, 3, 4)),
        (Span.LAST_30_DAYS, date(2026, 3, 4), date(2026, 2, 2), date(2026, 3, 4)),
        (Span.LAST_WEEK, date(2026, 3, 4), date(2026, 2, 23), date(2026, 3, 2)),
        (Span.LAST_WEEK, date(2026, 3, 2), date(2026, 2, 23), date(2026, 3, 2)),
        (Span.LAST_MONTH, date(2026, 3, 31), date(2026, 2, 1), date(2026, 3, 1)),
        (Span.MONTH_TO_DATE, date(2026, 3, 2), date(2026, 3, 1), date(2026, 3, 2)),
        (Span.MONTH_TO_DATE, date(2026, 3, 1), date(2026, 2, 1), date(2026, 3, 1)),
    ],
)
def test_days_are_told_by_today(span: Span, today: date, first: date, end: date) -> None:
    days = days_of(span, today, ZoneInfo("UTC"))
    assert (days.first, days.end) == (first, end)
