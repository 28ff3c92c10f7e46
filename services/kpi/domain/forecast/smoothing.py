"""Exponential smoothing with a damped trend and a season, additive or multiplicative.

P. R. Winters: Forecasting sales by exponentially weighted moving averages, Management Science 6
(1960); E. S. Gardner, E. McKenzie: Forecasting trends in time series, ibid. 31 (1985).
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from services.kpi.domain.forecast.decomposition import seasonal_figure


class Weights(NamedTuple):
    """Of the level, the trend and the season in the latest value, and how a trend fades."""

    alpha: float
    beta: float
    gamma: float
    phi: float


class State(NamedTuple):
    """Level, trend, and the season's figures by the place of a value in the season."""

    level: float
    trend: float
    season: list[float]


_START: Final = Weights(0.2, 0.03, 0.1, 0.95)
_CHOICES: Final = {
    "alpha": (0.02, 0.05, 0.1, 0.35, 0.55, 0.8),
    "phi": (0.8, 0.98),
    "beta": (0.003, 0.1, 0.3),
    "gamma": (0.01, 0.25, 0.45),
}
_SWEEPS: Final = 2
Run = Callable[[Sequence[float], int, int, State, Weights], tuple[State, float]]


def run_additive(
    values: Sequence[float], begin: int, end: int, state: State, weights: Weights
) -> tuple[State, float]:
    """The state after the values from `begin` to before `end`, and the sum of squared errors of the
    forecasts one step ahead. R. J. Hyndman, G. Athanasopoulos: Forecasting: Principles and
    Practice, 3rd ed. (2021), section 8.3, with the damped trend of section 8.2.
    """
    alpha, beta, gamma, phi = weights
    level, trend = state.level, state.trend
    season = state.season[:]
    size = len(season)
    squares = 0.0
    for at in range(begin, end):
        value, place = values[at], at % size
        ahead = level + phi * trend
        error = value - ahead - season[place]
        squares += error * error
        # The same as alpha (y - s) + (1 - alpha)(l + phi b), and so on, by the error.
        level = ahead + alpha * error
        trend = phi * trend + alpha * beta * error
        season[place] += gamma * error
    return State(level, trend, season), squares


def run_multiplicative(
    values: Sequence[float], begin: int, end: int, state: State, weights: Weights
) -> tuple[State, float]:
    """The same where the season multiplies the level."""
    alpha, beta, gamma, phi = weights
    level, trend = state.level, state.trend
    season = state.season[:]
    size = len(season)
    squares = 0.0
    for at in range(begin, end):
        value, place = values[at], at % size
        ahead = level + phi * trend
        figure = season[place]
        error = value - ahead * figure
        squares += error * error
        level = ahead + alpha * error / figure
        trend = phi * trend + alpha * beta * error / figure
        if ahead > 0:
            season[place] = max(figure + gamma * error / ahead, 1e-6)
    return State(level, trend, season), squares


def project(
    state: State, phi: float, origin: int, horizon: int, *, multiplies: bool
) -> list[float]:
    """The forecast: l + (phi + phi^2 + ... + phi^h) b, plus or times the season's figure."""
    level, trend, season = state
    size = len(season)
    path, power = [], 1.0
    for at in range(origin, origin + horizon):
        power *= phi
        level += power * trend
        path.append(level * season[at % size] if multiplies else level + season[at % size])
    return path


def additive(
    values: Sequence[float], season: int, origins: Sequence[int], horizon: int
) -> list[list[float]]:
    """Damped Holt-Winters with a season that is added."""
    return _smooth(values, season, origins, horizon, multiplies=False)


def multiplicative(
    values: Sequence[float], season: int, origins: Sequence[int], horizon: int
) -> list[list[float]]:
    """The same with a season that multiplies, for values above zero."""
    return _smooth(values, season, origins, horizon, multiplies=True)


def _smooth(
    values: Sequence[float],
    season: int,
    origins: Sequence[int],
    horizon: int,
    *,
    multiplies: bool,
) -> list[list[float]]:
    run = run_multiplicative if multiplies else run_additive
    learnt = values[: origins[0]]
    state = start_of(learnt, season, multiplies=multiplies)
    weights = best_weights(learnt, state, run)
    at = 0
    paths = []
    for origin in origins:
        state, _ = run(values, at, origin, state, weights)
        paths.append(project(state, weights.phi, origin, horizon, multiplies=multiplies))
        at = origin
    return paths


def start_of(values: Sequence[float], season: int, *, multiplies: bool) -> State:
    """Where the smoothing begins: figures by decomposition, the level and the trend by the line of
    least squares through the first two seasons without them (ten values where there is no season).
    """
    figures = seasonal_figure(values, season, multiplies=multiplies)
    count = min(len(values), max(2 * season, 10))
    plain = [
        value / figures[at % season] if multiplies else value - figures[at % season]
        for at, value in enumerate(values[:count])
    ]
    middle, mean = (count - 1) / 2, sum(plain) / count
    spread = sum((at - middle) ** 2 for at in range(count))
    slope = sum((at - middle) * value for at, value in enumerate(plain)) / spread if spread else 0.0
    return State(mean - slope * (middle + 1), slope, figures)


def best_weights(values: Sequence[float], state: State, run: Run) -> Weights:
    """The weights with the least squared error one step ahead: one weight after the other, over a
    few values each, twice; the same for the same values.
    """
    weights, end = _START, len(values)
    if len(state.season) == 1:
        weights = weights._replace(gamma=0.0)
    _, least = run(values, 0, end, state, weights)
    for _ in range(_SWEEPS):
        before = weights
        for name, choices in _CHOICES.items():
            if name == "gamma" and len(state.season) == 1:
                continue
            for choice in choices:
                trial = weights._replace(**{name: choice})
                _, squares = run(values, 0, end, state, trial)
                if squares < least:
                    weights, least = trial, squares
        if weights == before:
            break
    return weights
