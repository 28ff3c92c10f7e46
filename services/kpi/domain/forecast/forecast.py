"""A forecast of a series: every method with its errors, their combination, and its bands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.kpi.domain.forecast.accuracy import Accuracy
from services.kpi.domain.forecast.backtest import Trial, accuracy_of, trial_of
from services.kpi.domain.forecast.bands import (
    Band,
    bands_of,
    coverage_of,
    errors_by_step,
    is_relative,
    sums_of,
)
from services.kpi.domain.forecast.combination import (
    COMBINATION,
    combined,
    errors_until,
    weights_of,
    with_combination,
)
from services.kpi.domain.forecast.methods import NONE, Method, methods_for
from services.kpi.domain.forecast.series import Series, completed, steps_from


@dataclass(frozen=True, slots=True)
class MethodForecast:
    """One method: its forecast, its errors in the past, and its weight in the combination."""

    name: str
    path: Sequence[float]
    accuracy: Accuracy
    weight: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """By steps from `days`: the band of the combination, and of all steps together where the past
    is long enough (`total`). `coverage` is the share of past facts within the band of 80 %.
    """

    days: Sequence[date]
    methods: Sequence[MethodForecast]
    accuracy: Accuracy
    bands: Sequence[Band]
    total: Band | None
    coverage: float | None
    season: int
    origins: int
    gaps: Sequence[date]


def forecast(series: Series, horizon: int, more: Mapping[str, Method] = NONE) -> Forecast:
    """The forecast of the next `horizon` steps by the methods that fit, and by `more`. Raises
    TooLittleDataError.
    """
    values = completed(series.values, series.season)
    trial = with_combination(trial_of(values, series.season, horizon, more))
    squares = errors_until(trial, len(values))
    squares.pop(COMBINATION)
    weights = weights_of(squares)
    end = len(values)
    methods = {**methods_for(values, trial.season, trial.origins[0]), **more}
    paths = {
        name: method(values, trial.season, [end], horizon)[0] for name, method in methods.items()
    }
    # What was never below zero is not forecast below it.
    floor_at = 0.0 if min(values) >= 0 else -float("inf")
    path = [max(value, floor_at) for value in combined(paths, weights)]
    return Forecast(
        days=steps_from(series.next_day, series.step, horizon),
        methods=[
            MethodForecast(
                name,
                [max(value, floor_at) for value in paths[name]],
                accuracy_of(trial, name),
                weights[name],
            )
            for name in paths
        ],
        accuracy=accuracy_of(trial, COMBINATION),
        bands=bands_of(
            path,
            errors_by_step(trial, COMBINATION),
            is_share=is_relative(trial, COMBINATION),
            floor_at=floor_at,
        ),
        total=_total(trial, sum(path), floor_at),
        coverage=coverage_of(trial, COMBINATION, floor_at=floor_at),
        season=trial.season,
        origins=len(trial.origins),
        gaps=series.gaps,
    )


def _total(trial: Trial, total: float, floor_at: float) -> Band | None:
    sums = sums_of(trial, COMBINATION)
    if len(sums.origins) < 4:
        return None
    errors = errors_by_step(sums, COMBINATION)
    is_share = is_relative(sums, COMBINATION)
    return bands_of([total], errors, is_share=is_share, floor_at=floor_at)[0]
