"""Simple methods: the seasonal naive one and the moving average.

Each method takes a series, its season, the origins (how many values were known when a forecast was
made) and the horizon, and gives one forecast per origin. What it learns comes from the values
before the first origin, so that no forecast knows its future.
"""

from collections.abc import Sequence
from itertools import accumulate

_WINDOWS = (3, 6, 12)


def seasonal_naive(
    values: Sequence[float], season: int, origins: Sequence[int], horizon: int
) -> list[list[float]]:
    """What was a season before. R. J. Hyndman, G. Athanasopoulos: Forecasting: Principles and
    Practice, 3rd ed. (2021), section 5.2.
    """
    return [
        [values[origin - season + step % season] for step in range(horizon)] for origin in origins
    ]


def moving_average(
    values: Sequence[float], season: int, origins: Sequence[int], horizon: int
) -> list[list[float]]:
    """The mean of the last values, of as many as forecast the next one best (ibid., section 3.3);
    a season's worth is among what is tried.
    """
    sums = [0.0, *accumulate(values)]
    windows = [width for width in (*_WINDOWS, season) if width < origins[0]] or [1]

    def error(width: int) -> float:
        begin = max(windows)
        pairs = ((sums[at] - sums[at - width], values[at]) for at in range(begin, origins[0]))
        return sum((total / width - value) ** 2 for total, value in pairs)

    width = min(windows, key=error)
    return [[(sums[origin] - sums[origin - width]) / width] * horizon for origin in origins]
