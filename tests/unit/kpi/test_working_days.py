"""Which days are worked: the usual week, holidays, calendars of managers, and their mean."""

from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.working_days import (
    NONE_OFF,
    DaysOff,
    Own,
    WorkingDays,
    mean_days,
    month_days,
    own_days,
    usual_days,
)

ZONE = ZoneInfo("Europe/Moscow")
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
FOUR_DAYS = Own(
    '{"shifts": [{"days": [1, 2, 3, 6], "from": "09:00", "to": "17:00"}],'
    ' "leave": [{"from": "2026-03-09", "to": "2026-03-15"}]}',
    "Europe/Moscow",
)
USUAL = Own(None, "Europe/Moscow")


def usual(first: date, off: DaysOff = NONE_OFF) -> WorkingDays:
    return usual_days("weekdays", None, first, first + timedelta(days=62), off)


@pytest.mark.parametrize(
    ("first", "today", "expected"),
    [
        (date(2026, 3, 1), date(2026, 3, 2), (22, 0, False)),  # the first is a Sunday
        (date(2026, 3, 1), date(2026, 3, 10), (22, 6, False)),
        (date(2026, 2, 1), date(2026, 2, 28), (20, 20, False)),  # the last is a Saturday
        (date(2027, 1, 1), date(2026, 3, 2), (21, 0, False)),
    ],
)
def test_working_days_of_a_month(first: date, today: date, expected: tuple[int, int, bool]) -> None:
    count, over, is_over = expected
    days = month_days(usual(first), first, today)
    assert days.all == count
    assert days.over == over
    assert days.is_over == is_over


def test_of_a_month_that_is_over_nothing_is_left() -> None:
    days = month_days(usual(APRIL), MARCH, APRIL)
    assert days.left == 0
    assert days.elapsed == 1
    assert days.is_over


def test_holidays_are_no_working_days_and_weekends_may_be() -> None:
    off = DaysOff(frozenset({date(2026, 3, 9)}), frozenset({date(2026, 3, 14)}))
    days = usual(MARCH, off)
    assert month_days(days, MARCH, date(2026, 3, 10)).over == 5
    assert month_days(days, MARCH, date(2026, 3, 15)).over == 10


def test_a_manager_works_by_the_own_calendar_without_leave() -> None:
    days = own_days(FOUR_DAYS, MARCH, APRIL, ZONE, NONE_OFF)
    # 2, 3, 4, 7, then a week of leave, 16-18, 21, 23-25, 28, 30, 31.
    assert days.count(MARCH, APRIL) == 14
    assert days.count(date(2026, 3, 9), date(2026, 3, 16)) == 0
    assert (days.by, days.country) == ("manager", None)


def test_the_company_works_as_its_managers_on_average() -> None:
    days = mean_days([FOUR_DAYS, USUAL], MARCH, APRIL, ZONE, NONE_OFF)
    assert days.count(MARCH, APRIL) == Fraction(14 + 22, 2)
    saturday = date(2026, 3, 7)
    assert days.count(saturday, saturday + timedelta(days=1)) == Fraction(1, 2)


def test_who_has_no_calendar_rests_on_holidays() -> None:
    off = DaysOff(frozenset({date(2026, 3, 9)}))
    assert own_days(USUAL, MARCH, APRIL, ZONE, off).count(MARCH, APRIL) == 21
    assert own_days(FOUR_DAYS, MARCH, APRIL, ZONE, off).count(MARCH, APRIL) == 14


@given(st.integers(0, 62), st.integers(0, 62), st.integers(0, 62))
def test_days_add_up(one: int, other: int, third: int) -> None:
    first, middle, end = (MARCH + timedelta(days=each) for each in sorted((one, other, third)))
    days = usual(MARCH)
    assert days.count(first, middle) + days.count(middle, end) == days.count(first, end)
    counts = [first + timedelta(days=number) for number in range((end - first).days)]
    assert days.count(first, end) == sum(day.weekday() < 5 for day in counts)
