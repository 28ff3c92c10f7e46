"""Plan against fact: what is due, what is required, and how good the planning was."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.plan.control import Control, control, quality
from services.kpi.domain.working_days import MonthDays


def month(all_days: int, over: int, *, is_over: bool) -> MonthDays:
    return MonthDays(Fraction(all_days), Fraction(over), is_over)


OVER = month(20, 20, is_over=True)
GOES_ON, COMES = month(20, 5, is_over=False), month(22, 0, is_over=False)


def test_a_month_without_working_days_is_due_at_its_end() -> None:
    assert control([7], [0], [month(0, 0, is_over=False)]).due == 0
    assert control([7], [0], [month(0, 0, is_over=True)]).due == 7


def test_what_is_due_and_required() -> None:
    item = control([100, 100, 100], [90, 50, 0], [OVER, GOES_ON, COMES])

    assert (item.plan, item.fact) == (300, 140)
    assert item.days_left == 37
    assert item.due == Fraction(125)
    assert item.attainment == Fraction(140, 300)
    assert item.pace == Fraction(140, 125)
    assert item.required == Fraction(160, 37)


def test_what_means_nothing_is_none() -> None:
    nothing = Control(0, 5, Fraction(0), Fraction(0))

    assert (nothing.attainment, nothing.pace, nothing.required) == (None, None, None)
    assert control([10], [20], [GOES_ON]).required == 0


def test_errors_do_not_cancel_out_and_biases_do() -> None:
    plan = {"a": [100, 100], "b": [100, 100]}
    (item,) = quality(plan, {"a": [150, 0], "c": [10, 0]}, [True, False])

    assert (item.plan, item.fact) == (200, 160)
    assert item.error == Fraction(50 + 100 + 10, 200)
    assert item.bias == Fraction(-40, 200)
    assert item.score == Fraction(1, 5)


def test_a_month_without_a_plan_has_no_quality() -> None:
    (item,) = quality({}, {"a": [5]}, [True])

    assert (item.error, item.bias, item.score) == (None, None, None)


AMOUNTS = st.lists(st.integers(0, 1000), min_size=2, max_size=2)


@given(plan=st.dictionaries(st.sampled_from("abc"), AMOUNTS), fact=st.dictionaries(
    st.sampled_from("abc"), AMOUNTS))  # fmt: skip
def test_an_error_is_at_least_the_bias(
    plan: dict[str, list[int]], fact: dict[str, list[int]]
) -> None:
    for item in quality(plan, fact, [True, True]):
        if item.error is not None and item.bias is not None and item.score is not None:
            assert item.error >= abs(item.bias)
            assert 0 <= item.score <= 1
