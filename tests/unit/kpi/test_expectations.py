"""Seasons of the past, opinions, rounds by Delphi, open leads and market tests."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.forecast.market_test import most_who_would, scaled_up
from services.kpi.domain.forecast.opinions import Estimate, delphi, opinion, survey
from services.kpi.domain.forecast.pipeline import (
    Exposure,
    Hazard,
    OpenLead,
    expected_path,
    hazards_of,
)
from services.kpi.domain.forecast.quantiles import quantile, quartile, student
from services.kpi.domain.forecast.seasonality import seasonality_of
from services.kpi.domain.forecast.series import Series, steps_from

MONTHS = (0.6, 0.7, 0.9, 1.0, 1.1, 1.2, 1.3, 1.2, 1.1, 1.0, 1.0, 0.9)


def test_indices_of_months_are_those_of_the_series() -> None:
    values = tuple(200.0 * MONTHS[at % 12] for at in range(48))
    season = seasonality_of(Series("month", date(2022, 1, 1), values))

    assert season.kind == "month"
    assert season.enough
    assert [item.value for item in season.indices] == pytest.approx(MONTHS)
    assert {item.periods for item in season.indices} == {3}
    assert season.outliers == []


def test_indices_say_how_much_is_behind_them() -> None:
    season = seasonality_of(Series("month", date(2025, 7, 1), (10.0,) * 18))
    shown = {item.place: item.periods for item in season.indices}
    assert shown == {1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1} | dict.fromkeys(range(7, 13), 0)
    assert not season.enough
    assert season.indices[8].value is None


def test_weekdays_are_counted_from_monday_and_holidays_left_out() -> None:
    monday = date(2026, 1, 5)
    week = (1.3, 1.2, 1.1, 1.1, 1.0, 0.8, 0.5)
    values = [100 * week[at % 7] for at in range(70)]
    holiday = monday + timedelta(days=30)
    values[30] = 0.0
    season = seasonality_of(Series("day", monday, tuple(values)), [holiday])
    assert season.indices[0].place == 1
    assert [item.value for item in season.indices] == pytest.approx(week, abs=0.04)
    assert season.indices[holiday.weekday()].periods == season.indices[5].periods - 1


def test_what_is_far_off_is_marked_and_does_not_count() -> None:
    chance = random.Random(2)
    week = (1.3, 1.2, 1.1, 1.1, 1.0, 0.8, 0.5)
    values = [100 * week[at % 7] * chance.uniform(0.95, 1.05) for at in range(210)]
    values[100] *= 4
    first = date(2026, 1, 5)
    season = seasonality_of(Series("day", first, tuple(values)))
    strange = {item.day: item for item in season.outliers}
    there = first + timedelta(days=100)
    assert there in strange
    assert strange[there].score > 3.5
    assert strange[there].expected < 0.8 * strange[there].value
    assert season.indices[there.weekday()].value == pytest.approx(week[100 % 7], abs=0.05)


def test_weeks_have_fifty_three_places() -> None:
    first = date(2021, 1, 4)
    days = steps_from(first, "week", 300)
    values = tuple(100.0 + 50 * (day.isocalendar().week < 10) for day in days)
    season = seasonality_of(Series("week", first, values))
    assert len(season.indices) == 53
    assert season.enough
    assert (season.indices[4].value or 0) > 1.3
    assert (season.indices[29].value or 2) < 1


def test_a_survey_adds_up_what_each_expects_of_the_own_part() -> None:
    band = survey([Estimate(80, 100, 150), Estimate(40, 60, 80)])
    assert band.p50 == pytest.approx((80 + 400 + 150) / 6 + 60)
    deviation = ((70 / 6) ** 2 + (40 / 6) ** 2) ** 0.5
    assert band.p90 - band.p50 == pytest.approx(1.2816 * deviation, rel=1e-4)
    assert band.p50 - band.p10 == pytest.approx(band.p90 - band.p50)


def test_an_opinion_is_the_middle_one() -> None:
    band = opinion([Estimate(1, 2, 3), Estimate(90, 100, 110), Estimate(95, 105, 115)])
    assert band == (90, 100, 110)


def test_rounds_converge_when_answers_are_close_and_stay() -> None:
    first, second, third = delphi([[50, 100, 150, 200], [100, 120, 130, 160], [118, 122, 126, 130]])
    assert (first.q1, first.median, first.q3) == (87.5, 125.0, 162.5)
    assert first.spread == pytest.approx(0.6)
    assert first.shift is None
    assert not first.has_converged
    assert second.shift == pytest.approx(0)
    assert not second.has_converged
    assert third.spread == pytest.approx(6 / 124)
    assert third.has_converged


@given(st.lists(st.lists(st.floats(1, 1e9), min_size=1, max_size=9), min_size=1, max_size=5))
def test_rounds_show_nobody(rounds: list[list[float]]) -> None:
    for answers, item in zip(rounds, delphi(rounds), strict=True):
        assert min(answers) <= item.q1 <= item.median <= item.q3 <= max(answers)
        assert item.answers == len(answers)


def test_a_sample_is_scaled_up_with_its_interval() -> None:
    # s = 2, n = 4, N = 100: 100 (10 -+ 1.6377 x 1 x sqrt(0.96)).
    band = scaled_up([8.0, 8.0, 12.0, 12.0], 100)
    deviation = (16 / 3) ** 0.5
    reach = 100 * 1.637745 * deviation / 2 * 0.96**0.5
    assert band == pytest.approx((1000 - reach, 1000, 1000 + reach), rel=1e-5)
    assert scaled_up([8.0, 12.0], 2) == (20, 20, 20)
    # What the sample bought was bought: 1000 (0.1 - 1.383 x 0.1 x sqrt(0.99)) lies below nothing.
    assert scaled_up([0.0] * 9 + [1.0], 1000)[:2] == (1, 100)
    assert scaled_up([0.1] * 3, 3)[:2] == pytest.approx((0.3, 0.3))
    assert most_who_would(50) == pytest.approx(0.045007, rel=1e-4)  # "rule of three": 2.3 / n
    with pytest.raises(ValueError, match="at least two"):
        scaled_up([5.0], 10)
    with pytest.raises(ValueError, match="no more than the population"):
        scaled_up([5.0, 6.0, 7.0], 2)


def test_open_leads_bring_what_their_stage_lets_expect() -> None:
    hazards = {"offer": Hazard(0.2, 0.3), "new": Hazard(0.05, 0.05)}
    leads = [OpenLead("offer", 1000), OpenLead("offer", 500), OpenLead("gone", 900)]
    assert expected_path(leads, hazards, 3) == pytest.approx([300, 150, 75])
    (first, second) = expected_path([OpenLead("new", 100)], hazards, 2)
    assert (first, second) == pytest.approx((5, 4.5))


@given(
    st.dictionaries(
        st.sampled_from("abc"),
        st.tuples(st.floats(0, 1e4), st.integers(0, 50), st.integers(0, 50)),
        min_size=1,
    )
)
def test_hazards_are_chances(exposures: dict[str, tuple[float, int, int]]) -> None:
    hazards = hazards_of({stage: Exposure(*item) for stage, item in exposures.items()})
    for win, loss in hazards.values():
        assert win >= 0
        assert loss >= 0
        assert win + loss <= 1 + 1e-9
    leads = [OpenLead(stage, 100.0) for stage in exposures]
    assert sum(expected_path(leads, hazards, 400)) <= 100 * len(leads) + 1e-6


def test_a_stage_with_few_leads_says_nothing_extreme() -> None:
    hazards = hazards_of({"usual": Exposure(1000, 100, 200), "rare": Exposure(1, 1, 0)})
    assert hazards["usual"].win == pytest.approx(0.1, abs=0.001)
    assert 0.1 < hazards["rare"].win < 0.25
    assert hazards_of({"a": Exposure(0, 0, 0)}) == {}


def test_students_quantiles_are_those_of_the_tables() -> None:
    tables = {
        0.9: {1: 3.0777, 2: 1.8856, 3: 1.6377, 4: 1.5332, 5: 1.4759, 11: 1.3634, 120: 1.2886},
        0.995: {1: 63.657, 2: 9.9248, 3: 5.8409, 4: 4.6041, 10: 3.1693},
    }
    for share, row in tables.items():
        for freedom, expected in row.items():
            assert student(share, freedom) == pytest.approx(expected, rel=5e-5)


def test_quantiles_by_their_definitions() -> None:
    ordered = [1.0, 2.0, 3.0, 4.0]
    assert quantile(ordered, 0.9) == 4
    assert quantile(ordered, 0.5) == quartile(ordered, 0.5) == 2.5
    assert quantile(ordered, 0.3) == pytest.approx(1.5)
    assert (quartile(ordered, 0.25), quartile(ordered, 0.75)) == (1.75, 3.25)
