"""How long leads take to something that has not happened to all of them yet.

A lead to which it has not happened is not left out, nor taken as never: it counts as one that was
watched for so long (censored).
"""

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import NamedTuple


class Duration(NamedTuple):
    """So many leads with an event after `time`, and so many watched for `time` without one."""

    time: float
    events: int
    censored: int


class Point(NamedTuple):
    """After `time` the share `surviving` is still without the event; `error` is its standard error.

    `at_risk` leads had been watched for at least that long.
    """

    time: float
    at_risk: int
    events: int
    surviving: float
    error: float


def survival(durations: Iterable[Duration]) -> list[Point]:
    """The estimate by Kaplan and Meier, a point for each time with an event: the product of
    1 - events / at_risk. The error is Greenwood's: S * sqrt(sum(d / (n * (n - d)))).

    E. L. Kaplan, P. Meier: Nonparametric estimation from incomplete observations, Journal of the
    American Statistical Association 53 (1958), 457-481. Whoever is censored at the time of an event
    still was at risk.
    """
    by_time: dict[float, tuple[int, int]] = {}
    for time, events, censored in durations:
        earlier = by_time.get(time, (0, 0))
        by_time[time] = (earlier[0] + events, earlier[1] + censored)
    at_risk = sum(events + censored for events, censored in by_time.values())
    surviving, variance = 1.0, 0.0
    points: list[Point] = []
    for time in sorted(by_time):
        events, censored = by_time[time]
        if events:
            surviving *= 1 - events / at_risk
            # With nobody left the error is zero, as nothing can change any more.
            variance += events / (at_risk * (at_risk - events)) if at_risk > events else 0.0
            points.append(Point(time, at_risk, events, surviving, surviving * sqrt(variance)))
        at_risk -= events + censored
    return points


def quantile(points: Sequence[Point], share: float) -> float | None:
    """The time by which at least that share has had the event; None if it has not come so far."""
    for point in points:
        if 1 - point.surviving >= share - 1e-12:
            return point.time
    return None


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """At most so many of the points, evenly chosen, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    step = (len(points) - 1) / (most - 1)
    return [points[round(number * step)] for number in range(most)]
