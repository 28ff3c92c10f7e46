"""The survival curve against published numbers, and what must hold for any."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.survival import Duration, quantile, survival, thinned

# Weeks of remission under 6-MP, 21 patients: E. J. Freireich et al., Blood 21 (1963), 699-716.
EVENTS = (6, 6, 6, 7, 10, 13, 16, 22, 23)
CENSORED = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
# Survival and Greenwood's standard error as printed by textbooks: J. P. Klein, M. L. Moeschberger,
# Survival Analysis (2003), table 4.1.
PUBLISHED = {
    6: (0.857, 0.076),
    7: (0.807, 0.087),
    10: (0.753, 0.096),
    13: (0.690, 0.107),
    16: (0.627, 0.114),
    22: (0.538, 0.128),
    23: (0.448, 0.135),
}


def test_published_numbers() -> None:
    durations = [Duration(time, 1, 0) for time in EVENTS]
    points = survival([*durations, *(Duration(time, 0, 1) for time in CENSORED)])
    assert {point.time for point in points} == set(PUBLISHED)
    for point in points:
        expected = PUBLISHED[int(point.time)]
        assert (point.surviving, point.error) == pytest.approx(expected, abs=6e-4)
    assert points[0].at_risk == 21
    assert quantile(points, 0.5) == 23
    assert quantile(points, 0.9) is None


def test_without_censoring_it_is_the_share_that_is_left() -> None:
    points = survival(Duration(time, 1, 0) for time in range(1, 11))
    assert [round(point.surviving, 9) for point in points] == [
        round(1 - number / 10, 9) for number in range(1, 11)
    ]
    assert quantile(points, 0.5) == 5
    assert points[-1].error == 0


def test_nothing_gives_nothing() -> None:
    assert survival([]) == []
    assert survival([Duration(3, 0, 5)]) == []
    assert quantile([], 0.5) is None


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 3), st.integers(0, 3)), max_size=40),
    st.integers(2, 10),
)
def test_any_curve_falls_and_is_thinned(rows: list[tuple[int, int, int]], most: int) -> None:
    points = survival(Duration(*row) for row in rows)
    shares = [1.0, *(point.surviving for point in points)]
    assert all(0 <= later < earlier for earlier, later in pairwise(shares))
    few = thinned(points, most)
    assert len(few) == min(most, len(points))
    if points:
        assert (few[0], few[-1]) == (points[0], points[-1])
