"""Days with a week and a year: smoothing of what is left without the season of the year."""

from collections.abc import Sequence
from typing import Final

from services.kpi.domain.forecast.decomposition import centred_average
from services.kpi.domain.forecast.smoothing import additive, multiplicative

WEEK: Final = 7
YEAR: Final = 364  # days: whole weeks, so that weekdays stand beside one another
MONTH: Final = 28
LEAST_DAYS: Final = 2 * YEAR


def yearly(
    values: Sequence[float], season: int, origins: Sequence[int], horizon: int
) -> list[list[float]]:
    """Days without the year's season, smoothed with that of the week, and the year put back."""
    profile = profile_of_year(values[: origins[0]])
    plain = [value / profile[at % YEAR] for at, value in enumerate(values)]
    method = multiplicative if min(plain) > 0 else additive
    return [
        [value * profile[(origin + step) % YEAR] for step, value in enumerate(path)]
        for origin, path in zip(origins, method(plain, season, origins, horizon), strict=True)
    ]


def profile_of_year(values: Sequence[float]) -> list[float]:
    """By what the mean of four weeks around each day of the year differs from that of a year around
    it, as a ratio. Of k years only k / (k + 1) of the difference is believed, as in J. R. Miller,
    D. Williams: Shrinkage estimators of time series seasonal factors, International Journal of
    Forecasting 19 (2003), 669-684, for variances of the season and of chance that are alike.
    """
    ratios: list[list[float]] = [[] for _ in range(YEAR)]
    pairs = zip(centred_average(values, MONTH), centred_average(values, YEAR), strict=True)
    for at, (near, whole) in enumerate(pairs):
        if near is not None and whole:
            ratios[at % YEAR].append(near / whole)
    means = [
        1 + (sum(items) / len(items) - 1) * len(items) / (len(items) + 1) if items else 1.0
        for items in ratios
    ]
    middle = sum(means) / YEAR
    return [max(mean / middle, 0.05) for mean in means]
