"""Sales of days that are held, whatever became of days, are those that are there now."""

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.sale_columns import counting
from services.kpi.domain.sale_columns.crossed import Crossed
from services.kpi.domain.sale_columns.ledger import Ledger
from services.kpi.domain.sale_columns.stretches import Stretch
from tests.unit.kpi.ledgers import ALL, AXES, Columns, by_day, ledger_of
from tests.unit.kpi.test_sold import SALES, SPAN, Sale, in_time

DAYS = st.sets(st.integers(0, 100).map(lambda days: date(2026, 1, 1) + timedelta(days)))
BOUNDS = SPAN.steps("week").bounds


def _held(columns: Columns | None, stamp: str, days: Sequence[date], sales: list[Sale]) -> Columns:
    """The columns with these days, each of one stretch of these sales."""
    of_days = by_day(sales)
    held = columns or counting.hold_all(dict.fromkeys(ALL), {}, [])
    stretches = [of_days.get(day, Stretch()) for day in sorted(days)]
    return counting.hold_all(held, dict.fromkeys(sorted(days), stamp), stretches)


def _told(ledger: Ledger) -> tuple[object, ...]:
    crossed: Crossed = counting.cross_sales((ledger, ledger), (AXES, AXES), BOUNDS, most=None)
    places = crossed.cells.places(crossed.choice)
    return crossed.total, {place: crossed.figures(number) for number, place in enumerate(places)}


@given(SALES, SALES, DAYS, DAYS)
def test_days_that_are_held_and_others_come_to_the_same(
    items: list[Sale], earlier: list[Sale], first: set[date], second: set[date]
) -> None:
    """Some days were held as they were before, and are read again if they are other ones now."""
    sales = in_time(items)
    columns = _held(None, "before", [*first], in_time(earlier))
    columns = _held(columns, "now", [*second], sales)
    for column in columns.values():
        stamps = dict.fromkeys(first, "before") | dict.fromkeys(second, "now")
        assert column.stamps == stamps
        assert [*column.stamps] == sorted(stamps)
    beside = [sale for sale in sales if sale.at.date() not in second]
    days = sorted(second)
    ledger = counting.open_ledger(columns, days, [*by_day(beside).values()], SPAN)
    assert _told(ledger) == _told(ledger_of([*by_day(sales).values()], SPAN))


@given(SALES, DAYS)
def test_a_part_of_what_is_held_is_told_by_itself(items: list[Sale], days: set[date]) -> None:
    sales = in_time(items)
    every = by_day(sales)
    columns = _held(None, "now", [*every.keys() | days], sales)
    ledger = counting.open_ledger(columns, sorted(days), [], SPAN)
    some = [each for day, each in every.items() if day in days]
    assert _told(ledger) == _told(ledger_of(some, SPAN))
