"""How far forecasts were from what happened: the measures of the M competitions and textbooks."""

from collections.abc import Sequence
from math import inf, sqrt
from typing import NamedTuple


class Accuracy(NamedTuple):
    """Errors over `size` pairs of fact and forecast. `mape` and `bias` are shares (0.1 is 10 %);
    `mase` is in mean errors of the seasonal naive forecast; None where there is nothing to divide
    by. A positive bias is a forecast above the fact.
    """

    size: int
    mae: float
    rmse: float
    mape: float | None
    mase: float | None
    bias: float | None


def accuracy(facts: Sequence[float], forecasts: Sequence[float], scale: float | None) -> Accuracy:
    """The measures; `scale` is that of `naive_scale` on what was known before.

    R. J. Hyndman, A. B. Koehler: Another look at measures of forecast accuracy, International
    Journal of Forecasting 22 (2006), 679-688. MAPE leaves out facts of zero. The bias is the sum of
    (forecast - fact) over the sum of the facts.
    """
    errors = [forecast - fact for fact, forecast in zip(facts, forecasts, strict=True)]
    count = len(errors)
    mae = sum(map(abs, errors)) / count
    shares = [abs(error / fact) for fact, error in zip(facts, errors, strict=True) if fact]
    total = sum(facts)
    return Accuracy(
        size=count,
        mae=mae,
        rmse=sqrt(sum(error * error for error in errors) / count),
        mape=_finite(sum(shares) / len(shares)) if shares else None,
        mase=_finite(mae / scale) if scale else None,
        bias=_finite(sum(errors) / total) if total else None,
    )


def _finite(value: float) -> float | None:
    return value if abs(value) < inf else None


def naive_scale(values: Sequence[float], season: int) -> float | None:
    """The mean absolute error of the seasonal naive forecast within a series, by which MASE is
    scaled; None where it is zero or the series is no longer than a season.
    """
    pairs = zip(values[season:], values, strict=False)
    steps = [abs(later - earlier) for later, earlier in pairs]
    return (sum(steps) / len(steps) or None) if steps else None


def coverage(facts: Sequence[float], bands: Sequence[tuple[float, float]]) -> float | None:
    """The share of facts within their band."""
    inside = [low <= fact <= high for fact, (low, high) in zip(facts, bands, strict=True)]
    return sum(inside) / len(inside) if inside else None
