"""What a channel brings for what is spent on it: y = A x^b, with diminishing returns for b < 1.

Fitted as ln y = a + b ln x by least squares (D. M. Hanssens, L. J. Parsons, R. L. Schultz: Market
Response Models, 2nd ed., 2001, ch. 3). A channel of which nothing can be said says what is lacking.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final, Literal, NamedTuple

from services.kpi.domain.forecast.quantiles import student

LEAST_MONTHS: Final = 8
LEAST_SPREAD: Final = 1.5  # the largest month's spend by the smallest's
CONFIDENCE: Final = 0.8
Lack = Literal["too_few_months", "spend_varies_too_little", "no_effect_shown", "no_diminishing"]


class Month(NamedTuple):
    """What was spent in a month, and what it brought; both in any unit."""

    spend: float
    result: float


class Line(NamedTuple):
    """y = intercept + slope x by least squares, with standard errors and n - 2 degrees."""

    intercept: float
    slope: float
    intercept_error: float
    slope_error: float
    freedom: int


@dataclass(frozen=True, slots=True)
class Curve:
    """`result = scale · spend ** elasticity`; `low` and `high` bound the elasticity."""

    scale: float
    elasticity: float
    low: float
    high: float

    def result(self, spend: float) -> float:
        return self.scale * spend**self.elasticity if spend > 0 else 0.0

    def marginal(self, spend: float) -> float:
        """What the next unit of spend brings. Takes a spend above 0."""
        return self.elasticity * self.result(spend) / spend


@dataclass(frozen=True, slots=True)
class Fit:
    """A curve, or why there is none; `months` are those that say something."""

    months: int
    curve: Curve | None
    lack: Lack | None


def line_of(pairs: Sequence[tuple[float, float]]) -> Line:
    """Least squares of one variable. Takes three pairs or more, with different x."""
    count = len(pairs)
    mean_x = sum(x for x, _ in pairs) / count
    mean_y = sum(y for _, y in pairs) / count
    width = sum((x - mean_x) ** 2 for x, _ in pairs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in pairs) / width
    intercept = mean_y - slope * mean_x
    rest = sum((y - intercept - slope * x) ** 2 for x, y in pairs)
    variance = rest / (count - 2)
    error = sqrt(variance * (1 / count + mean_x**2 / width))
    return Line(intercept, slope, error, sqrt(variance / width), count - 2)


def telling(months: Sequence[Month]) -> list[Month]:
    """Those that have a logarithm: a month without spend says nothing of what spend brings, and one
    without a result nothing of how much.
    """
    return [month for month in months if month.spend > 0 and month.result > 0]


def fit(months: Sequence[Month]) -> Fit:
    """The curve of a channel, or what is lacking."""
    used = telling(months)
    if len(used) < LEAST_MONTHS:
        return Fit(len(used), None, "too_few_months")
    spends = [month.spend for month in used]
    if max(spends) < LEAST_SPREAD * min(spends):
        return Fit(len(used), None, "spend_varies_too_little")
    curve = _curve(used)
    if curve.low <= 0:
        return Fit(len(used), None, "no_effect_shown")
    if curve.elasticity >= 1:
        return Fit(len(used), None, "no_diminishing")
    return Fit(len(used), curve, None)


def _curve(months: Sequence[Month]) -> Curve:
    line = line_of([(log(month.spend), log(month.result)) for month in months])
    reach = student((1 + CONFIDENCE) / 2, line.freedom) * line.slope_error
    return Curve(exp(line.intercept), line.slope, line.slope - reach, line.slope + reach)
