"""The objective methods by name, and which of them a series allows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from services.kpi.domain.forecast.simple import moving_average, seasonal_naive
from services.kpi.domain.forecast.smoothing import additive, multiplicative
from services.kpi.domain.forecast.theta import theta
from services.kpi.domain.forecast.yearly import LEAST_DAYS, WEEK, yearly

Method = Callable[[Sequence[float], int, Sequence[int], int], list[list[float]]]
METHODS: Final[dict[str, Method]] = {
    "seasonal_naive": seasonal_naive,
    "moving_average": moving_average,
    "ets_additive": additive,
    "ets_multiplicative": multiplicative,
    "theta": theta,
    "ets_yearly": yearly,
}
NONE: Final[Mapping[str, Method]] = {}


def season_within(count: int, season: int) -> int:
    """The season that so many values tell of: two of it must lie among them, else there is none."""
    return season if count >= 2 * season else 1


def methods_for(values: Sequence[float], season: int, least: int) -> dict[str, Method]:
    """Those that fit, where `least` values are known at the first origin: what multiplies needs
    values above zero, and the season of the year two years of days.
    """
    fits = {
        "ets_multiplicative": min(values) > 0,
        "ets_yearly": season == WEEK and least >= LEAST_DAYS and min(values) >= 0,
    }
    return {name: method for name, method in METHODS.items() if fits.get(name, True)}
