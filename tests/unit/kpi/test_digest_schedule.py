"""When scheduled reports are due, and of which days they tell."""

from calendar import monthrange
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

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


STEP = timedelta(minutes=15)  # since 2012 no clock was changed in between


def naive_next(schedule: Schedule, moment: datetime) -> datetime:
    """By looking at the clock on the wall every quarter of an hour, for days on end."""
    beginning = moment - timedelta(days=2)
    local = beginning.astimezone(schedule.zone).date()
    days = [local + timedelta(days=number) for number in range(70)]
    walls = [datetime.combine(day, schedule.at) for day in days if _is_due(schedule, day)]
    at, midnights = beginning, set()
    while True:
        wall = at.astimezone(schedule.zone).replace(tzinfo=None)
        midnights.add(wall.date())
        while walls and wall >= walls[0]:
            day = walls.pop(0).date()
            is_left_out = schedule.every is Every.DAY and day not in midnights
            if at > moment and not is_left_out:
                return at
        at += STEP


def _is_due(schedule: Schedule, day: date) -> bool:
    if schedule.every is Every.MONTH:
        assert schedule.day is not None
        return day.day == min(schedule.day, monthrange(day.year, day.month)[1])
    return schedule.every is Every.DAY or day.isoweekday() == schedule.weekday


EVERY_ZONE = st.sampled_from(sorted(available_timezones() - {"localtime"}))
QUARTERS = st.integers(0, 95).map(lambda number: time(number // 4, number % 4 * 15))
SINCE_2012 = st.integers(1_325_376_000 // 900, 2_114_380_800 // 900).map(
    lambda at: datetime.fromtimestamp(at * 900, UTC)
)


@given(schedules(), EVERY_ZONE, QUARTERS, SINCE_2012)
def test_the_next_due_time_is_what_a_look_at_the_wall_clock_finds(
    schedule: Schedule, zone: str, at: time, moment: datetime
) -> None:
    local = replace(schedule, zone=ZoneInfo(zone), at=at)
    assert local.next_after(moment) == naive_next(local, moment)


@pytest.mark.parametrize(
    ("zone", "changes_at", "clocks"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC), (time(2), time(2, 30), time(3))),
        ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC), (time(2), time(2, 30), time(3))),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC), (time(1, 45), time(2))),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC), (time(2, 15),)),
        ("Asia/Pyongyang", datetime(2018, 5, 4, 15, tzinfo=UTC), (time(0), time(0, 15))),
        ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC), (time(0), time(0, 30))),
        ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC), (time(0), time(9), time(23, 45))),
        ("Africa/Casablanca", datetime(2026, 3, 22, 2, tzinfo=UTC), (time(2, 30), time(3))),
    ],
)
def test_around_a_change_of_the_clock_each_day_is_due_once(
    zone: str, changes_at: datetime, clocks: tuple[time, ...]
) -> None:
    """Also a day that is left out whole: it is none."""
    for clock in clocks:
        schedule = Schedule(every=Every.DAY, at=clock, zone=ZoneInfo(zone))
        moment, days = changes_at - timedelta(days=3), []
        while moment < changes_at + timedelta(days=3):
            due = schedule.next_after(moment)
            assert due == naive_next(schedule, moment)
            days.append(due.astimezone(schedule.zone).date())
            moment = due
        assert len(days) == len(set(days))


def test_a_week_whose_day_is_left_out_is_told_when_it_is_over() -> None:
    friday = Schedule(every=Every.WEEK, at=time(9), zone=ZoneInfo("Pacific/Apia"), weekday=5)
    due = friday.next_after(datetime(2011, 12, 25, tzinfo=UTC))
    assert due.astimezone(friday.zone).isoformat() == "2011-12-31T00:00:00+14:00"
    assert friday.next_after(due).astimezone(friday.zone).isoformat() == "2012-01-06T09:00:00+14:00"


@pytest.mark.parametrize(("year", "last"), [(2027, 28), (2028, 29)])
def test_a_february_has_each_late_day_on_its_last_one(year: int, last: int) -> None:
    moment = datetime(year, 2, 1, tzinfo=UTC)
    for day in (29, 30, 31):
        schedule = Schedule(every=Every.MONTH, at=time(8), zone=ZoneInfo("UTC"), day=day)
        first = schedule.next_after(moment)
        assert (first.month, first.day) == (2, last)
        assert schedule.next_after(first).month == 3


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
