"""Silence beyond a source's own past: caught soon where much comes, never called at night."""

import math
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.watch import (
    HOURS,
    LEAST_PAST,
    REFUSALS,
    UNLIKELY,
    Profile,
    SourceHealth,
    expected_number,
    hour_of_week,
    judge,
    profile_of,
)

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)  # a Monday, noon in Moscow
HOUR = timedelta(hours=1)
WEEKS = 6


def rate_at(hour: datetime, zone: ZoneInfo, rate: float) -> float:
    """Office hours: nine to six, Monday to Friday."""
    local = hour.astimezone(zone)
    return rate if local.weekday() < 5 and 9 <= local.hour < 18 else 0.0


def poisson(rate: float, draw: random.Random) -> int:
    count, product, bound = 0, draw.random(), math.exp(-rate)
    while product > bound:
        count, product = count + 1, product * draw.random()
    return count


def past(rate: float, *, zone: ZoneInfo = MOSCOW, seed: int = 1) -> dict[datetime, int]:
    draw = random.Random(seed)
    start = NOW - timedelta(weeks=WEEKS)
    hours = (start + HOUR * step for step in range(WEEKS * HOURS))
    counts = {hour: poisson(rate_at(hour, zone, rate), draw) for hour in hours}
    return {hour: count for hour, count in counts.items() if count}


def learned(counts: Mapping[datetime, int], zone: ZoneInfo = MOSCOW) -> Profile:
    profile = profile_of(counts, first_at=NOW - timedelta(weeks=WEEKS), now=NOW, zone=zone)
    assert profile is not None
    return profile


def health(profile: Profile, *, since: datetime, until: datetime) -> SourceHealth:
    expected = expected_number(profile, since=since, until=until, zone=MOSCOW)
    return judge(profile, expected=expected, refusals=0).health


def test_a_busy_source_is_missed_within_hours_and_not_in_its_night() -> None:
    profile = learned(past(6.0))
    friday_six = NOW - timedelta(days=2, hours=18)
    assert health(profile, since=friday_six, until=NOW - timedelta(hours=3)) == "usual"
    assert health(profile, since=friday_six, until=NOW + timedelta(hours=1)) == "silent"
    assert health(profile, since=NOW, until=NOW + timedelta(minutes=30)) == "usual"
    assert health(profile, since=NOW, until=NOW + timedelta(hours=4)) == "silent"


def test_a_rare_source_is_given_days() -> None:
    profile = learned(past(0.2))
    assert health(profile, since=NOW, until=NOW + timedelta(days=2)) == "usual"
    assert health(profile, since=NOW, until=NOW + timedelta(days=21)) == "silent"


def test_who_sends_in_bursts_is_given_longer() -> None:
    even = dict.fromkeys(past(6.0), 6)
    bursts = {hour: 60 if place % 10 == 0 else 0 for place, hour in enumerate(even)}
    until = NOW + timedelta(hours=5)
    assert health(learned(even), since=NOW, until=until) == "silent"
    assert health(learned(bursts), since=NOW, until=until) == "usual"


@pytest.mark.parametrize(
    ("first_at", "counts"),
    [
        (NOW - LEAST_PAST + HOUR, past(6.0)),
        (NOW - timedelta(weeks=WEEKS), dict.fromkeys(list(past(6.0))[:19], 1)),
        (NOW - timedelta(weeks=WEEKS), {}),
        (NOW + timedelta(days=1), {}),
    ],
    ids=["six days", "nineteen in all", "nothing", "a clock ahead"],
)
def test_too_little_past_is_not_judged(first_at: datetime, counts: dict[datetime, int]) -> None:
    assert profile_of(counts, first_at=first_at, now=NOW, zone=MOSCOW) is None
    assert judge(None, expected=0.0, refusals=0).health == "learning"


def test_refusals_in_a_row_count_before_silence() -> None:
    profile = learned(past(6.0))
    assert judge(profile, expected=100.0, refusals=REFUSALS - 1).health == "silent"
    assert judge(profile, expected=0.0, refusals=REFUSALS).health == "refused"
    assert judge(None, expected=0.0, refusals=REFUSALS).health == "refused"


def test_a_week_of_a_profile_is_what_came_in_a_week() -> None:
    counts = past(6.0)
    assert learned(counts).a_week == pytest.approx(sum(counts.values()) / WEEKS, rel=0.05)


def test_the_hours_are_those_of_the_sources_own_clock() -> None:
    spring = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert hour_of_week(spring, BERLIN) == 6 * 24 + 1
    assert hour_of_week(spring + HOUR, BERLIN) == 6 * 24 + 3
    assert hour_of_week(datetime(2026, 1, 4, 23, 30, tzinfo=UTC), MOSCOW) == 2


@given(
    rates=st.lists(st.floats(0, 1000), min_size=HOURS, max_size=HOURS),
    minutes=st.lists(st.integers(0, 60_000), min_size=3, max_size=3),
)
def test_what_is_expected_adds_up(rates: list[float], minutes: list[int]) -> None:
    profile = Profile(tuple(rates), 1.0)
    first, middle, last = (NOW - timedelta(minutes=back) for back in sorted(minutes, reverse=True))

    def number(since: datetime, until: datetime) -> float:
        return expected_number(profile, since=since, until=until, zone=BERLIN)

    if last - first <= timedelta(weeks=5):
        whole = number(first, last)
        assert whole == pytest.approx(number(first, middle) + number(middle, last), abs=1e-6)
    assert number(last, first) == 0.0 or first == last


def test_an_honest_source_is_hardly_ever_called_silent() -> None:
    """Six weeks of Poisson arrivals: of all gaps between two, next to none is called a silence."""
    draw = random.Random(5)
    profile = learned(past(6.0, seed=5))
    gaps, alarms, last = 0, 0, NOW
    moment = NOW
    for _ in range(20_000):
        moment += timedelta(minutes=5)
        if draw.random() < rate_at(moment, MOSCOW, 6.0) / 12:
            gaps += 1
            alarms += health(profile, since=last, until=moment) == "silent"
            last = moment
    assert gaps > 1000
    assert alarms <= max(2, gaps * UNLIKELY * 20)
