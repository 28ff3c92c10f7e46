"""How good opinions were, by what came, and what that makes of them beside a forecast.

J. M. Bates, C. W. J. Granger: The combination of forecasts, Operational Research Quarterly 20
(1969), 451-468: weights go with the inverse of the squared error, here of the mean share by which
the likeliest value was off.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from services.kpi.domain.forecast.combination import combined, weights_of

LEAST_JUDGED: Final = 3  # polls of a kind that are over: of fewer nothing is known of the next one
FORECAST: Final = "forecast"
Days = tuple[date, date]  # from the first to before the second


class Judged(NamedTuple):
    """What a poll of that kind had expected, and what came."""

    kind: str
    expected: float
    fact: float


class TrackRecord(NamedTuple):
    """Over so many polls the mean share of the fact by which the likeliest value was off; `errors`
    are the shares of it by which each fact lay above.
    """

    judged: int
    mape: float
    errors: Sequence[float] = ()


def records_of(items: Iterable[Judged]) -> dict[str, TrackRecord]:
    """By kind; where nothing came there is no share."""
    pairs: dict[str, list[tuple[float, float]]] = {}
    for kind, expected, fact in items:
        if fact:
            pairs.setdefault(kind, []).append((expected, fact))
    return {
        kind: TrackRecord(
            len(each),
            sum(abs(expected / fact - 1) for expected, fact in each) / len(each),
            tuple(fact / expected - 1 for expected, fact in each if expected),
        )
        for kind, each in pairs.items()
    }


class Combined(NamedTuple):
    """The likeliest value of the same days by all that has a past, and the weight of each."""

    value: float
    weights: Mapping[str, float]


def combination_of(
    forecast: float,
    mape: float | None,
    opinions: Mapping[str, float],
    records: Mapping[str, TrackRecord],
) -> Combined | None:
    """`mape` is the forecast's in its back-test. None where no kind of opinion has a past."""
    values = {
        kind: value
        for kind, value in opinions.items()
        if kind in records and records[kind].judged >= LEAST_JUDGED
    }
    if not values or mape is None:
        return None
    squares = {FORECAST: mape**2} | {kind: records[kind].mape ** 2 for kind in values}
    weights = weights_of(squares)
    paths = {FORECAST: [forecast]} | {kind: [value] for kind, value in values.items()}
    return Combined(combined(paths, weights)[0], weights)


def runs_of(spans: Collection[Days]) -> list[tuple[list[date], list[Days]]]:
    """Spans that follow each other, or have days in common, with all days at which they begin and
    end, in order: they are read together, and nothing between others is.
    """
    runs: list[tuple[list[date], list[Days]]] = []
    for first, end in sorted(spans):
        if not runs or first > runs[-1][0][-1]:
            runs.append(([first], []))
        days, alike = runs[-1]
        alike.append((first, end))
        days[:] = sorted({*days, first, end})
    return runs
