"""The steps from the plan to the fact add up to the difference, and each tells its own cause."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.plan.bridge import Leads, Side, bridge

COUNTS = st.lists(st.integers(0, 50), min_size=3, max_size=3)
MONEY = st.lists(st.integers(0, 10**9), min_size=3, max_size=3)
SIDES = st.builds(
    Side,
    st.dictionaries(st.sampled_from("abc"), MONEY),
    st.dictionaries(st.sampled_from("abc"), COUNTS),
)
LEADS = st.none() | st.builds(Leads, *[st.integers(0, 100)] * 3)


@given(plan=SIDES, fact=SIDES, leads=LEADS)
def test_the_steps_add_up_to_the_difference(plan: Side, fact: Side, leads: Leads | None) -> None:
    item = bridge(plan, fact, leads)

    steps = (item.volume, item.conversion or 0, item.timing, item.mix, item.check)
    assert sum(steps) == item.difference == item.fact - item.plan
    assert item.fact == sum(map(sum, fact.revenue.values()))


def side(revenue: dict[str, list[int]], quantity: dict[str, list[int]]) -> Side:
    return Side(revenue, quantity)


PLAN = side({"a": [100, 200], "b": [100, 0]}, {"a": [10, 10], "b": [5, 0]})
TWICE = side({"a": [200, 400], "b": [200, 0]}, {"a": [20, 20], "b": [10, 0]})


@pytest.mark.parametrize(
    ("fact", "leads", "expected"),
    [
        (PLAN, None, (0, None, 0, 0, 0)),
        (TWICE, None, (400, None, 0, 0, 0)),
        # A quarter of leads was sold a year before: 100 would do for 25, and 50 sales came.
        (TWICE, Leads(100, 40, 10), (0, 400, 0, 0, 0)),
        (TWICE, Leads(200, 40, 10), (400, 0, 0, 0, 0)),
        # The checks alone are higher.
        (
            side({"a": [110, 200], "b": [100, 0]}, {"a": [10, 10], "b": [5, 0]}), None,
            (0, None, 0, 0, 10),
        ),
        # Ten sales of the first month came in the second, where they are dearer: 20, not 13.33.
        (
            side({"a": [0, 400], "b": [100, 0]}, {"a": [0, 20], "b": [5, 0]}), None,
            (0, None, 67, 33, 0),
        ),
        # Five of `a` were sold as `b`, whose check is twice as high.
        (side({"a": [50, 200], "b": [200, 0]}, {"a": [5, 10], "b": [10, 0]}), None,
         (0, None, 0, 50, 0)),
    ],
)  # fmt: skip
def test_each_step_tells_its_own_cause(
    fact: Side, leads: Leads | None, expected: tuple[int | None, ...]
) -> None:
    assert bridge(PLAN, fact, leads)[2:] == expected


def test_without_planned_sales_all_is_the_check() -> None:
    item = bridge(side({"a": [70]}, {}), side({"a": [90]}, {"a": [3]}), None)

    assert (item.volume, item.check) == (0, 20)
