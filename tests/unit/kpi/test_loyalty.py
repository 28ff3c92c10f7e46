"""Segments, sleepers, what goes together, what asking again brought: with published figures."""

from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.loyalty.association import LEAST_PEOPLE, Pair, rules_of
from services.kpi.domain.loyalty.rhythm import is_sleeping, limit_seconds
from services.kpi.domain.loyalty.segments import NAMES, bounds_of, cells_of, score, segment_of
from services.kpi.domain.loyalty.trial import Outcome, difference, is_held_back, wilson

VALUES = st.lists(st.integers(-50, 50), min_size=1, max_size=60)


@given(VALUES)
def test_each_fifth_holds_a_fifth_where_values_differ(values: list[int]) -> None:
    bounds = bounds_of(values)
    assert bounds == sorted(bounds)
    scores = {value: score(value, bounds) for value in values}
    assert set(scores.values()) <= {1, 2, 3, 4, 5}
    ordered = sorted(scores.items())
    assert [each for _, each in ordered] == sorted(each for _, each in ordered)
    for number, bound in enumerate(bounds, start=1):
        below = sum(value <= bound for value in values)
        assert 5 * below >= number * len(values)
    if len(set(values)) == len(values) and len(values) % 5 == 0:
        for each in range(1, 6):
            assert 5 * sum(scores[value] == each for value in values) == len(values)


def test_every_cell_is_in_one_segment() -> None:
    cells = [cell for name in NAMES for cell in cells_of(name)]
    assert sorted(cells) == [(recency, often) for recency in range(1, 6) for often in range(1, 6)]
    assert segment_of(5, 5) == "champion"
    assert segment_of(1, 5) == "at_risk"
    assert segment_of(1, 1) == "lost"


def test_whoever_is_later_than_usual_sleeps() -> None:
    assert limit_seconds([7, 7, 8], 100) == 14
    assert limit_seconds([7], 100) == 100
    assert limit_seconds([], None) is None
    assert not is_sleeping(14, 14)
    assert is_sleeping(14.1, 14)
    assert not is_sleeping(10**9, None)


def test_tea_and_coffee() -> None:
    """P.-N. Tan, M. Steinbach, V. Kumar, Introduction to Data Mining (2006), table 6.8: of 1000
    people 200 drink tea, 800 coffee, 150 both; confidence 75 % misleads, the lift is 0.9375.
    """
    people = {"tea": 200, "coffee": 800}
    rules = rules_of([Pair("tea", "coffee", 150)], people, 1000, Fraction(1, 100))
    (tea,) = [rule for rule in rules if rule.product == "tea"]
    assert (tea.support, tea.confidence) == (Fraction(15, 100), Fraction(75, 100))
    assert float(tea.lift) == 0.9375
    assert {rule.lift for rule in rules} == {tea.lift}


@given(st.integers(1, 40), st.integers(40, 400), st.fractions(0, 1))
def test_no_rule_tells_of_few(both: int, people: int, least: Fraction) -> None:
    buyers = {"чай": both + 1, "кофе": both + 2}
    rules = rules_of([Pair("чай", "кофе", both)], buyers, people, least)
    assert bool(rules) == (both >= LEAST_PEOPLE and Fraction(both, people) >= least)
    assert all(rule.people >= LEAST_PEOPLE and rule.support >= least for rule in rules)


@pytest.mark.parametrize(
    ("bought", "people", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_the_interval_of_a_share(bought: int, people: int, low: float, high: float) -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3."""
    interval = wilson(Outcome(people, bought))
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_the_interval_of_a_difference(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    """Ibid., 873-890, table II, method 10."""
    found = difference(Outcome(one[1], one[0]), Outcome(other[1], other[0]))
    assert (round(found.interval.low, 4), round(found.interval.high, 4)) == (low, high)


@given(st.text(max_size=20), st.uuids(), st.floats(0, 1), st.floats(0, 1))
def test_whoever_is_held_back_stays_so(seed: str, contact_id: UUID, one: float, two: float) -> None:
    less, more = sorted((one, two))
    if is_held_back(seed, contact_id, less):
        assert is_held_back(seed, contact_id, more)
    assert not is_held_back(seed, contact_id, 0)
    assert is_held_back(seed, contact_id, 1)


def test_about_that_share_is_held_back() -> None:
    ids = [UUID(int=number) for number in range(10_000)]
    for seed in ("весна", "autumn"):
        count = sum(is_held_back(seed, one, 0.2) for one in ids)
        assert 1_850 < count < 2_150
    both = sum(is_held_back("весна", one, 0.2) and is_held_back("autumn", one, 0.2) for one in ids)
    assert 300 < both < 500
