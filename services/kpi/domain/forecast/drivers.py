"""Money by what brings it: how many leads come, what part of them buys, and for how much."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.kpi.domain.forecast.smoothing import additive

_FADING: Final = 0.85  # the weight of a step beside the one after it


@dataclass(frozen=True, slots=True)
class Flow:
    """By steps: leads that came, and sales and their money."""

    leads: Sequence[float]
    sales: Sequence[float]


def lead_flow(
    flow: Flow,
) -> Callable[[Sequence[float], int, Sequence[int], int], list[list[float]]]:
    """A method for the series of money that belongs to the flow."""

    def method(
        values: Sequence[float], season: int, origins: Sequence[int], horizon: int
    ) -> list[list[float]]:
        """Leads by damped Holt-Winters, times conversion, times average check (both smoothed sums,
        known before each step), then a line of least squares of the money on that product.
        """
        conversions = _smoothed_ratios(flow.sales, flow.leads)
        checks = _smoothed_ratios(values, flow.sales)
        products = [
            count * conversion * check
            for count, conversion, check in zip(flow.leads, conversions, checks, strict=False)
        ]
        intercept, slope = line_through(products[1 : origins[0]], values[1 : origins[0]])
        paths = additive(flow.leads, season, origins, horizon)
        return [
            [
                intercept + slope * max(count, 0.0) * conversions[origin] * checks[origin]
                for count in path
            ]
            for origin, path in zip(origins, paths, strict=True)
        ]

    return method


def _smoothed_ratios(upper: Sequence[float], lower: Sequence[float]) -> list[float]:
    """The ratio of the two before each step and after the last, recent steps weighing more."""
    above, below, ratios = 0.0, 0.0, []
    for one, other in zip([*upper, 0.0], [*lower, 0.0], strict=True):
        ratios.append(above / below if below > 0 else 0.0)
        above = _FADING * above + one
        below = _FADING * below + other
    return ratios


def line_through(places: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """Intercept and slope of least squares; the mean and no slope where all places are one.

    R. J. Hyndman, G. Athanasopoulos: Forecasting: Principles and Practice, 3rd ed. (2021), 7.2.
    """
    count = len(places)
    middle, mean = sum(places) / count, sum(values) / count
    spread = sum((place - middle) ** 2 for place in places)
    if spread <= 0:
        return mean, 0.0
    pairs = zip(places, values, strict=True)
    slope = sum((place - middle) * (value - mean) for place, value in pairs) / spread
    return mean - slope * middle, slope
