"""Days as columns of bytes: whatever is counted by them is what entries say one by one."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.periods import period, require_zone
from services.kpi.domain.rollups import day_counts
from services.kpi.domain.rollups.blocks import runs
from services.kpi.domain.rollups.day_counts import Day, classed_of, entries_of, groups_of
from services.kpi.domain.rollups.lead_days import (
    AXES,
    MEASURES,
    QUARTERS,
    Column,
    Entry,
    digest_of,
    lead_day,
    marks_between,
    quarter_of,
    steps_of,
)
from services.kpi.domain.rollups.tally import measured, packed, received
from services.kpi.domain.rollups.wait_days import Clock
from services.kpi.domain.waiting import STEPS
from services.kpi.repository.reports import day_blocks

VALUES = st.one_of(st.none(), st.sampled_from(["", "Москва", "a", "b"]), st.text(max_size=3))
ZONES = ("UTC", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe")
ENTRIES = st.builds(
    Entry,
    quarter=st.integers(0, QUARTERS - 1),
    mark=st.integers(0, 2 ** len(MEASURES) - 1),
    values=st.tuples(*[VALUES] * len(AXES)),
    promise=st.integers(0, 31),
    classes=st.tuples(*[st.integers(0, 1200)] * len(STEPS)),
)
DAYS = st.lists(st.lists(ENTRIES, max_size=40), min_size=1, max_size=4)
FIRST = date(2024, 3, 1)
TOUCH = [*STEPS].index("first_touch")
CONTACTED = 1 << MEASURES.index("contacted")


def days_of(
    days: Iterable[Sequence[Entry]], width: int, *, with_classes: bool = False
) -> list[Day]:
    columns = [lead_day(entries) for entries in days]
    return [
        Day(FIRST, each.marks, each.columns[:width], each.classes[TOUCH] if with_classes else b"")
        for each in columns
    ]


def counted(*parts: Sequence[Day]) -> dict[Any, list[int]]:
    groups = groups_of([entries_of(days, None, ()) for days in parts])
    assert all(groups.values())
    return {key: measured(counts) for key, counts in groups.items()}


def said(entries: Iterable[Entry], width: int) -> dict[Any, list[int]]:
    numbers: dict[Any, list[int]] = {}
    for entry in entries:
        of_group = numbers.setdefault(tuple(entry.values[:width]), [0] * len(MEASURES))
        for at in range(len(MEASURES)):
            of_group[at] += entry.mark >> at & 1
    return {key: each for key, each in numbers.items() if any(each)}


@given(DAYS, DAYS, st.integers(1, 3), st.sampled_from((0, 4, 10**6)))
def test_columns_count_what_entries_say(
    days: Sequence[Sequence[Entry]], others: Sequence[Sequence[Entry]], width: int, most: int
) -> None:
    """Days of one part and of several, of many groups and of few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(day_counts, "_MOST_CELLS", most)
        numbers = counted(days_of(days, width), days_of(others, width))
    assert numbers == said(chain(*days, *others), width)


@pytest.mark.parametrize("number", [255, 256, 257, 1000, 66_000])
def test_more_values_than_a_byte_tells_apart(number: int) -> None:
    """Also days that have few of many values."""
    values = [f"value {place}" for place in range(number)]
    days = [
        [Entry(0, 1, [name, *[None] * (len(AXES) - 1)]) for name in names]
        for names in (values, values[-3:])
    ]
    assert counted(days_of(days, 2)) == said(chain.from_iterable(days), 2)


def test_groups_of_three_dimensions_may_be_any_number() -> None:
    days = [[Entry(0, 1, [*[str(at)] * 3, *[None] * (len(AXES) - 3)]) for at in range(66_000)]]
    assert counted(days_of(days, 3)) == {(str(at),) * 3: [1, 0, 0, 0, 0, 0] for at in range(66_000)}


COUNTS = st.lists(st.integers(0, 2**31 - 1), min_size=len(MEASURES), max_size=len(MEASURES))


@given(COUNTS, COUNTS)
def test_numbers_add_up_as_the_counts_they_hold(one: list[int], other: list[int]) -> None:
    pairs = [*zip(one, other, strict=True)]
    both = packed(one) + packed(other)
    assert measured(both) == [sum(pair) for pair in pairs]
    assert received(both) == sum(pairs[0])
    assert measured(both - packed(other)) == one


@given(DAYS, DAYS)
def test_columns_collect_classes(
    days: Sequence[Sequence[Entry]], others: Sequence[Sequence[Entry]]
) -> None:
    """Of those that were contacted, by the first column."""
    expected = defaultdict(list)
    told = [
        [entry._replace(classes=[max(1, number) for number in entry.classes]) for entry in entries]
        for entries in (*days, *others)
    ]
    for entry in chain.from_iterable(told):
        if entry.mark & CONTACTED:
            expected[(entry.values[0],)].append(entry.classes[TOUCH] - 1)
    parts = (told[: len(days)], told[len(days) :])
    classes, total = classed_of(
        [entries_of(days_of(part, 1, with_classes=True), None, ()) for part in parts]
    )
    collected = {key: array("H", each).tolist() for key, each in classes.items()}
    assert collected == {key: sorted(each) for key, each in expected.items()}
    assert total == Counter(chain.from_iterable(expected.values()))


@given(
    DAYS.filter(any),
    st.sampled_from(ZONES),
    st.sampled_from(["day", "week", "month"]),
    st.integers(0, 20),
)
def test_steps_of_time_are_told_by_their_first_days(
    days: Sequence[Sequence[Entry]], zone: str, step: str, before: int
) -> None:
    """What came before the first of them, or after the last, is of none."""
    span = period(FIRST + timedelta(days=before), FIRST + timedelta(days=40), require_zone(zone))
    first_days, bounds = span.steps(step)
    expected: dict[Any, int] = Counter()
    columns = []
    for number, entries in enumerate(days):
        each, day = lead_day(entries), FIRST + timedelta(days=14 * number)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        for entry in entries:
            at = midnight + timedelta(minutes=15 * entry.quarter)
            place = sum(bound <= at for bound in bounds)
            first = first_days[place - 1] if 0 < place < len(bounds) else None
            expected[(first, entry.values[0])] += entry.mark & 1
        columns.append(Day(day, each.marks, [each.quarters, each.columns[0]]))
    clock = Clock(step, span.zone, bounds)
    groups = groups_of([entries_of(columns, clock, first_days)])
    numbers = {key: received(counts) for key, counts in groups.items() if received(counts)}
    assert numbers == {key: count for key, count in expected.items() if count}


def test_marks_say_who_got_how_far() -> None:
    """Bits in the order of the measures: two contacted, one of them won, one only received."""
    entries = [Entry(0, mark, ["a"] * len(AXES)) for mark in (0b1111, 0b11111, 0b1)]
    assert counted(days_of([entries], 1)) == {("a",): [3, 2, 2, 2, 1, 0]}


@given(
    st.sampled_from(ZONES),
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


@given(
    st.lists(ENTRIES, max_size=20),
    st.sampled_from(ZONES),
    st.dates(date(2024, 3, 1), date(2024, 3, 9)),
    st.integers(1, 5),
)
def test_entries_beside_a_period_count_nothing(
    entries: list[Entry], zone: str, first: date, days: int
) -> None:
    day = date(2024, 3, 5)
    span = period(first, first + timedelta(days=days), require_zone(zone))
    columns = lead_day(entries)
    marks = marks_between(day, columns.marks, columns.quarters, span.begins_at, span.ends_at)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    moments = [midnight + timedelta(minutes=15 * entry.quarter) for entry in entries]
    inside = [span.begins_at <= at < span.ends_at for at in moments]
    assert [*marks] == [
        entry.mark * is_inside for entry, is_inside in zip(entries, inside, strict=True)
    ]


@given(st.lists(ENTRIES, max_size=20), st.lists(ENTRIES, max_size=20))
def test_days_of_one_digest_are_counted_alike(one: list[Entry], other: list[Entry]) -> None:
    digests = [digest_of(lead_day(day)) for day in (one, other)]
    assert (digests[0] == digests[1]) == (one == other)


def test_steps_of_time_are_counted_of_their_own_days() -> None:
    """Days of other dates may be the same in all else."""
    span = period(date(2026, 1, 1), date(2026, 3, 1), require_zone("Asia/Kathmandu"))
    days = [[SimpleNamespace(day=date(2026, month, 3), digest=b"same")] for month in (1, 2)]
    by_value, by_step = (day_blocks.Wish(span, names) for names in (["region"], ["region", "day"]))
    assert len({by_value.name(each) for each in days}) == 1
    assert len({by_step.name(each) for each in days}) == 2


def test_a_day_without_anything_has_empty_columns() -> None:
    assert lead_day([]).columns == [Column(b"", [])] * len(AXES)


def test_runs_are_of_days_that_follow_one_another() -> None:
    days = [date(2024, 2, day) for day in (1, 2, 3, 5, 7, 8, 9, 10)]
    assert runs(days, 2) == [
        (date(2024, 2, 1), date(2024, 2, 4)),
        (date(2024, 2, 7), date(2024, 2, 11)),
    ]
    assert runs([], 1) == []
