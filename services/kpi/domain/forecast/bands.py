"""What may come beside what is likeliest: quantiles from the errors that a forecast made before.

No shape of the errors is supposed. W. H. Williams, M. L. Goodman: A simple method for the
construction of empirical confidence limits for economic forecasts, Journal of the American
Statistical Association 66 (1971), 752-754.
"""

from collections.abc import Sequence
from functools import cache
from statistics import NormalDist
from typing import Final, NamedTuple

from services.kpi.domain.forecast.accuracy import coverage
from services.kpi.domain.forecast.backtest import Trial
from services.kpi.domain.forecast.quantiles import quantile, student

LOW: Final = 0.1
HIGH: Final = 0.9
_WIDEST: Final = 7  # steps before and after one whose errors are like its own


class Band(NamedTuple):
    """The pessimistic, the likeliest and the optimistic value."""

    p10: float
    p50: float
    p90: float


def errors_by_step(trial: Trial, name: str, without: int | None = None) -> list[list[float]]:
    """By how much facts were above the forecast, by steps ahead: as a share of the forecast where
    facts and forecasts are above zero, else as a difference. One origin may be left out.
    """
    is_share = is_relative(trial, name)
    errors: list[list[float]] = [[] for _ in range(trial.horizon)]
    for number in range(len(trial.origins)):
        if number == without:
            continue
        facts, forecasts = trial.pairs(name, number)
        for step, (fact, value) in enumerate(zip(facts, forecasts, strict=True)):
            errors[step].append(fact / value - 1 if is_share else fact - value)
    return errors


def is_relative(trial: Trial, name: str) -> bool:
    """Whether errors are shares: nothing that matters to them is at or below zero."""
    forecasts = (value for path in trial.paths[name] for value in path)
    return min(trial.values) > 0 and min(forecasts) > 0


def bands_of(
    path: Sequence[float], errors: Sequence[Sequence[float]], *, is_share: bool, floor_at: float
) -> list[Band]:
    """A band for each step of a forecast, from the errors of steps about as far ahead; not below
    `floor_at`. The likeliest value is the forecast itself. A step that was tried k times has a
    wider band, by the ratio of Student's quantile with k - 1 degrees of freedom to the normal one.
    """
    width = min(max(1, len(path) // 6), _WIDEST)
    bands = []
    for step, value in enumerate(path):
        near = errors[max(0, step - width) : step + width + 1]
        pool = sorted(error for items in near for error in items) or [0.0]
        factor = _widening(max(len(errors[step]) - 1, 1))
        low, high = (quantile(pool, share) * factor for share in (LOW, HIGH))
        if is_share:
            low, high = low * abs(value), high * abs(value)
        # One whose errors all went the same way still is within its own band.
        low, high = min(low, 0.0), max(high, 0.0)
        bands.append(Band(*(max(value + part, floor_at) for part in (low, 0.0, high))))
    return bands


@cache
def _widening(freedom: int) -> float:
    return student(HIGH, freedom) / NormalDist().inv_cdf(HIGH)


def coverage_of(trial: Trial, name: str, *, floor_at: float) -> float | None:
    """The share of facts that lay in the band which the errors at all other origins give."""
    is_share = is_relative(trial, name)
    facts: list[float] = []
    limits: list[tuple[float, float]] = []
    for number in range(len(trial.origins)):
        errors = errors_by_step(trial, name, without=number)
        what_came, forecast = trial.pairs(name, number)
        bands = bands_of(forecast, errors, is_share=is_share, floor_at=floor_at)
        facts.extend(what_came)
        limits.extend((band.p10, band.p90) for band in bands)
    return coverage(facts, limits)


def sums_of(trial: Trial, name: str) -> Trial:
    """The trial of the sums over the whole horizon, as a series of one step ahead: what all steps
    together come to is known better than the sum of their bands.
    """
    origins = [at for at in trial.origins if at + trial.horizon <= len(trial.values)]
    facts = [sum(trial.values[at : at + trial.horizon]) for at in origins]
    totals = [[sum(trial.paths[name][number])] for number in range(len(origins))]
    return Trial(facts, 1, range(len(origins)), 1, {name: totals})
