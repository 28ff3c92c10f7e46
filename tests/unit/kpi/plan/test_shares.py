"""Parts by largest remainder: exact in sum, near in each, the same every time."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.plan.shares import apportion

WEIGHTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=50).filter(any)


@given(total=st.integers(0, 10**15), weights=WEIGHTS)
def test_parts_add_up_and_each_is_less_than_a_unit_off(total: int, weights: list[int]) -> None:
    parts = apportion(total, weights)

    assert sum(parts) == total
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, whole)) < 1
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


# Balinski and Young's example of the Alabama paradox: one seat more, and a state has one less.
@pytest.mark.parametrize(
    ("total", "weights", "expected"),
    [
        (10, [6, 6, 2], [4, 4, 2]),
        (11, [6, 6, 2], [5, 5, 1]),
        (100, [1, 1, 1], [34, 33, 33]),
        (2, [1, 1, 1], [1, 1, 0]),
        (0, [0, 0], [0, 0]),
        (7, [3, 4], [3, 4]),
    ],
)
def test_largest_remainders_are_served_first(
    total: int, weights: list[int], expected: list[int]
) -> None:
    assert apportion(total, weights) == expected


def test_nothing_to_go_by_is_said() -> None:
    with pytest.raises(ValueError, match="nothing to go by"):
        apportion(1, [0, 0])
