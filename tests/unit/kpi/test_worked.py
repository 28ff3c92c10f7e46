"""Working time of many leads at once: what is measured of each of them alone."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.waiting import BIN_ENDS, counts_up_to
from services.kpi.domain.worked import Clocks, Part, choose, measure_groups, measure_steps, times_of
from services.kpi.domain.working_days import Own
from services.kpi.domain.working_time import working_time

MONDAY: Final = datetime(2026, 3, 2, tzinfo=UTC)
ORIGIN: Final = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
NEVER: Final = -(2**63)
OFFICE: Final = '{"shifts": [{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}]}'
NIGHTS: Final = '{"shifts": [{"days": [6, 7], "from": "22:00", "to": "06:00"}]}'
CLOCKS: Final = (
    None,
    Own(None, "Europe/Moscow"),
    Own(OFFICE, "Europe/Moscow"),
    Own(NIGHTS, "America/New_York"),
)
# The clock is changed in New York within these days.
MOMENTS: Final = st.integers(0, 20 * 86_400_000_000).map(
    lambda micros: MONDAY + micros * MICROSECOND
)
STEPS: Final = st.lists(st.tuples(st.sampled_from(CLOCKS), MOMENTS, MOMENTS), max_size=30)
Step = tuple[Own | None, datetime, datetime]


def in_bytes(*moments: datetime | None) -> bytes:
    micros = (NEVER if at is None else (at - ORIGIN) // MICROSECOND for at in moments)
    return b"".join(each.to_bytes(8, "big", signed=True) for each in micros)


def alone(own: Own | None, begin: datetime, end: datetime) -> float:
    """Seconds of one step."""
    if own is None or own.calendar is None:
        return max(0.0, (end - begin).total_seconds())
    span = (MONDAY - timedelta(days=1), MONDAY + timedelta(days=22))
    return working_time(json.loads(own.calendar), own.time_zone, *span).seconds(begin, end)


def near(seconds: Any, expected: list[float]) -> bool:
    values = seconds.tolist()
    return len(values) == len(expected) and all(
        abs(one - other) < 1e-6 for one, other in zip(values, sorted(expected), strict=True)
    )


@given(STEPS, st.lists(st.integers(0, 3), min_size=30, max_size=30))
def test_groups_are_measured_as_each_lead_alone(steps: list[Step], places: list[int]) -> None:
    parts = [Part(own, in_bytes(begin), in_bytes(end)) for own, begin, end in steps]
    numbers = places[: len(steps)]
    *of_groups, every = measure_groups(parts, numbers, 4)
    for number, seconds in enumerate(of_groups):
        assert near(
            seconds, [alone(*s) for s, n in zip(steps, numbers, strict=True) if n == number]
        )
    assert near(every, [alone(*step) for step in steps])


@given(st.lists(st.tuples(st.sampled_from(CLOCKS), *[st.none() | MOMENTS] * 3), max_size=30))
def test_a_step_without_one_of_its_moments_was_not_made(rows: list[Any]) -> None:
    columns = {
        own: [in_bytes(*(row[place] for row in rows if row[0] == own)) for place in (1, 2, 3)]
        for own in {row[0] for row in rows}
    }
    places = [(0, 1), (1, 2), (0, 2)]
    for (begin, end), seconds in zip(places, measure_steps(columns, places), strict=True):
        made = [row for row in rows if row[begin + 1] and row[end + 1]]
        assert near(seconds, [alone(row[0], row[begin + 1], row[end + 1]) for row in made])


@given(STEPS, st.integers(0, 300_000), st.integers(1, 7))
def test_pages_have_all_leads_that_were_fast_enough(
    steps: list[Step], whole_seconds: int, limit: int
) -> None:
    most_seconds = whole_seconds + 5e-7  # between two of the times that there can be
    ids = [UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128) for number in range(30)]
    parts = [
        (Part(own, in_bytes(begin), in_bytes(end)), lead_id.bytes)
        for (own, begin, end), lead_id in zip(steps, ids, strict=False)
    ]
    expected = sorted(
        (
            (end, lead_id)
            for (own, begin, end), lead_id in zip(steps, ids, strict=False)
            if alone(own, begin, end) <= most_seconds
        ),
        reverse=True,
    )
    found: list[tuple[datetime, UUID]] = []
    while True:
        page = choose(parts, most_seconds, found[-1] if found else None, limit)
        assert page.total == len(expected)
        found += [(at, lead_id) for lead_id, at in page.items]
        if len(page.items) < limit:
            break
    assert found == expected
    assert all(first > second for first, second in pairwise(found))


def test_quantiles_lie_between_the_nearest_ranks() -> None:
    (seconds,) = measure_steps(
        {
            None: [
                in_bytes(*[MONDAY] * 4),
                in_bytes(*(MONDAY + timedelta(seconds=n * 30) for n in range(4))),
            ]
        },
        [(0, 1)],
    )
    times = times_of(seconds, (0.5, 0.9), BIN_ENDS)
    assert times.number == 4
    assert times.quantiles == [45.0, 81.0]
    assert times.up_to == counts_up_to([0.0, 30.0, 60.0, 90.0])
    (nothing,) = measure_steps({}, [(0, 1)])
    assert times_of(nothing, (0.5,), (60,)) == (0, [None], [0])


def test_a_calendar_is_worked_out_over_whole_days() -> None:
    assert Clocks.over([]) == Clocks(ORIGIN.date(), ORIGIN.date() + timedelta(days=1))
    assert Clocks.over([]).end == date(2000, 1, 2)
