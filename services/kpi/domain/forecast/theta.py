"""The Theta method, the winner of the M3 competition.

V. Assimakopoulos, K. Nikolopoulos: The theta model, International Journal of Forecasting 16 (2000),
521-530; in the form of R. J. Hyndman, B. Billah: Unmasking the Theta method, ibid. 19 (2003).
"""

from collections.abc import Sequence
from statistics import pvariance
from typing import Final

from services.kpi.domain.forecast.decomposition import centred_average, seasonal_figure

_ALPHAS: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.95)
STRONG: Final = 0.64


def theta(
    values: Sequence[float], season: int, origins: Sequence[int], horizon: int
) -> list[list[float]]:
    """Simple exponential smoothing with half the slope of the line of least squares as its drift:
    l + b/2 (h - 1 + 1/a - (1 - a)^n / a). A season is taken out first where there is one.
    """
    learnt = values[: origins[0]]
    has_season = is_seasonal(learnt, season)
    multiplies = min(learnt) > 0
    size = season if has_season else 1
    figures = seasonal_figure(learnt, size, multiplies=multiplies)
    plain = [
        value / figures[at % size] if multiplies else value - figures[at % size]
        for at, value in enumerate(values)
    ]
    alpha = best_alpha(plain[: origins[0]])
    level, at, weighted, total = plain[0], 0, 0.0, 0.0
    paths = []
    for origin in origins:
        for place in range(at, origin):
            value = plain[place]
            level += alpha * (value - level)
            weighted += place * value
            total += value
        at = origin
        slope = _slope(weighted, total, origin)
        lead = (1 - (1 - alpha) ** origin) / alpha
        line = [level + slope / 2 * (step + lead) for step in range(horizon)]
        places = range(origin, origin + horizon)
        paths.append(
            [
                value * figures[place % size] if multiplies else value + figures[place % size]
                for place, value in zip(places, line, strict=True)
            ]
        )
    return paths


def _slope(weighted: float, total: float, count: int) -> float:
    """The slope of least squares over places 0 ... n - 1, from the sums of i y and of y."""
    if count < 2:
        return 0.0
    return (weighted - total * (count - 1) / 2) * 12 / (count * (count * count - 1))


def smooth(values: Sequence[float], alpha: float) -> tuple[float, float]:
    """Simple exponential smoothing from the first value on: the last level, and the sum of squared
    errors of the forecasts one step ahead.
    """
    level, squares = values[0], 0.0
    for value in values:
        error = value - level
        squares += error * error
        level += alpha * error
    return level, squares


def best_alpha(values: Sequence[float]) -> float:
    """The weight with the least squared error one step ahead, of a few."""
    return min(_ALPHAS, key=lambda alpha: smooth(values, alpha)[1])


def is_seasonal(values: Sequence[float], season: int) -> bool:
    """Whether a season of at least `STRONG` is there: 1 - var(rest) / var(season + rest), by X.
    Wang, K. Smith, R. J. Hyndman: Characteristic-based clustering for time series data, Data Mining
    and Knowledge Discovery 13 (2006). Two seasons cannot contradict one another and are believed.
    """
    if season < 2 or len(values) < 2 * season:
        return False
    if len(values) < 3 * season:
        return True
    figures = seasonal_figure(values, season, multiplies=False)
    averages = centred_average(values, season)
    pairs = [
        (value - average, value - average - figures[at % season])
        for at, (value, average) in enumerate(zip(values, averages, strict=True))
        if average is not None
    ]
    whole = pvariance([both for both, _ in pairs])
    return whole > 0 and 1 - pvariance([rest for _, rest in pairs]) / whole >= STRONG
