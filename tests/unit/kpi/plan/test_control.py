"""Plan against fact: what is due, what is required, and how good the planning was."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.plan.control import (
    Control,
    DaysOff,
    MonthDays,
    control,
    quality,
    working_days,
)

OVER, GOES_ON, COMES = MonthDays(20, 20, True), MonthDays(20, 5, False), MonthDays(22, 0, False)


@pytest.mark.parametrize(
    ("first", "today", "expected"),
    [
        (date(2026, 3, 1), date(2026, 3, 2), (22, 0, False)),  # the first is a Sunday
        (date(2026, 3, 1), date(2026, 3, 10), (22, 6, False)),
        (date(2026, 2, 1), date(2026, 2, 28), (20, 20, False)),  # the last is a Saturday
        (date(2026, 2, 1), date(2026, 3, 1), (20, 20, True)),
        (date(2026, 2, 1), date(2026, 3, 2), (20, 20, True)),
        (date(2027, 1, 1), date(2026, 3, 2), (21, 0, False)),
    ],
)
def test_working_days_of_a_month(first: date, today: date, expected: tuple[int, int, bool]) -> None:
    assert tuple(working_days(first, today, DaysOff())) == expected


def test_holidays_are_no_working_days_and_weekends_may_be() -> None:
    off = DaysOff(frozenset({date(2026, 3, 9)}), frozenset({date(2026, 3, 14)}))

    assert tuple(working_days(date(2026, 3, 1), date(2026, 3, 10), off)) == (22, 5, False)
    assert tuple(working_days(date(2026, 3, 1), date(2026, 3, 15), off)) == (22, 10, False)


def test_a_month_without_working_days_is_due_at_its_end() -> None:
    assert control([7], [0], [MonthDays(0, 0, False)]).due == 0
    assert control([7], [0], [MonthDays(0, 0, True)]).due == 7


def test_what_is_due_and_required() -> None:
    item = control([100, 100, 100], [90, 50, 0], [OVER, GOES_ON, COMES])

    assert (item.plan, item.fact, item.days_left) == (300, 140, 37)
    assert item.due == Fraction(125)
    assert item.attainment == Fraction(140, 300)
    assert item.pace == Fraction(140, 125)
    assert item.required == Fraction(160, 37)


def test_what_means_nothing_is_none() -> None:
    nothing = Control(0, 5, Fraction(0), 0)

    assert (nothing.attainment, nothing.pace, nothing.required) == (None, None, None)
    assert control([10], [20], [GOES_ON]).required == 0


def test_errors_do_not_cancel_out_and_biases_do() -> None:
    plan = {"a": [100, 100], "b": [100, 100]}
    (item,) = quality(plan, {"a": [150, 0], "c": [10, 0]}, [OVER, GOES_ON])

    assert (item.plan, item.fact) == (200, 160)
    assert item.error == Fraction(50 + 100 + 10, 200)
    assert item.bias == Fraction(-40, 200)
    assert item.score == Fraction(1, 5)


def test_a_month_without_a_plan_has_no_quality() -> None:
    (item,) = quality({}, {"a": [5]}, [OVER])

    assert (item.error, item.bias, item.score) == (None, None, None)


AMOUNTS = st.lists(st.integers(0, 1000), min_size=2, max_size=2)


@given(plan=st.dictionaries(st.sampled_from("abc"), AMOUNTS), fact=st.dictionaries(
    st.sampled_from("abc"), AMOUNTS))  # fmt: skip
def test_an_error_is_at_least_the_bias(
    plan: dict[str, list[int]], fact: dict[str, list[int]]
) -> None:
    for item in quality(plan, fact, [OVER, OVER]):
        if item.error is not None and item.bias is not None and item.score is not None:
            assert item.error >= abs(item.bias)
            assert 0 <= item.score <= 1
