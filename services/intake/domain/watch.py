"""Whether a source is silent for longer than it ever should be, by its own past.

Arrivals are taken as a Poisson process with a rate for each hour of the week, in the source's own
time zone: that nothing comes while E are expected has the chance exp(-E). Where arrivals come in
bursts, E is divided by their index of dispersion (variance over mean, at least 1).
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

HOURS = 168
PAST = timedelta(weeks=8)  # of a source, from which its rates are learned
LEAST_PAST = timedelta(days=7)
LEAST_NUMBER = 20  # submissions in the past, before a silence is judged
UNLIKELY = 1e-4  # the chance of a silence that is taken for a fault
LONGEST_SILENCE = timedelta(weeks=5)  # beyond it a longer silence says nothing more
REFUSALS = 5  # in a row, before they are taken for a wrong secret
_HOUR = timedelta(hours=1)
_WEIGHTS = ((-1, 0.25), (0, 0.5), (1, 0.25))  # of an hour's neighbours: people are not punctual


class SourceHealth(StrEnum):
    """`learning`: too little past. `silent`: it should have sent by now. `refused`: its latest
    deliveries proved nothing.
    """

    USUAL = "usual"
    LEARNING = "learning"
    SILENT = "silent"
    REFUSED = "refused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Profile:
    """Submissions an hour by the hour of the week (0 is Monday, 0:00), and their dispersion."""

    rates: tuple[float, ...]
    dispersion: float

    @property
    def a_week(self) -> float:
        return sum(self.rates)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`expected` is how many should have come since the last one."""

    health: SourceHealth
    expected: float


def profile_of(
    counts: Mapping[datetime, int], *, first_at: datetime, now: datetime, zone: tzinfo
) -> Profile | None:
    """The profile of the past weeks; None while there is too little of it.

    `counts` are submissions by full UTC hour, hours without any left out; `first_at` is when the
    source was first heard of.
    """
    since = max(full_hour(first_at) + _HOUR, full_hour(now - PAST))
    until = full_hour(now)
    if until - since < LEAST_PAST:
        return None
    sums, numbers = [0.0] * HOURS, [0] * HOURS
    for hour in _hours(since, until):
        place = hour_of_week(hour, zone)
        sums[place] += counts.get(hour, 0)
        numbers[place] += 1
    if sum(sums) < LEAST_NUMBER:
        return None
    rates = tuple(_rate(sums, numbers, place) for place in range(HOURS))
    deviations = sum(
        (counts.get(hour, 0) - rates[hour_of_week(hour, zone)]) ** 2
        for hour in _hours(since, until)
    )
    mean = sum(rates[place] * numbers[place] for place in range(HOURS))
    return Profile(rates, max(1.0, deviations / mean))


def expected_number(profile: Profile, *, since: datetime, until: datetime, zone: tzinfo) -> float:
    """How many submissions should come between two moments."""
    start = max(since, until - LONGEST_SILENCE)
    number = 0.0
    while start < until:
        end = min(full_hour(start) + _HOUR, until)
        number += profile.rates[hour_of_week(start, zone)] * ((end - start) / _HOUR)
        start = end
    return number


def judge(profile: Profile | None, *, expected: float, refusals: int) -> Verdict:
    """The health of an enabled source; `refusals` are those since anything of it was taken."""
    if refusals >= REFUSALS:
        return Verdict(SourceHealth.REFUSED, expected)
    if profile is None:
        return Verdict(SourceHealth.LEARNING, expected)
    is_silent = expected / profile.dispersion > -math.log(UNLIKELY)
    return Verdict(SourceHealth.SILENT if is_silent else SourceHealth.USUAL, expected)


def hour_of_week(moment: datetime, zone: tzinfo) -> int:
    local = moment.astimezone(zone)
    return local.weekday() * 24 + local.hour


def full_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _hours(since: datetime, until: datetime) -> Iterator[datetime]:
    hour = since
    while hour < until:
        yield hour
        hour += _HOUR


def _rate(sums: list[float], numbers: list[int], place: int) -> float:
    """The mean of an hour of the week, smoothed by its neighbours."""
    weights = [(weight, (place + step) % HOURS) for step, weight in _WEIGHTS]
    divisor = sum(weight * numbers[hour] for weight, hour in weights)
    return sum(weight * sums[hour] for weight, hour in weights) / divisor if divisor else 0.0
