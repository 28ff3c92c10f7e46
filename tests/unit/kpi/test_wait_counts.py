"""How long steps took, counted from columns of days: what is said of each lead one by one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.periods import period, require_zone
from services.kpi.domain.rollups import wait_counts
from services.kpi.domain.rollups.classes import class_of, middle_of
from services.kpi.domain.rollups.lead_days import DUE, IS_LEAD, KEPT, QUARTERS, Column, lead_day
from services.kpi.domain.rollups.lead_days import Entry as OfDay
from services.kpi.domain.rollups.wait_counts import columns_of, count_waits
from services.kpi.domain.rollups.wait_days import Change, Clock, Grouping, WaitDay
from services.kpi.domain.waiting import BIN_ENDS, NO_WAITS, SHARES, Waits, counts_up_to

FIRST = date(2026, 3, 1)
SECONDS = st.one_of(
    st.none(),
    st.sampled_from([0.0, *(float(end) for end in BIN_ENDS), 3600.000001, 1e9]),
    st.floats(0, 10_000_000),
)
# A value, seconds, whether it is a lead, whether there was a deadline that was kept or not.
LEADS = st.tuples(
    st.sampled_from([None, "", "a", "Москва"]),
    SECONDS,
    st.booleans(),
    st.sampled_from(["", "due", "kept"]),
    st.integers(0, QUARTERS - 1),
)
Lead = tuple[str | None, float | None, bool, str, int]
BITS = (DUE["accept"], KEPT["accept"])
ZONES = ("UTC", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe", "Europe/Moscow")


def day_of(number: int, leads: Sequence[Lead], *, by_clock: bool) -> WaitDay:
    entries = []
    for value, seconds, is_lead, promise, quarter in leads:
        number_of = 0 if seconds is None or not is_lead else class_of(seconds) + 1
        bits = {"": 0, "due": DUE["accept"], "kept": DUE["accept"] | KEPT["accept"]}[promise]
        mark = (IS_LEAD | bits) if is_lead else 0
        entries.append(OfDay(quarter, 0, [value] * 11, mark, (0, number_of, 0, 0)))
    columns = lead_day(entries)
    day = FIRST + timedelta(days=number)
    values = Column(b"", ()) if by_clock else columns.columns[0]
    quarters = columns.quarters if by_clock else b""
    return WaitDay(day, columns.classes[1], columns.promises, values, quarters)


def told(leads: Iterable[tuple[Any, Lead]]) -> tuple[dict[Any, Waits], Waits]:
    groups: dict[Any, list[Lead]] = defaultdict(list)
    every = []
    for key, lead in leads:
        if lead[2]:
            groups[key].append(lead)
            every.append(lead)
    return {key: waits_of(each) for key, each in groups.items()}, waits_of(every)


def waits_of(leads: Sequence[Lead]) -> Waits:
    seconds = sorted(each[1] for each in leads if each[1] is not None)
    places = [floor(share * (len(seconds) - 1)) for share in SHARES]
    return Waits(
        len(seconds),
        [middle_of(class_of(seconds[place])) if seconds else None for place in places],
        counts_up_to(seconds),
        sum(each[3] != "" for each in leads),
        sum(each[3] == "kept" for each in leads),
    )


def same(found: tuple[dict[Any, Waits], Waits], expected: tuple[dict[Any, Waits], Waits]) -> None:
    assert found[0].keys() == expected[0].keys()
    for one, other in (
        *((found[0][key], expected[0][key]) for key in found[0]),
        (found[1], expected[1]),
    ):
        assert one[:1] + one[2:] == (other.leads, other.up_to, other.due, other.kept)
        assert [*one.quantiles] == [*other.quantiles]


def counted(
    days: Sequence[WaitDay], changes: Sequence[Change], grouping: Grouping
) -> tuple[dict[Any, Waits], Waits]:
    return count_waits(columns_of(days, grouping), changes, grouping)


@given(st.lists(st.lists(LEADS, max_size=30), max_size=4), st.integers(600, 3000))
def test_values_are_counted_as_leads_say(days: Sequence[Sequence[Lead]], most: int) -> None:
    """However few groups are counted at once; with changes that take the last day away again."""
    taken = len(days) // 2
    columns = [day_of(number, leads, by_clock=False) for number, leads in enumerate(days)]
    changes = [
        Change(
            lead[0],
            None if lead[1] is None else class_of(lead[1]),
            -1,
            -(lead[3] != ""),
            -(lead[3] == "kept"),
        )
        for leads in days[:taken]
        for lead in leads
        if lead[2]
    ]
    rest = [lead for leads in days[taken:] for lead in leads]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wait_counts, "_MOST_CELLS", most)
        by_value = counted(columns, changes, Grouping(None, True, *BITS))
        unpromised = [each._replace(key=None, due=0, in_time=0) for each in changes]
        whole = counted(columns, unpromised, Grouping())
    same(by_value, told((lead[0], lead) for lead in rest))
    without = [(None, (*lead[:3], "", lead[4])) for lead in rest]
    same(whole, told(without))


@given(
    st.lists(st.lists(LEADS, max_size=30), max_size=12),
    st.sampled_from(ZONES),
    st.sampled_from(["hour", "weekday", "day", "week"]),
)
def test_clocks_are_counted_as_leads_say(
    days: Sequence[Sequence[Lead]], zone: str, name: str
) -> None:
    """In March clocks change in New York, and in April on Lord Howe, by half an hour."""
    key = require_zone(zone)
    first = FIRST - timedelta(days=1)
    span = period(first, FIRST + timedelta(days=16), key)
    bounds = span.steps(name).bounds if name in {"day", "week"} else ()
    columns = [day_of(3 * number, leads, by_clock=True) for number, leads in enumerate(days)]

    def key_of(day: date, quarter: int) -> int:
        at = datetime(day.year, day.month, day.day, 0, 7, tzinfo=UTC)
        shown = (at + quarter * timedelta(minutes=15)).astimezone(key)
        if bounds:
            return sum(bound <= shown for bound in bounds)
        return shown.hour if name == "hour" else shown.isoweekday()

    found = counted(columns, [], Grouping(Clock(name, key, bounds), False, *BITS))
    same(
        found,
        told(
            (key_of(column.day, lead[4]), lead)
            for column, leads in zip(columns, days, strict=True)
            for lead in leads
        ),
    )


@pytest.mark.parametrize("number", [256, 257, 70_000])
def test_more_values_than_a_byte_tells_apart(number: int) -> None:
    leads: list[Lead] = [(f"value {place}", float(place), True, "", 0) for place in range(number)]
    days = [day_of(at, each, by_clock=False) for at, each in enumerate((leads, leads[-3:]))]
    waits, every = counted(days, [], Grouping(has_values=True))
    assert (len(waits), every.leads) == (number, number + 3)
    assert [waits[f"value {place}"].leads for place in (0, number - 1)] == [1, 2]
    assert waits["value 200"].up_to == counts_up_to([200.0])


def test_nothing_is_counted_of_nothing() -> None:
    for grouping in (
        Grouping(),
        Grouping(has_values=True),
        Grouping(Clock("hour", require_zone("UTC"))),
    ):
        waits, every = counted([], [], grouping)
        assert (waits, every.leads, [*every.quantiles]) == ({}, 0, [*NO_WAITS.quantiles])


def test_classes_end_where_bins_do() -> None:
    for end in BIN_ENDS:
        assert class_of(end) < class_of(end + 0.000001)
