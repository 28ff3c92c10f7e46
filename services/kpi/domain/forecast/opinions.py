"""What people expect: a survey of the staff, the opinion of executives, and rounds by Delphi."""

from collections.abc import Sequence
from math import fsum, sqrt
from statistics import NormalDist, median
from typing import Final, NamedTuple

from services.kpi.domain.forecast.bands import HIGH, Band
from services.kpi.domain.forecast.quantiles import quartile

CLOSE_SPREAD: Final = 0.15
CLOSE_SHIFT: Final = 0.05


class Estimate(NamedTuple):
    """The least, the likeliest and the most that somebody expects."""

    low: float
    likely: float
    high: float

    @property
    def mean(self) -> float:
        """(a + 4 m + b) / 6: D. G. Malcolm et al.: Application of a technique for research and
        development program evaluation, Operations Research 7 (1959), 646-669.
        """
        return (self.low + 4 * self.likely + self.high) / 6

    @property
    def deviation(self) -> float:
        """(b - a) / 6 (ibid.)."""
        return (self.high - self.low) / 6


def survey(estimates: Sequence[Estimate]) -> Band:
    """What a staff expects where each estimates the own part: the sum of the means, with the
    deviations taken as independent of one another. The order of the estimates tells nothing.
    """
    mean = fsum(item.mean for item in estimates)
    deviation = sqrt(fsum(item.deviation**2 for item in estimates))
    reach = NormalDist().inv_cdf(HIGH) * deviation
    return Band(mean - reach, mean, mean + reach)


def opinion(estimates: Sequence[Estimate]) -> Band:
    """What executives expect where each estimates the whole: the medians of what they say."""
    return Band(
        median(item.low for item in estimates),
        median(item.mean for item in estimates),
        median(item.high for item in estimates),
    )


class Round(NamedTuple):
    """What a round is shown as, without who said what: median and quartiles, the spread (q3 - q1)
    in shares of the median, and by what share the median moved since the round before.
    """

    answers: int
    q1: float
    median: float
    q3: float
    spread: float | None
    shift: float | None
    has_converged: bool


def delphi(rounds: Sequence[Sequence[float]]) -> list[Round]:
    """Each round's figures. Answers have converged when they lie close together and stay there.

    N. Dalkey, O. Helmer: An experimental application of the Delphi method to the use of experts,
    Management Science 9 (1963), 458-467; that stability is asked for beside agreement: H. A.
    Linstone, M. Turoff: The Delphi Method (1975), chapter IV.
    """
    figures: list[Round] = []
    for answers in rounds:
        ordered = sorted(answers)
        low, middle, high = (quartile(ordered, share) for share in (0.25, 0.5, 0.75))
        spread = (high - low) / abs(middle) if middle else None
        before = figures[-1].median if figures else None
        shift = abs(middle / before - 1) if before else None
        is_close = spread is not None and spread <= CLOSE_SPREAD
        is_stable = shift is not None and shift <= CLOSE_SHIFT
        figures.append(
            Round(len(ordered), low, middle, high, spread, shift, is_close and is_stable)
        )
    return figures
