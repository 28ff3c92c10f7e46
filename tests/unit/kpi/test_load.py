"""Levels, steps and people's courses agree with what a naive look at every moment says."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.load.levels import Level, common, micros
from services.kpi.domain.load.people import (
    Span,
    Statuses,
    Terms,
    capacity_of,
    presence_of,
    shifts_of,
)
from services.kpi.domain.load.steps import steps_of
from services.kpi.domain.periods import period, require_zone

CHANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(-3, 3)), max_size=12)
LENGTHS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=6)
START = datetime(2026, 3, 2, tzinfo=UTC)


def values(before: int, changes: list[tuple[int, int]], start: int, end: int) -> list[int]:
    """The level in each unit of time."""
    return [
        before + sum(change for moment, change in changes if moment <= at)
        for at in range(start, end)
    ]


@given(st.integers(0, 3), CHANGES, CHANGES, st.integers(-5, 45), st.integers(1, 30))
def test_a_level_is_what_it_is_at_each_moment(
    before: int,
    changes: list[tuple[int, int]],
    limits: list[tuple[int, int]],
    start: int,
    length: int,
) -> None:
    level, limit = Level.together(before, changes), Level.together(1, limits)
    naive, most = (
        values(first, each, start, start + length)
        for first, each in ((before, changes), (1, limits))
    )
    middle = start + length // 2
    areas = [sum(naive[: length // 2]), sum(naive[length // 2 :])]
    assert level.areas([start, middle, start + length]) == areas
    assert level.peak(start, start + length) == max(naive)
    above = sum(value > bound for value, bound in zip(naive, most, strict=True))
    over = level.above(limit, start, start + length)
    assert sum(end - begin for begin, end in over) == above
    assert Level.of_all([level, limit]).areas([start, start + length]) == [sum(naive) + sum(most)]


def intervals(lengths: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pauses and stretches after one another."""
    edges = [0]
    for pause, stretch in lengths:
        edges += [edges[-1] + pause, edges[-1] + pause + stretch]
    return list(zip(edges[1::2], edges[2::2], strict=True))


@given(LENGTHS, LENGTHS)
def test_what_is_common_is_in_both(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    mine, theirs = intervals(one), intervals(other)
    covered = [{at for start, end in each for at in range(start, end)} for each in (mine, theirs)]
    both = common(mine, theirs)
    assert {at for start, end in both for at in range(start, end)} == covered[0] & covered[1]


def test_hours_follow_the_clock_and_skip_none() -> None:
    cases = {
        ("Europe/Berlin", date(2026, 3, 29)): 23,
        ("Europe/Berlin", date(2026, 10, 25)): 25,
        ("Asia/Kathmandu", date(2026, 3, 29)): 24,
        ("Australia/Lord_Howe", date(2026, 4, 5)): 25,  # half an hour comes twice
        ("Pacific/Apia", date(2011, 12, 30)): 0,  # a day that never was
    }
    for (zone, day), number in cases.items():
        whole = period(day, day + timedelta(days=1), require_zone(zone))
        until = whole.ends_at + timedelta(days=1)
        steps = list(steps_of(whole, "hour", until=until))
        assert len(steps) == number, zone
        assert len(list(steps_of(whole, "day", until=until))) == bool(number)
        assert all(one.ends_at == other.begins_at for one, other in pairwise(steps))
        if steps:
            assert (steps[0].begins_at, steps[-1].ends_at) == (whole.begins_at, whole.ends_at)
        assert list(steps_of(whole, "day", until=whole.begins_at)) == []


def test_capacity_presence_and_shifts_are_those_in_force() -> None:
    calendar = '{"shifts": [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "09:00", "to": "18:00"}]}'
    hours = [START + timedelta(hours=number) for number in range(25)]
    span = Span(START, hours[24])
    terms = [
        Terms(hours[0] - timedelta(days=9), Decimal(4), "UTC", calendar, has_left=False),
        Terms(hours[12], Decimal("2.5"), "UTC", None, has_left=False),
        Terms(hours[20], Decimal(2), "UTC", None, has_left=True),
    ]
    capacity = capacity_of(terms)
    looks = (hours[1], hours[12], hours[21])
    levels = [capacity.areas([micros(at), micros(at) + 1]) for at in looks]
    assert levels == [[4000], [2500], [0]]
    assert shifts_of(terms, span) == [(micros(hours[9]), micros(hours[20]))]
    statuses = Statuses(
        [micros(START - timedelta(days=1)), *(micros(hours[each]) for each in (2, 5, 10, 11))],
        [True, False, True, True, True],
        [None, None, micros(hours[7]), None, micros(hours[23])],
    )
    assert presence_of(statuses, span) == [
        (micros(start), micros(end))
        for start, end in (
            (hours[0], hours[2]),
            (hours[5], hours[7]),
            (hours[10], hours[23]),
        )
    ]
