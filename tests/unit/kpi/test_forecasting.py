"""Forecasts with their back-test: honest, in order, combined by errors, and banded by them."""

import random
from datetime import date
from math import cos, exp, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.forecast.backtest import origins_for, trial_of
from services.kpi.domain.forecast.bands import Band, coverage_of
from services.kpi.domain.forecast.combination import (
    COMBINATION,
    combined,
    errors_until,
    weights_of,
    with_combination,
)
from services.kpi.domain.forecast.forecast import forecast
from services.kpi.domain.forecast.series import Series, TooLittleDataError, series_of

FIRST = date(2023, 1, 1)
AMOUNTS = st.integers(0, 10**9).map(lambda cents: cents / 100)
SERIES = st.builds(
    Series,
    st.sampled_from(["day", "week", "month"]),
    st.just(FIRST),
    st.lists(
        st.one_of(st.none(), st.integers(0, 10**9).map(lambda cents: cents / 100)),
        min_size=8,
        max_size=70,
    ).map(tuple),
).filter(lambda series: any(value is not None for value in series.values))


def months(seed: int, count: int) -> tuple[float, ...]:
    chance = random.Random(seed)
    return tuple(
        1000 * exp(0.005 * at + chance.gauss(0, 0.1)) * (1 + 0.3 * cos(at * pi / 6))
        for at in range(count)
    )


@given(SERIES, st.integers(1, 18))
def test_any_series_is_forecast_in_order(series: Series, horizon: int) -> None:
    result = forecast(series, horizon)

    assert len(result.days) == len(result.bands) == horizon
    assert result.days[0] == series.next_day
    assert sum(item.weight for item in result.methods) == pytest.approx(1)
    for band in [*result.bands, *([result.total] if result.total else [])]:
        assert 0 <= band.p10 <= band.p50 <= band.p90
    assert forecast(series, horizon) == result


def test_too_little_is_said_plainly() -> None:
    with pytest.raises(TooLittleDataError, match="0 periods of the past are too few: it takes 8"):
        series_of("month", {})
    with pytest.raises(TooLittleDataError, match="7 periods of the past are too few: it takes 8"):
        forecast(Series("month", FIRST, (1.0,) * 7), 3)


@given(st.integers(8, 2000), st.sampled_from([1, 7, 12, 52]), st.integers(1, 90))
def test_origins_lie_in_the_past_and_in_order(count: int, season: int, horizon: int) -> None:
    origins = origins_for(count, season, horizon)
    assert origins == sorted(set(origins))
    assert origins[0] > 0
    assert origins[-1] < count
    assert 1 <= len(origins) <= 24


def test_weights_go_by_the_inverse_of_the_squared_error() -> None:
    assert weights_of({"a": 1.0, "b": 1.25}) == pytest.approx({"a": 5 / 9, "b": 4 / 9})
    assert weights_of({"a": 1.0, "b": 5.0}) == {"a": 1.0, "b": 0.0}
    assert weights_of({"a": 0.0, "b": 0.0, "c": 1.0}) == {"a": 0.5, "b": 0.5, "c": 0.0}
    assert combined({"a": [1.0, 2.0], "b": [3.0, 6.0]}, {"a": 0.5, "b": 0.5}) == [2.0, 4.0]


def test_the_combination_of_the_past_knew_only_its_past() -> None:
    values = list(months(1, 40))
    trial = with_combination(trial_of(values, 12, 3))
    later = values[:30] + [value * 5 for value in values[30:]]
    other = with_combination(trial_of(later, 12, 3)._replace(origins=trial.origins))
    for number, origin in enumerate(trial.origins):
        if origin <= 30:
            path = trial.paths[COMBINATION][number]
            assert path == pytest.approx(other.paths[COMBINATION][number])
    assert errors_until(trial, trial.origins[0]) == {}


def test_the_methods_that_see_the_season_weigh_most() -> None:
    result = forecast(Series("month", FIRST, months(3, 60)), 6)
    weights = {item.name: item.weight for item in result.methods}
    assert weights["moving_average"] == 0
    assert weights["ets_multiplicative"] > 0.2
    assert result.season == 12
    mase = {item.name: item.accuracy.mase for item in result.methods}
    assert result.accuracy.mase is not None
    assert result.accuracy.mase < 0.7 * (mase["moving_average"] or 0)


def test_two_seasons_are_needed_for_one() -> None:
    assert forecast(Series("month", FIRST, months(3, 20)), 3).season == 1
    assert forecast(Series("month", FIRST, months(3, 28)), 3).season == 12


def test_the_band_holds_about_eight_of_ten() -> None:
    """Over two hundred companies, of what came after their forecast was made."""
    inside = 0
    for seed in range(200):
        values = months(seed, 39)
        result = forecast(Series("month", FIRST, values[:36]), 3)
        inside += sum(
            band.p10 <= fact <= band.p90
            for band, fact in zip(result.bands, values[36:], strict=True)
        )
    assert 0.75 <= inside / 600 <= 0.85


def test_coverage_is_counted_without_the_own_errors() -> None:
    values = [*([100.0] * 30), 500.0]
    trial = with_combination(trial_of(values, 1, 1))
    covered = coverage_of(trial, COMBINATION, floor_at=0)
    assert covered == pytest.approx(1 - 1 / len(trial.origins))


def test_a_total_is_known_better_than_the_sum_of_its_bands() -> None:
    chance = random.Random(4)
    days = tuple(1000 + chance.gauss(0, 200) for _ in range(400))
    result = forecast(Series("day", FIRST, days), 30)
    assert result.total is not None
    wide = sum(band.p90 - band.p10 for band in result.bands)
    assert result.total.p90 - result.total.p10 < 0.5 * wide
    assert result.total.p50 == pytest.approx(sum(band.p50 for band in result.bands))


def test_gaps_are_told() -> None:
    values = [*months(1, 30)]
    result = forecast(Series("month", FIRST, (*values[:5], None, *values[6:])), 2)
    assert result.gaps == [date(2023, 6, 1)]
    assert isinstance(result.bands[0], Band)
