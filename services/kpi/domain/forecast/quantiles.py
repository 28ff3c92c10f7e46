"""Quantiles of samples and of Student's distribution."""

from collections.abc import Sequence
from math import expm1, floor, pi, sqrt, tan
from statistics import NormalDist


def quantile(ordered: Sequence[float], share: float) -> float:
    """The quantile at place (n + 1) p of ordered values, the definition under which a next value
    lies below it with probability p: R. J. Hyndman, Y. Fan: Sample quantiles in statistical
    packages, The American Statistician 50 (1996), 361-365, definition 6.
    """
    return _at(ordered, (len(ordered) + 1) * share - 1)


def quartile(ordered: Sequence[float], share: float) -> float:
    """The quantile at place (n - 1) p + 1, that of spreadsheets (ibid., definition 7)."""
    return _at(ordered, (len(ordered) - 1) * share)


def _at(ordered: Sequence[float], place: float) -> float:
    place = min(max(place, 0.0), len(ordered) - 1.0)
    low = floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def student(share: float, freedom: int) -> float:
    """The quantile of Student's distribution for a share above one half.

    G. W. Hill: Algorithm 396, Student's t-quantiles, Communications of the ACM 13 (1970), 619-620;
    one and two degrees of freedom have closed forms. At least five digits are right.
    """
    tails = 2 * (1 - share)
    if freedom == 1:
        return 1 / tan(tails * pi / 2)
    if freedom == 2:
        return sqrt(2 / (tails * (2 - tails)) - 2)
    a = 1 / (freedom - 0.5)
    b = 48 / (a * a)
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * sqrt(a * pi / 2) * freedom
    y = (d * tails) ** (2 / freedom)
    if y > a + 0.05:
        x = NormalDist().inv_cdf(tails / 2)
        y = x * x
        if freedom < 5:
            c += 0.3 * (freedom - 4.5) * (x + 0.6)
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = expm1(a * y * y)
    else:
        tail = ((freedom + 6) / (freedom * y) - 0.089 * d - 0.822) * (freedom + 2) * 3
        y = (1 / tail + 0.5 / (freedom + 4)) * y - 1
        y = y * (freedom + 1) / (freedom + 2) + 1 / ((d * tails) ** (2 / freedom))
    return sqrt(freedom * y)
