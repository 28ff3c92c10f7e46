"""Methods of forecasting against published numbers, and what must hold for any series."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.forecast.accuracy import accuracy, coverage, naive_scale
from services.kpi.domain.forecast.decomposition import centred_average, seasonal_figure
from services.kpi.domain.forecast.drivers import Flow, lead_flow, line_through
from services.kpi.domain.forecast.methods import METHODS, methods_for
from services.kpi.domain.forecast.series import (
    Series,
    TooLittleDataError,
    completed,
    rounded,
    series_of,
)
from services.kpi.domain.forecast.smoothing import (
    State,
    Weights,
    project,
    run_additive,
    run_multiplicative,
)
from services.kpi.domain.forecast.theta import smooth, theta
from services.kpi.domain.forecast.yearly import YEAR, profile_of_year

# Quarterly beer production in Australia, megalitres, 1992 to the second quarter of 2010: R. J.
# Hyndman, G. Athanasopoulos: Forecasting: Principles and Practice, 3rd ed. (2021), section 5.8.
BEER: tuple[float, ...] = (
    443, 410, 420, 532, 433, 421, 410, 512, 449, 381, 423, 531, 426, 408, 416, 520,
    409, 398, 398, 507, 432, 398, 406, 526, 428, 397, 403, 517, 435, 383, 424, 521,
    421, 402, 414, 500, 451, 380, 416, 492, 428, 408, 406, 506, 435, 380, 421, 490,
    435, 390, 412, 454, 416, 403, 408, 482, 438, 386, 405, 491, 427, 383, 394, 473,
    420, 390, 410, 488, 415, 398, 419, 488, 414, 374,
)  # fmt: skip
# What is printed there of forecasts made at the end of 2007: RMSE, MAE, MAPE, MASE.
PUBLISHED = {
    "mean": (38.4, 34.8, 8.28, 2.44),
    "naive": (62.7, 57.4, 14.2, 4.01),
    "seasonal_naive": (14.3, 13.4, 3.17, 0.937),
}
# NIST/SEMATECH e-Handbook of Statistical Methods, section 6.4.3.1: the data, and the squared error.
NIST = (71.0, 70.0, 69.0, 68.0, 64.0, 65.0, 72.0, 78.0, 75.0, 75.0, 75.0, 70.0)

POSITIVE = st.lists(st.floats(0.5, 1e6), min_size=30, max_size=60)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_measures_are_those_of_the_textbook(name: str) -> None:
    before, after = BEER[:64], BEER[64:]
    paths = {
        "mean": [sum(before) / 64] * 10,
        "naive": METHODS["seasonal_naive"](before, 1, [64], 10)[0],
        "seasonal_naive": METHODS["seasonal_naive"](before, 4, [64], 10)[0],
    }

    errors = accuracy(after, paths[name], naive_scale(before, 4))

    rmse, mae, mape, mase = PUBLISHED[name]
    assert errors.rmse == pytest.approx(rmse, abs=0.05)
    assert errors.mae == pytest.approx(mae, abs=0.05)
    assert errors.mape == pytest.approx(mape / 100, abs=0.0005)
    assert errors.mase == pytest.approx(mase, abs=0.005)


def test_methods_with_a_season_beat_the_naive_one_on_beer() -> None:
    before, after = BEER[:64], BEER[64:]
    scale = naive_scale(before, 4)
    for name in ("ets_additive", "ets_multiplicative", "theta"):
        mase = accuracy(after, METHODS[name](before, 4, [64], 10)[0], scale).mase
        assert mase is not None
        assert mase < 0.7, name


def test_simple_smoothing_is_that_of_the_handbook() -> None:
    levels = [smooth(NIST[:count], 0.1)[0] for count in range(1, 12)]

    expected = [71, 70.9, 70.71, 70.44, 69.80, 69.32, 69.58, 70.43, 70.88, 71.29, 71.67]
    assert levels == pytest.approx(expected, abs=0.006)
    # Printed there is 208.94, the sum of errors that had been rounded.
    assert smooth(NIST, 0.1)[1] == pytest.approx(208.94, abs=0.2)


@pytest.mark.parametrize("multiplies", [False, True])
def test_smoothing_by_errors_is_the_textbooks_by_components(*, multiplies: bool) -> None:
    """The four equations of section 8.3 with a damped trend, written as they are printed."""
    alpha, beta, gamma, phi = weights = Weights(0.3, 0.2, 0.15, 0.9)
    figures = [1.05, 0.95, 0.9, 1.1] if multiplies else [10.0, -20.0, -15.0, 25.0]
    level, trend, season = 430.0, 1.5, list(figures)
    for at, value in enumerate(BEER):
        ahead, place = level + phi * trend, at % 4
        plain = value / season[place] if multiplies else value - season[place]
        latest = alpha * plain + (1 - alpha) * ahead
        trend = beta * (latest - level) + (1 - beta) * phi * trend
        figure = value / ahead if multiplies else value - ahead
        season[place] = gamma * figure + (1 - gamma) * season[place]
        level = latest
    run = run_multiplicative if multiplies else run_additive

    state, _ = run(BEER, 0, len(BEER), State(430.0, 1.5, figures), weights)
    path = project(state, phi, len(BEER), 3, multiplies=multiplies)

    assert (state.level, state.trend) == pytest.approx((level, trend))
    assert state.season == pytest.approx(season)
    expected = [level + phi * trend, level + (phi + phi**2) * trend]
    expected.append(level + (phi + phi**2 + phi**3) * trend)
    places = [(len(BEER) + step) % 4 for step in range(3)]
    assert path == pytest.approx(
        [
            value * season[place] if multiplies else value + season[place]
            for value, place in zip(expected, places, strict=True)
        ]
    )


def test_theta_is_half_of_its_two_lines() -> None:
    """Assimakopoulos and Nikolopoulos: the mean of the line of least squares (theta 0) and of the
    smoothed line whose curvature is doubled (theta 2).
    """
    values = [float(value) for value in (12, 15, 11, 18, 20, 17, 24, 22, 27, 25)]
    count = len(values)
    intercept, slope = line_through([float(at) for at in range(count)], values)
    doubled = [2 * value - intercept - slope * at for at, value in enumerate(values)]
    path = theta(values, 1, [count], 3)[0]

    def mean_of_lines(alpha: float) -> list[float]:
        level = doubled[0]
        for value in doubled:
            level += alpha * (value - level)
        return [(level + intercept + slope * (count + step)) / 2 for step in range(3)]

    # The start of both smoothed lines differs, which has faded by the end.
    trials = [mean_of_lines(alpha) for alpha in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.95)]
    assert min(abs(path[0] - trial[0]) for trial in trials) < 0.35
    assert path[1] - path[0] == pytest.approx(slope / 2)


def test_a_centred_average_of_an_even_season_weighs_its_ends_by_half() -> None:
    averages = centred_average([1.0, 2.0, 3.0, 4.0, 9.0], 4)
    assert averages == [None, None, (0.5 + 2 + 3 + 4 + 4.5) / 4, None, None]
    assert centred_average([1.0, 2.0, 6.0], 3) == [None, 3.0, None]


@given(st.lists(st.floats(-50, 50), min_size=4, max_size=4), st.floats(-3, 3))
def test_figures_of_a_season_are_recovered(season: list[float], slope: float) -> None:
    middle = sum(season) / 4
    values = [100 + slope * at + season[at % 4] for at in range(24)]
    figures = seasonal_figure(values, 4, multiplies=False)
    assert figures == pytest.approx([value - middle for value in season], abs=1e-6)


@given(POSITIVE, st.integers(1, 20))
def test_every_method_gives_a_path_for_each_origin(values: list[float], horizon: int) -> None:
    for name, method in methods_for(values, 7, 28).items():
        paths = method(values, 7, [28, len(values)], horizon)
        assert [len(path) for path in paths] == [horizon, horizon], name


@given(POSITIVE, st.floats(0.5, 1e6))
def test_no_forecast_knows_its_future(values: list[float], other: float) -> None:
    changed = [*values[:28], *([other] * (len(values) - 28))]
    for name, method in methods_for(values, 7, 28).items():
        assert method(values, 7, [28], 5) == method(changed, 7, [28], 5), name


@given(POSITIVE, st.integers(-6, 6))
def test_forecasts_are_in_the_unit_of_the_series(values: list[float], power: int) -> None:
    """Twice the money is twice the forecast: in roubles and in thousands of them it is the same."""
    factor = 2.0**power
    for name, method in methods_for(values, 7, 28).items():
        path = method([value * factor for value in values], 7, [28], 9)[0]
        expected = [value * factor for value in method(values, 7, [28], 9)[0]]
        assert path == pytest.approx(expected, rel=1e-6, abs=1e-3), name


def test_what_stays_the_same_is_forecast_so() -> None:
    values = [250.0] * 40
    for name, method in methods_for(values, 7, 28).items():
        assert method(values, 7, [40], 14)[0] == pytest.approx([250.0] * 14), name


def test_the_season_of_the_year_is_put_back() -> None:
    week = (1.2, 1.1, 1.0, 1.0, 0.9, 0.5, 0.3)
    year = [1.5 if 180 <= at % YEAR < 270 else 0.83 for at in range(4 * YEAR)]
    values = [1000 * share * week[at % 7] for at, share in enumerate(year)]
    profile = profile_of_year(values[: 3 * YEAR])
    assert profile[225] > 1.3
    assert profile[20] < 0.93
    origin = 3 * YEAR + 170
    paths = {
        name: METHODS[name](values[:origin], 7, [origin], 40)[0]
        for name in ("ets_yearly", "ets_multiplicative")
    }
    facts = values[origin : origin + 40]
    errors = {name: accuracy(facts, path, None).mae for name, path in paths.items()}
    assert errors["ets_yearly"] < 0.6 * errors["ets_multiplicative"]


def test_money_follows_the_flow_of_leads() -> None:
    leads = [100.0 + 40 * (at % 4) for at in range(24)]
    flow = Flow(leads=leads, sales=[count / 5 for count in leads])
    money = [count / 5 * 3000 for count in leads]
    path = lead_flow(flow)(money, 4, [24], 4)[0]
    assert path == pytest.approx([60_000.0, 84_000.0, 108_000.0, 132_000.0], rel=0.01)
    assert lead_flow(Flow([0.0] * 12, [0.0] * 12))([5.0] * 12, 1, [12], 2)[0] == [5.0, 5.0]


def test_gaps_are_filled_from_the_season_or_along_a_line() -> None:
    assert completed([1.0, None, 3.0], 12) == [1.0, 2.0, 3.0]
    assert completed([None, 4.0, None], 12) == [4.0, 4.0, 4.0]
    assert completed([10.0, 20.0, None, 20.0, 12.0], 2) == [10.0, 20.0, 11.0, 20.0, 12.0]
    with pytest.raises(TooLittleDataError):
        completed([None, None], 1)


def test_a_series_is_regular() -> None:
    series = series_of("month", {date(2026, 1, 1): 5.0, date(2026, 4, 1): 6.0})
    assert series == Series("month", date(2026, 1, 1), (5.0, None, None, 6.0))
    assert series.gaps == [date(2026, 2, 1), date(2026, 3, 1)]
    assert series.next_day == date(2026, 5, 1)
    weeks = series_of("week", {date(2025, 12, 29): 1.0, date(2026, 1, 12): 2.0})
    assert weeks.days == [date(2025, 12, 29), date(2026, 1, 5), date(2026, 1, 12)]


def test_numbers_are_rounded_half_to_even_at_the_border() -> None:
    assert [str(rounded(value, 2)) for value in (0.125, 0.375, -0.125)] == ["0.12", "0.38", "-0.12"]
    assert str(rounded(2.5, 0)) == "2"


def test_coverage_is_the_share_within() -> None:
    assert coverage([1.0, 2.0, 3.0, 4.0], [(0, 1), (3, 4), (3, 3), (0, 9)]) == 0.75
    assert coverage([], []) is None
