"""Curves of diminishing returns, and how a total is split: against published and known figures."""

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.marketing.advice import Span, advise, split
from services.kpi.domain.marketing.curves import LEAST_MONTHS, Curve, Fit, Month, fit, line_of

X = (10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5)
Y = (8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68)
WOBBLE = (1.03, 0.98, 1.01, 0.97, 1.02, 0.99, 1.0, 1.02, 0.96, 1.01, 0.99, 1.02)


def months_of(scale: float, elasticity: float, spends: list[float]) -> list[Month]:
    return [
        Month(spend, scale * spend**elasticity * WOBBLE[number % 12])
        for number, spend in enumerate(spends)
    ]


SPENDS = [float(100 + 37 * number % 400) for number in range(12)]


def test_least_squares() -> None:
    """F. J. Anscombe, Graphs in statistical analysis, The American Statistician 27 (1973), 17-21,
    the first set: y = 3 + 0.5 x, the slope's standard error 0.118.
    """
    line = line_of(list(zip(X, Y, strict=True)))
    assert (round(line.intercept, 4), round(line.slope, 4)) == (3.0001, 0.5001)
    assert (round(line.intercept_error, 4), round(line.slope_error, 4)) == (1.1247, 0.1179)
    assert line.freedom == 9


@given(st.floats(0.1, 100), st.floats(0.2, 0.85))
def test_a_curve_is_found_again(scale: float, elasticity: float) -> None:
    found = fit(months_of(scale, elasticity, SPENDS)).curve
    assert found is not None
    assert found.low < found.elasticity < found.high
    assert found.elasticity == pytest.approx(elasticity, abs=0.05)
    assert found.result(200) == pytest.approx(scale * 200**elasticity, rel=0.05)


def test_what_is_lacking_is_said() -> None:
    months = months_of(1, 0.5, SPENDS)
    few = [*months[: LEAST_MONTHS - 1], Month(0, 5), Month(7, 0)]
    assert fit(few) == Fit(LEAST_MONTHS - 1, None, "too_few_months")
    assert fit(months_of(1, 0.5, [100.0] * 12)).lack == "spend_varies_too_little"
    assert fit([Month(month.spend, 5 * WOBBLE[n]) for n, month in enumerate(months)]).lack == (
        "no_effect_shown"
    )
    assert fit(months_of(1, 1.4, SPENDS)).lack == "no_diminishing"


CURVES = st.lists(
    st.builds(lambda scale, b: Curve(exp(scale), b, b, b), st.floats(-3, 3), st.floats(0.1, 0.9)),
    min_size=2,
    max_size=5,
)


@given(CURVES, st.floats(0.01, 0.99))
def test_the_best_split_adds_up_and_no_move_betters_it(curves: list[Curve], share: float) -> None:
    names = {str(number): curve for number, curve in enumerate(curves)}
    spans = dict.fromkeys(names, Span(10.0, 1000.0))
    total = len(names) * (10 + share * 990)
    best = split(names, spans, total)
    assert sum(best.values()) == pytest.approx(total, rel=1e-6)
    whole = sum(names[name].result(spend) for name, spend in best.items())
    for giver in names:
        for taker in names.keys() - {giver}:
            step = min(best[giver] - 10, 1000 - best[taker], 5)
            moved = best | {giver: best[giver] - step, taker: best[taker] + step}
            result = sum(names[name].result(spend) for name, spend in moved.items())
            assert result <= whole * (1 + 1e-9)


def test_two_like_channels_of_double_worth() -> None:
    """By hand: with b = 1/2 the spends are as the squares of the scales, here 4 to 1."""
    curves = {"a": Curve(2, 0.5, 0.4, 0.6), "b": Curve(1, 0.5, 0.4, 0.6)}
    best = split(curves, dict.fromkeys(curves, Span(1, 1000)), 500)
    assert best["a"] == pytest.approx(400)
    assert best["b"] == pytest.approx(100)


def test_advice_moves_only_what_it_knows_something_of() -> None:
    months = {
        "яндекс": months_of(4, 0.5, SPENDS),
        "vk": months_of(1, 0.5, SPENDS),
        "радио": months_of(1, 0.5, SPENDS[:3]),
    }
    present = {"яндекс": 200.0, "vk": 200.0, "радио": 500.0}
    advice = advise(months, present, seed=7)
    assert advice == advise(months, present, seed=7)
    assert advice.fits["радио"].lack == "too_few_months"
    assert advice.shifts.keys() == {"яндекс", "vk"}
    assert advice.total == 400
    shift = advice.shifts["яндекс"]
    assert shift.low is not None
    assert shift.high is not None
    assert 200 < shift.low <= shift.suggested * 1.001
    assert shift.high >= shift.suggested * 0.999
    assert sum(each.suggested for each in advice.shifts.values()) == pytest.approx(400)
    assert advice.suggested_result > advice.present_result
    # Nothing is suggested that was never tried.
    assert all(min(SPENDS) <= each.suggested <= max(SPENDS) for each in advice.shifts.values())


def test_one_channel_alone_is_not_moved() -> None:
    advice = advise({"vk": months_of(1, 0.5, SPENDS)}, {"vk": 200.0}, seed=1)
    assert advice.shifts == {}
    assert log(advice.fits["vk"].curve.scale) == pytest.approx(0, abs=0.3)  # type: ignore[union-attr]
