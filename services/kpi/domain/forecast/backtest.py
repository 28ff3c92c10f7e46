"""Rolling origins: each method forecasts what is past by now from what was known before it.

L. J. Tashman: Out-of-sample tests of forecasting accuracy, International Journal of Forecasting 16
(2000), 437-450.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from services.kpi.domain.forecast.accuracy import Accuracy, accuracy, naive_scale
from services.kpi.domain.forecast.methods import NONE, Method, methods_for, season_within
from services.kpi.domain.forecast.series import LEAST_VALUES, TooLittleDataError
from services.kpi.domain.forecast.yearly import LEAST_DAYS, WEEK

MOST_ORIGINS: Final = 24
_LEAST_ORIGINS: Final = 4
_LEAST_BEYOND_YEARS: Final = 84  # days that are left for trying, where a season of the year is


class Trial(NamedTuple):
    """What was forecast at each origin, and what came: `origins` says how many values were known;
    `paths` has for each method and origin a forecast of `horizon` steps.
    """

    values: Sequence[float]
    season: int
    origins: Sequence[int]
    horizon: int
    paths: Mapping[str, Sequence[Sequence[float]]]

    def pairs(self, name: str, origin: int) -> tuple[Sequence[float], Sequence[float]]:
        """What came after the n-th origin, and what the method had forecast."""
        begin = self.origins[origin]
        facts = self.values[begin : begin + self.horizon]
        return facts, self.paths[name][origin][: len(facts)]


def origins_for(count: int, season: int, horizon: int) -> list[int]:
    """When forecasts are tried: from half of the values on, yet after two seasons where they are
    there, evenly, the last one a step before the end. Raises TooLittleDataError.
    """
    if count < LEAST_VALUES:
        raise TooLittleDataError(count, LEAST_VALUES)
    known_season = season_within(count - _LEAST_ORIGINS, season)
    first = max(count // 2, 2 * known_season)
    if known_season == WEEK and count >= LEAST_DAYS + _LEAST_BEYOND_YEARS:
        first = max(first, LEAST_DAYS)
    # Whole horizons beyond the last origin tell more than a single step beyond it.
    last = max(count - horizon, min(first + _LEAST_ORIGINS, count - 1))
    if count <= 4 * MOST_ORIGINS:
        last = count - 1
    width = max(1, -(-(last - first + 1) // MOST_ORIGINS))
    # Steps of whole seasons would try the same place of the season again and again.
    width += known_season > 1 and width % known_season == 0
    return sorted(range(last, first - 1, -width))


def trial_of(
    values: Sequence[float], season: int, horizon: int, more: Mapping[str, Method] = NONE
) -> Trial:
    """Try every method that fits, and `more`, at each origin. Raises TooLittleDataError."""
    origins = origins_for(len(values), season, horizon)
    known_season = season_within(origins[0], season)
    methods = {**methods_for(values, known_season, origins[0]), **more}
    paths = {
        name: method(values, known_season, origins, horizon) for name, method in methods.items()
    }
    return Trial(values, known_season, origins, horizon, paths)


def accuracy_of(trial: Trial, name: str) -> Accuracy:
    """The errors of one method over all origins and steps; scaled by what was known at first."""
    facts: list[float] = []
    forecasts: list[float] = []
    for number in range(len(trial.origins)):
        what_came, forecast = trial.pairs(name, number)
        facts.extend(what_came)
        forecasts.extend(forecast)
    scale = naive_scale(trial.values[: trial.origins[0]], trial.season)
    return accuracy(facts, forecasts, scale)
