"""Days as columns of bytes: whatever is counted by them is what entries say one by one."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kpi.domain.periods import period, require_zone
from services.kpi.domain.rollups.blocks import runs
from services.kpi.domain.rollups.lead_days import (
    AXES,
    MEASURES,
    QUARTERS,
    Column,
    Entry,
    Tally,
    TooManyValuesError,
    lead_day,
    measured,
    quarter_of,
    steps_of,
)

VALUES = st.one_of(st.none(), st.sampled_from(["", "Москва", "a", "b"]), st.text(max_size=3))
ENTRIES = st.builds(
    Entry,
    quarter=st.integers(0, QUARTERS - 1),
    mark=st.integers(0, 2 ** len(MEASURES) - 1),
    values=st.tuples(*[VALUES] * len(AXES)),
)


def counted(tally: Tally) -> Counter[Any]:
    groups = tally.groups().items()
    return Counter({(*key, mark): count for key, each in groups for mark, count in each.items()})


@settings(deadline=None)
@given(st.lists(st.lists(ENTRIES, max_size=40), max_size=4), st.integers(1, 3))
def test_columns_count_what_entries_say(days: Sequence[Sequence[Entry]], width: int) -> None:
    tally = Tally(width)
    for entries in days:
        columns = lead_day(entries)
        tally.add(columns.marks, columns.columns[:width])
    expected = Counter((*each.values[:width], each.mark) for entries in days for each in entries)
    assert counted(tally) == expected


@pytest.mark.parametrize("number", [255, 256, 257, 1000, 66_000])
def test_more_values_than_a_byte_tells_apart(number: int) -> None:
    """Also days that have few of many values."""
    values = [f"value {place}" for place in range(number)]
    tally = Tally(2)
    for names in (values, values[-3:]):
        entries = [Entry(0, 1, [name, None, *[None] * (len(AXES) - 2)]) for name in names]
        columns = lead_day(entries)
        tally.add(columns.marks, columns.columns[:2])
    expected = Counter({(name, None, 1): 1 for name in values})
    expected.update((name, None, 1) for name in values[-3:])
    assert counted(tally) == expected


def test_keys_of_three_dimensions_tell_65536_values_apart() -> None:
    tally = Tally(3)
    column = lead_day([Entry(0, 1, [str(at), *[None] * 7]) for at in range(65_537)]).columns[0]
    with pytest.raises(TooManyValuesError):
        tally.add(bytes(65_537), [column] * 3)


def test_marks_say_who_got_how_far() -> None:
    """Bits in the order of the measures: two contacted, one of them won, one only received."""
    assert measured(Counter({0b001111: 1, 0b011111: 1, 0b000001: 1})) == [3, 2, 2, 2, 1, 0]


@given(
    st.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe"]),
    st.dates(date(2024, 1, 1), date(2025, 12, 1)),
    st.integers(1, 70),
    st.sampled_from(["day", "week", "month"]),
    st.integers(0, 86_399),
)
def test_quarters_lie_in_the_steps_of_a_zone(
    zone: str, first: date, days: int, step: str, second: int
) -> None:
    span = period(first, first + timedelta(days=days), require_zone(zone))
    steps = span.steps(step)
    for day in (first, first + timedelta(days=days // 2)):
        at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)
        number = steps_of(day, steps.bounds)[quarter_of(at)]
        assert number == sum(bound <= at for bound in steps.bounds)


def test_a_day_without_anything_has_empty_columns() -> None:
    assert lead_day([]).columns == [Column(b"", [])] * len(AXES)


def test_runs_are_of_days_that_follow_one_another() -> None:
    days = [date(2024, 2, day) for day in (1, 2, 3, 5, 7, 8, 9, 10)]
    assert runs(days, 2) == [
        (date(2024, 2, 1), date(2024, 2, 4)),
        (date(2024, 2, 7), date(2024, 2, 11)),
    ]
    assert runs([], 1) == []
