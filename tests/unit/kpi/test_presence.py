"""Part months: by working time where there is a calendar, by all days where there is none."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.months import days_of
from services.kpi.domain.motivation.presence import Span, Stay, spans_of, worked_part
from services.kpi.domain.motivation.statements import Facts, statement_of
from tests.unit.kpi.paying import USUAL, amounts

ZONE = ZoneInfo("Europe/Moscow")
JUNE = days_of(date(2026, 6, 1), ZONE)  # Monday the 1st to Tuesday the 30th: 22 working days
WEEKDAYS: dict[str, Any] = {"shifts": [{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}]}
moments = st.integers(0, 92 * 24 * 60).map(
    lambda minutes: datetime(2026, 5, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 6, day, hour, tzinfo=ZONE)


def stay(came: datetime | None = None, left: datetime | None = None, calendar: Any = None) -> Stay:
    return Stay([Span(came, left)], calendar, "Europe/Moscow")


def test_without_a_calendar_all_days_count() -> None:
    assert worked_part(stay(), JUNE) == 1
    assert worked_part(stay(came=at(16)), JUNE) == Fraction(15, 30)  # the 16th counts whole
    assert worked_part(stay(left=at(3)), JUNE) == Fraction(3, 30)
    assert worked_part(stay(came=at(10), left=at(12)), JUNE) == Fraction(3, 30)
    assert worked_part(stay(left=at(1) - timedelta(days=1)), JUNE) == 0
    assert worked_part(stay(came=at(30) + timedelta(days=1)), JUNE) == 0


def test_with_a_calendar_working_time_counts() -> None:
    # From Monday the 15th on there are 12 of the 22 working days.
    assert worked_part(stay(came=at(15), calendar=WEEKDAYS), JUNE) == Fraction(12, 22)
    assert worked_part(stay(came=at(13), calendar=WEEKDAYS), JUNE) == Fraction(12, 22)
    assert worked_part(stay(came=at(15), calendar={"shifts": []}), JUNE) == Fraction(16, 30)
    assert worked_part(stay(came=at(15), calendar={"shifts": [{"days": [1]}]}), JUNE) == Fraction(
        16, 30
    )


def test_whoever_came_back_is_paid_for_the_days_between_in_neither_month() -> None:
    changes = [(at(1), None), (at(5), at(5)), (at(6), at(5)), (at(21), None), (at(25), None)]
    spans = spans_of(changes)
    assert spans == [Span(at(1), at(5)), Span(at(21), None)]
    assert worked_part(Stay(spans, None, "UTC"), JUNE) == Fraction(15, 30)
    # Left and back on one day: it counts once.
    again = spans_of([(at(1), None), (at(5), at(5, 10)), (at(5, 15), None)])
    assert len(again) == 2
    assert worked_part(Stay(again, None, "UTC"), JUNE) == 1
    assert [one.meets(JUNE) for one in spans_of([(at(1) - timedelta(days=9), at(1, 0))])] == [True]


@given(st.lists(moments, min_size=2, max_size=6))
def test_days_away_are_taken_off_once(times: list[datetime]) -> None:
    """Told day by day, as whoever reads it would count."""
    ordered = sorted(times)
    changes = [(at_, at_ if place % 2 else None) for place, at_ in enumerate(ordered)]
    part = worked_part(Stay(spans_of(changes), None, "UTC"), JUNE)
    days = set()
    for came, left in zip(ordered[::2], [*ordered[1::2], None], strict=False):
        day, last = came.astimezone(ZONE).date(), (left or at(30)).astimezone(ZONE).date()
        while day <= last:
            days.add(day)
            day += timedelta(days=1)
    june = [day for day in days if day.year == 2026 and day.month == 6]
    assert part == Fraction(len(june), 30)


@given(moments, moments)
def test_a_part_lies_between_nothing_and_all_and_parts_add_up(
    one: datetime, other: datetime
) -> None:
    came, left = min(one, other), max(one, other)
    part = worked_part(stay(came, left), JUNE)
    assert 0 <= part <= 1
    # Up to the day before coming, and from it on, is the whole month.
    day = came.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    before = worked_part(stay(left=day - timedelta(seconds=1)), JUNE)
    assert before + worked_part(stay(came=came), JUNE) == 1


def test_base_and_floor_go_by_the_part_and_bonuses_do_not() -> None:
    facts = Facts(target=Decimal(100), company=Fraction(1), worked=Fraction(1, 3))
    statement = statement_of(USUAL, facts)
    assert amounts(statement)["base"] == Decimal("13333.33")
    base = statement.lines[0]
    assert (base.formula, base.inputs["worked"]) == ("base * worked", Fraction(1, 3))
    terms = replace(USUAL, floor=Decimal(45000))
    statement = statement_of(terms, facts)
    assert statement.payout == 15000
    assert statement.lines[-1].formula == "floor * worked - earned"
    whole = statement_of(USUAL, replace(facts, worked=Fraction(1)))
    assert (whole.lines[0].formula, whole.lines[0].amount) == ("base", Decimal(40000))
