"""Takes a series apart into trend and season by centred moving averages."""

from collections.abc import Sequence
from itertools import accumulate


def centred_average(values: Sequence[float], season: int) -> list[float | None]:
    """The mean of a season around each value, None where one does not fit. For an even season the
    two outermost values weigh one half each (a 2 x m average).

    R. J. Hyndman, G. Athanasopoulos: Forecasting: Principles and Practice, 3rd ed. (2021), 3.3.
    """
    half, count = season // 2, len(values)
    sums = [0.0, *accumulate(values)]
    averages: list[float | None] = [None] * count
    for at in range(half, count - half):
        total = sums[at + half + 1] - sums[at - half]
        if season % 2 == 0:
            total -= (values[at - half] + values[at + half]) / 2
        averages[at] = total / season
    return averages


def seasonal_figure(values: Sequence[float], season: int, *, multiplies: bool) -> list[float]:
    """By how much each place in the season lies above or below the trend: differences that sum to
    zero, or ratios whose mean is one (ibid., section 3.4). A season of one step has none.
    """
    if season == 1:
        return [1.0 if multiplies else 0.0]
    by_place: list[list[float]] = [[] for _ in range(season)]
    for at, average in enumerate(centred_average(values, season)):
        if average is None or (multiplies and average <= 0):
            continue
        by_place[at % season].append(values[at] / average if multiplies else values[at] - average)
    neutral = 1.0 if multiplies else 0.0
    means = [sum(items) / len(items) if items else neutral for items in by_place]
    middle = sum(means) / season
    if multiplies:
        return [max(mean / middle, 1e-6) for mean in means] if middle > 0 else [1.0] * season
    return [mean - middle for mean in means]
