"""What of a season the past shows: an index for each month, week or weekday with what is behind
it, and the steps that do not count because something unusual was there.
"""

from collections.abc import Collection, Sequence
from datetime import date
from statistics import fmean, median, stdev
from typing import Final, NamedTuple

from services.kpi.domain.forecast.decomposition import centred_average
from services.kpi.domain.forecast.series import Series, completed

LEAST_PERIODS: Final = 2
_STRANGE: Final = 3.5
_NAMES: Final = {"day": "weekday", "week": "week", "month": "month"}


class Index(NamedTuple):
    """A place of the season (month 1-12, ISO week 1-53, weekday 1-7 from Monday): `value` is its
    ratio to the mean, from so many periods; `low` and `high` are the least and the most of them,
    `deviation` how they spread. Where no period shows it, the numbers are None.
    """

    place: int
    value: float | None
    periods: int
    low: float | None
    high: float | None
    deviation: float | None


class Outlier(NamedTuple):
    """A step far from what its place and the trend let expect, with that and its score."""

    day: date
    value: float
    expected: float
    score: float


class Seasonality(NamedTuple):
    """`enough`: whether every place was seen in at least two periods."""

    kind: str
    indices: Sequence[Index]
    outliers: Sequence[Outlier]
    enough: bool


def seasonality_of(series: Series, holidays: Collection[date] = ()) -> Seasonality:
    """Indices by ratio to the centred moving average: R. J. Hyndman, G. Athanasopoulos:
    Forecasting: Principles and Practice, 3rd ed. (2021), section 3.4. Outliers, holidays and gaps
    stand behind no index. A past in which nothing was measured shows nothing.
    """
    if all(value is None for value in series.values):
        nothing = _indices([], [], _count(series.step))
        return Seasonality(_NAMES[series.step], nothing, [], enough=False)
    values = completed(series.values, series.season)
    averages = centred_average(values, series.season)
    places = [place_of(day, series.step) for day in series.days]
    ratios = [
        value / average if average and is_measured is not None else None
        for value, average, is_measured in zip(values, averages, series.values, strict=True)
    ]
    away = set(holidays)
    regular = [
        None if day in away else ratio for day, ratio in zip(series.days, ratios, strict=True)
    ]
    outliers = _outliers(series.days, values, averages, regular, places)
    strange = {item.day for item in outliers}
    for number, day in enumerate(series.days):
        if day in strange:
            regular[number] = None
    indices = _indices(regular, places, _count(series.step))
    known_places = [item for item in indices if item.place <= series.season]
    enough = all(item.periods >= LEAST_PERIODS for item in known_places)
    return Seasonality(_NAMES[series.step], indices, outliers, enough)


def place_of(day: date, step: str) -> int:
    """Where in its season a step lies."""
    if step == "month":
        return day.month
    return day.isocalendar().week if step == "week" else day.isoweekday()


def _count(step: str) -> int:
    return {"month": 12, "week": 53, "day": 7}[step]


def _indices(ratios: Sequence[float | None], places: Sequence[int], count: int) -> list[Index]:
    by_place: dict[int, list[float]] = {place: [] for place in range(1, count + 1)}
    for place, ratio in zip(places, ratios, strict=True):
        if ratio is not None:
            by_place[place].append(ratio)
    means = [fmean(items) for items in by_place.values() if items]
    # Indices tell of a place beside the others: together they are one on average.
    scale = fmean(means) if means and fmean(means) > 0 else 1.0
    return [_index(place, [item / scale for item in items]) for place, items in by_place.items()]


def _index(place: int, ratios: Sequence[float]) -> Index:
    if not ratios:
        return Index(place, None, 0, None, None, None)
    deviation = stdev(ratios) if len(ratios) > 1 else None
    return Index(place, fmean(ratios), len(ratios), min(ratios), max(ratios), deviation)


def _outliers(
    days: Sequence[date],
    values: Sequence[float],
    averages: Sequence[float | None],
    ratios: Sequence[float | None],
    places: Sequence[int],
) -> list[Outlier]:
    """Steps whose modified score is above 3.5: 0.6745 (x - median) / MAD, by B. Iglewicz, D. C.
    Hoaglin: How to Detect and Handle Outliers (1993); x is the ratio less its place's median.
    """
    by_place: dict[int, list[float]] = {}
    for place, ratio in zip(places, ratios, strict=True):
        if ratio is not None:
            by_place.setdefault(place, []).append(ratio)
    middles = {place: median(items) for place, items in by_place.items()}
    rests = [
        ratio - middles[place]
        for place, ratio in zip(places, ratios, strict=True)
        if ratio is not None and len(by_place[place]) > LEAST_PERIODS
    ]
    width = median(map(abs, rests)) if rests else 0.0
    if width <= 0:
        return []
    outliers = []
    for day, value, average, ratio, place in zip(
        days, values, averages, ratios, places, strict=True
    ):
        if ratio is None or average is None or len(by_place[place]) <= LEAST_PERIODS:
            continue
        score = 0.6745 * (ratio - middles[place]) / width
        if abs(score) > _STRANGE:
            outliers.append(Outlier(day, value, average * middles[place], score))
    return outliers
