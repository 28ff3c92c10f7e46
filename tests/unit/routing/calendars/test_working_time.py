"""Working time: sums and deadlines, by the calendar and by a prepared plan."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.domain.calendars import timetable as timetable_module
from services.routing.domain.calendars.course import Course
from services.routing.domain.calendars.plans import (
    MAX_INTERVALS,
    add_in_plan,
    is_stale,
    plan_of,
    plan_text,
    prepare,
    seconds_in_plan,
    standing,
)
from services.routing.domain.calendars.records import calendar_of
from services.routing.domain.calendars.resolving import resolve
from services.routing.domain.calendars.shape import Calendar, Holidays, Interval, Timetable
from services.routing.domain.calendars.terms import WHENEVER, deadlines, far_deadlines, moved
from services.routing.domain.calendars.timetable import (
    LOOKAHEAD,
    ON_SHIFT,
    add_business_time,
    business_seconds_between,
    duty_at,
    next_edge,
)
from services.routing.domain.policies import Policy
from tests.unit.routing.calendars.reference import duty_by_minute
from tests.unit.routing.calendars.strategies import calendars

Case = tuple[Calendar, Holidays, date]
WEEKDAYS = {"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}
NIGHTS = {"days": [1, 2, 3, 4, 5], "from": "18:00", "to": "23:00", "kind": "on_call"}
OFFICE = Timetable(calendar_of({"shifts": [WEEKDAYS, NIGHTS]}, zone="Europe/Moscow"))
ALWAYS = Timetable(None)
FRIDAY = datetime(2026, 3, 6, 14, 58, tzinfo=UTC)  # 17:58 in Moscow


@settings(max_examples=20)
@given(calendars(), st.integers(0, 1440), st.integers(0, 2 * 1440))
def test_working_time_is_counted_minute_by_minute(case: Case, begin: int, length: int) -> None:
    calendar, holidays, around = case
    start = datetime.combine(around - timedelta(days=1), time(), UTC)
    first = start + timedelta(minutes=begin)
    last = first + timedelta(minutes=length)
    expected = sum(
        60
        for minute, duty in duty_by_minute(calendar, holidays, around).items()
        if duty == "shift" and first <= minute < last
    )
    timetable = Timetable(calendar, holidays)

    assert business_seconds_between(timetable, first, last) == expected
    if expected:
        end = add_business_time(timetable, first, expected)
        assert end is not None
        assert end <= last
        assert business_seconds_between(timetable, end, last) == 0


@settings(max_examples=20)
@given(calendars(), st.integers(1, 200_000), st.sampled_from([ON_SHIFT, WHENEVER]))
def test_what_is_added_has_passed(case: Case, seconds: int, kinds: frozenset[str]) -> None:
    calendar, holidays, around = case
    timetable = Timetable(calendar, holidays)
    start = datetime.combine(around, time(), UTC)
    end = add_business_time(timetable, start, seconds, kinds)
    if end is None:
        total = business_seconds_between(timetable, start, start + LOOKAHEAD, kinds)
        assert total < seconds
    else:
        assert business_seconds_between(timetable, start, end, kinds) == seconds
        assert duty_at(timetable, end - timedelta(microseconds=1)) in kinds


@settings(max_examples=20)
@given(calendars(), st.integers(0, 40 * 86_400), st.integers(1, 100_000))
def test_a_plan_says_what_the_calendar_says(case: Case, later: int, seconds: int) -> None:
    calendar, holidays, around = case
    timetable = Timetable(calendar, holidays)
    start = datetime.combine(around, time(), UTC)
    plan = prepare(timetable, start)
    moment = start + timedelta(seconds=later)

    assert plan_of(plan_text(plan)) == plan
    assert len(plan.intervals) <= MAX_INTERVALS
    if not is_stale(plan, moment):
        present = standing(plan, moment)
        edge = next_edge(timetable, moment)
        assert present.duty == duty_at(timetable, moment)
        assert present.duty_until == (edge if edge and edge < plan.until else plan.until)
    end = add_in_plan(plan, start, seconds, ON_SHIFT)
    assert end in {None, add_business_time(timetable, start, seconds)}
    if end is not None:
        assert seconds_in_plan(plan, start, end, ON_SHIFT) == seconds


def test_a_deadline_on_friday_evening_goes_on_after_the_weekend() -> None:
    plan = plan_text(prepare(OFFICE, FRIDAY))
    policy = Policy()
    accept_by, touch_by = deadlines(policy, plan, tier="shift", at=FRIDAY) or (None, None)
    assert accept_by == datetime(2026, 3, 9, 6, 3, tzinfo=UTC)
    assert touch_by == datetime(2026, 3, 9, 6, 28, tzinfo=UTC)
    assert deadlines(policy, plan, tier="on_call", at=FRIDAY) == policy.deadlines(FRIDAY)
    assert deadlines(policy, None, tier="shift", at=FRIDAY) == policy.deadlines(FRIDAY)
    plain = Policy(business_time=False)
    assert deadlines(plain, plan, tier="shift", at=FRIDAY) == plain.deadlines(FRIDAY)


def test_beyond_the_plan_the_calendar_is_asked() -> None:
    policy = Policy(touch_seconds=40 * 9 * 3600)  # forty days of work
    plan = plan_text(prepare(OFFICE, FRIDAY))
    assert deadlines(policy, plan, tier="shift", at=FRIDAY) is None
    _, touch_by = far_deadlines(policy, OFFICE, tier="shift", at=FRIDAY)
    assert touch_by == datetime(2026, 5, 1, 14, 58, tzinfo=UTC)


def test_who_never_works_has_plain_time() -> None:
    policy = Policy()
    nothing = Timetable(Calendar("Europe/Moscow"))
    assert far_deadlines(policy, nothing, tier="shift", at=FRIDAY) == policy.deadlines(FRIDAY)


def test_what_was_left_is_left() -> None:
    deadline = datetime(2026, 3, 9, 6, 3, tzinfo=UTC)  # two minutes on Friday, three on Monday
    later = FRIDAY + timedelta(days=1)
    cases = (
        (FRIDAY, ALWAYS, FRIDAY + timedelta(minutes=5)),
        (later, ALWAYS, later + timedelta(minutes=3)),
        (later, OFFICE, deadline),
    )
    for now, new, expected in cases:
        assert (
            moved(deadline, tier="shift", old=Course(OFFICE, now), new=Course(new, now)) == expected
        )
    gone = deadline + timedelta(seconds=1)
    past = {"old": Course(OFFICE, gone), "new": Course(ALWAYS, gone)}
    assert moved(deadline, tier="shift", **past) == deadline


def test_an_absence_of_ours_takes_no_working_time() -> None:
    deadline = FRIDAY + timedelta(minutes=1)  # an hour away by now, half of it after six
    now = FRIDAY + timedelta(hours=1)
    end = moved(deadline, tier="shift", old=Course(OFFICE, FRIDAY), new=Course(OFFICE, now))
    assert end == datetime(2026, 3, 9, 6, 1, tzinfo=UTC)


@settings(max_examples=20)
@given(calendars(), st.lists(st.integers(0, 3 * 86_400), min_size=1, max_size=6))
def test_a_course_that_many_share_counts_as_the_calendar_does(
    case: Case, lengths: list[int]
) -> None:
    calendar, holidays, around = case
    timetable = Timetable(calendar, holidays)
    start = datetime.combine(around - timedelta(days=1), time(), UTC)
    course = Course(timetable, start)
    for kinds in (ON_SHIFT, WHENEVER):
        for seconds in lengths:
            end = start + timedelta(seconds=seconds)
            expected = business_seconds_between(timetable, start, end, kinds)
            assert course.seconds_until(end, kinds) == expected
            assert course.add(seconds, kinds) == add_business_time(timetable, start, seconds, kinds)


def test_day_and_night_are_not_resolved_for_a_year() -> None:
    """A thousand leases of somebody who is always there: their deadlines move in no time."""
    whole_day = {"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "00:00"}
    whole = Timetable(calendar_of({"shifts": [whole_day]}, zone="Europe/Moscow"))
    days = []

    def counted(timetable: Timetable, start: datetime, end: datetime) -> list[Interval]:
        days.append((end - start).days)
        return resolve(timetable, start, end)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timetable_module, "resolve", counted)
        old, new = Course(whole, FRIDAY), Course(whole, FRIDAY + timedelta(hours=1))
        for number in range(1000):
            deadline = FRIDAY + timedelta(seconds=1 + number)
            end = moved(deadline, tier="shift", old=old, new=new)
            assert end == deadline + timedelta(hours=1)
    assert days == [4, 4]
