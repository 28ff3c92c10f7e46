"""Working time by calendars, counted by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.working_time import working_time

HOUR = 3600.0
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
OFFICE = {"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}
TUESDAY_NOON = {"from": "2026-03-03T12:00", "to": "2026-03-03T14:00"}
LUNCH = {"breaks": [{"from": "13:00", "to": "14:00"}]}


def hours(calendar: dict[str, Any] | None, days: float = 7, *, zone: str = "UTC") -> float:
    end = MONDAY + timedelta(days=days)
    return working_time(calendar, zone, MONDAY, end).seconds(MONDAY, end) / HOUR


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [
        (None, 168),
        ({"shifts": [OFFICE]}, 45),
        ({"shifts": [OFFICE | LUNCH]}, 40),
        ({"shifts": [OFFICE], "leave": [{"from": "2026-03-03", "to": "2026-03-04"}]}, 27),
        (
            {"shifts": [OFFICE], "leave": [TUESDAY_NOON]},
            43,
        ),
        ({"shifts": [OFFICE], "days": [{"day": "2026-03-03", "spans": []}]}, 36),
        (
            {
                "shifts": [OFFICE],
                "days": [
                    {
                        "day": "2026-03-07",
                        "spans": [{"from": "10:00", "to": "14:00"}],
                        "replaces": False,
                    }
                ],
            },
            49,
        ),
        ({"shifts": [OFFICE | {"kind": "on_call"}]}, 0),
        ({"shifts": [OFFICE | {"skips": ["2026-03-02"], "valid_until": "2026-03-05"}]}, 27),
        # Two on, two off from the Sunday before: Monday, Thursday, Friday.
        (
            {
                "shifts": [
                    {
                        "days": [1, 2],
                        "cycle": 4,
                        "valid_from": "2026-03-01",
                        "from": "08:00",
                        "to": "20:00",
                    }
                ]
            },
            48 - 12,
        ),
        # Over midnight, with a break on the second day: Monday's last two hours are next week's.
        (
            {
                "shifts": [
                    {
                        "days": [1],
                        "from": "22:00",
                        "to": "06:00",
                        "breaks": [{"from": "02:00", "to": "03:00"}],
                    }
                ]
            },
            7,
        ),
        ({}, 0),
    ],
)
def test_a_week_counted_by_hand(calendar: dict[str, Any] | None, expected: float) -> None:
    assert hours(calendar) == expected


def test_the_zone_and_its_changing_clock() -> None:
    # Moscow begins at six by UTC; a night shift over the change in New York is an hour shorter.
    assert hours({"shifts": [OFFICE]}, days=6.5 / 24, zone="Europe/Moscow") == 0.5
    night = {"days": [6], "from": "22:00", "to": "06:00"}
    assert hours({"shifts": [night]}, days=8, zone="America/New_York") == 7
    # Half past two is skipped there: the shift ends where the clock is put forward.
    early = {"days": [7], "from": "00:00", "to": "02:30"}
    assert hours({"shifts": [early]}, days=8, zone="America/New_York") == 2


def test_between_two_moments() -> None:
    worked = working_time({"shifts": [OFFICE]}, "UTC", MONDAY, MONDAY + timedelta(days=14))
    friday = MONDAY + timedelta(days=4, hours=17, minutes=58)
    assert worked.seconds(friday, friday + timedelta(days=2, hours=15, minutes=5)) == 5 * 60
    assert worked.seconds(friday, friday) == 0
    assert worked.seconds(friday, MONDAY) == 0


@given(st.lists(st.integers(0, 20_000), min_size=3, max_size=3))
def test_time_adds_up(minutes: list[int]) -> None:
    end = MONDAY + timedelta(days=14)
    worked = working_time({"shifts": [OFFICE | LUNCH]}, "Europe/Moscow", MONDAY, end)
    first, second, third = (MONDAY + timedelta(minutes=each) for each in sorted(minutes))
    whole = worked.seconds(first, third)
    assert whole == pytest.approx(worked.seconds(first, second) + worked.seconds(second, third))
    assert 0 <= whole <= (third - first).total_seconds()
