"""A market test: what a sample of customers, shops or towns bought, scaled up to all of them."""

from collections.abc import Sequence
from math import exp, log, sqrt
from statistics import fmean, stdev

from services.kpi.domain.forecast.bands import HIGH, Band
from services.kpi.domain.forecast.quantiles import student


def scaled_up(sample: Sequence[float], population: int) -> Band:
    """The total of a population by a simple random sample of at least two: N (mean -+ t s / sqrt(n)
    sqrt(1 - n / N)), 80 % wide. W. G. Cochran: Sampling Techniques, 3rd ed. (1977), section 2.7.
    What the sample bought is part of the total, which is never less.

    Raises ValueError for a sample of one, or of more than the population.
    """
    count = len(sample)
    if not 2 <= count <= population:
        raise ValueError("a sample has at least two members, and no more than the population")
    mean = fmean(sample)
    rest = max(1 - count / population, 0.0)
    error = stdev(sample) / sqrt(count) * sqrt(rest)
    reach = student(HIGH, count - 1) * error
    low, likely, high = (population * value for value in (mean - reach, mean, mean + reach))
    return Band(max(low, min(sum(sample), likely)), likely, high)


def most_who_would(count: int) -> float:
    """Which share of all would buy at most, with 90 %, where of so many nobody did: 1 - 0.1^(1/n).
    J. A. Hanley, A. Lippman-Hand: If nothing goes wrong, is everything all right?, Journal of the
    American Medical Association 249 (1983), 1743-1745.
    """
    return 1 - exp(log(1 - HIGH) / count)
