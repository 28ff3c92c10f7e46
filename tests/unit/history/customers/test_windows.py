"""Relative dates in time zones, over months of every length and days of every clock."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.history.domain.segments.windows import (
    PERIODS,
    UNITS,
    Ago,
    Period,
    Window,
    bounds_of,
    moment_of,
    window_of,
)

MOSCOW, NEW_YORK = ZoneInfo("Europe/Moscow"), ZoneInfo("America/New_York")
NOON = datetime(2026, 3, 31, 9, 0, tzinfo=UTC)
MOMENTS = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
ZONES = st.sampled_from(
    ["Europe/Moscow", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe"]
)


@pytest.mark.parametrize(
    ("tree", "since", "until"),
    [
        ({"last": 90, "unit": "days"}, datetime(2025, 12, 31, 9, tzinfo=UTC), None),
        ({"last": 1, "unit": "months"}, datetime(2026, 2, 28, 9, tzinfo=UTC), None),
        ({"last": 2, "unit": "hours"}, datetime(2026, 3, 31, 7, tzinfo=UTC), None),
        ({"last": 1, "unit": "years"}, datetime(2025, 3, 31, 9, tzinfo=UTC), None),
        (
            {"this": "month"},
            datetime(2026, 2, 28, 21, tzinfo=UTC),
            datetime(2026, 3, 31, 21, tzinfo=UTC),
        ),
        (
            {"previous": "quarter"},
            datetime(2025, 9, 30, 21, tzinfo=UTC),
            datetime(2025, 12, 31, 21, tzinfo=UTC),
        ),
        (
            {"this": "week"},
            datetime(2026, 3, 29, 21, tzinfo=UTC),
            datetime(2026, 4, 5, 21, tzinfo=UTC),
        ),
        (
            {"previous": "year"},
            datetime(2024, 12, 31, 21, tzinfo=UTC),
            datetime(2025, 12, 31, 21, tzinfo=UTC),
        ),
    ],
)
def test_what_they_are_in_moscow(
    tree: dict[str, Any], since: datetime, until: datetime | None
) -> None:
    window = window_of(tree)
    assert window is not None
    assert window.is_relative
    assert bounds_of(window, now=NOON, zone=MOSCOW) == (since, until)


def test_a_day_with_another_number_of_hours() -> None:
    after_the_change = datetime(2026, 3, 8, 16, 0, tzinfo=UTC)  # noon, clocks went on at night
    since = moment_of(Ago(1, "days"), now=after_the_change, zone=NEW_YORK)
    assert after_the_change - since == timedelta(hours=23)
    day = bounds_of(Window(period=Period("day", 0)), now=after_the_change, zone=NEW_YORK)
    assert day == (datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 9, 4, tzinfo=UTC))


@given(now=MOMENTS, zone=ZONES, name=st.sampled_from(PERIODS))
def test_now_lies_in_the_present_period_and_the_one_before_ends_where_it_begins(
    now: datetime, zone: str, name: str
) -> None:
    since, until = bounds_of(Window(period=Period(name, 0)), now=now, zone=ZoneInfo(zone))
    _, end_before = bounds_of(Window(period=Period(name, 1)), now=now, zone=ZoneInfo(zone))
    assert since is not None
    assert until is not None
    assert since <= now < until
    assert end_before == since


@given(now=MOMENTS, zone=ZONES, count=st.integers(0, 10_000), unit=st.sampled_from(UNITS))
def test_the_past_is_never_after_now(now: datetime, zone: str, count: int, unit: str) -> None:
    moment = moment_of(Ago(count, unit), now=now, zone=ZoneInfo(zone))
    assert moment <= now + timedelta(hours=2)  # where a clock repeats an hour, the first is meant
    further = moment_of(Ago(count + 1, unit), now=now, zone=ZoneInfo(zone))
    assert further <= moment


@pytest.mark.parametrize(
    "tree",
    [
        {"last": -1, "unit": "days"}, {"last": 1.5, "unit": "days"}, {"last": True, "unit": "days"},
        {"last": 10**9, "unit": "days"}, {"last": 1, "unit": "decades"}, {"this": "era"}, {},
        {"this": "day", "more": 1}, {"this": ["day"]},
    ],
)  # fmt: skip
def test_no_window(tree: dict[str, Any]) -> None:
    assert window_of(tree) is None
