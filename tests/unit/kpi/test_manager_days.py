"""What falls to a day: days add up to the month, by hours and by weekday, and work by rates."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.organisation.days import part_of_day, weights_of
from services.kpi.domain.organisation.needs import Aim, Ground, day_of, needs_of, rest_of
from services.kpi.domain.periods import period
from services.kpi.domain.working_days import seconds_by_day

ZONE = ZoneInfo("Europe/Moscow")
MARCH = period(date(2026, 3, 1), date(2026, 4, 1), ZONE)
CALENDAR = {"shifts": [{"days": [1, 2, 3, 4, 6], "from": "09:00", "to": "17:00"}]}
GROUND = Ground(20, 8, 8, Decimal(80_000), {"call": 50, "meeting": 12}, 10)


def test_hours_are_those_of_the_calendar() -> None:
    seconds = seconds_by_day(CALENDAR, "Europe/Moscow", MARCH)
    assert len(seconds) == 31
    assert seconds[date(2026, 3, 2)] == 8 * 3600  # a Monday
    assert seconds[date(2026, 3, 6)] == 0  # a Friday
    assert seconds[date(2026, 3, 7)] == 8 * 3600
    for calendar in (None, {"shifts": [{"from": "09:00"}]}):
        usual = seconds_by_day(calendar, "Europe/Moscow", MARCH)
        assert [day.weekday() for day, count in usual.items() if count] == [
            day.weekday() for day in usual if day.weekday() < 5
        ]


def test_a_weekday_weighs_as_it_sells() -> None:
    seconds = {date(2026, 3, 2): 100, date(2026, 3, 3): 100, date(2026, 3, 4): 0}
    weights = weights_of(seconds, {1: 2.0, 2: 0.5, 3: 7.0})
    assert list(weights.values()) == [200_000, 50_000, 0]
    assert weights_of(seconds, {1: 0.0, 2: 0.0}) == seconds, "hours alone"


@given(
    st.integers(0, 10**12),
    st.lists(st.integers(0, 10**6), min_size=31, max_size=31),
    st.integers(0, 30),
)
def test_the_days_left_add_up_exactly(total: int, shares: list[int], first: int) -> None:
    weights = {date(2026, 3, number + 1): share for number, share in enumerate(shares)}
    days = sorted(weights)[first:]
    # As it would be planned this morning: what each of the days left has then.
    rest, parts = total, []
    for day in days:
        part = part_of_day(rest, weights, day)
        assert part >= 0
        parts.append(part)
        rest -= part
        if not weights[day]:
            assert part == 0
    if any(weights[day] for day in days):
        assert sum(parts) == total
    else:
        assert sum(parts) == 0


def test_a_funnel_is_read_from_its_end() -> None:
    needs = needs_of(Aim(Decimal(55_000), None), GROUND)
    # 5.5 sales of 10 000; 2.5 leads, 1.25 offers, 6.25 calls and 1.5 meetings each.
    assert (needs.sales, needs.leads, needs.offers) == (6, 14, 7)
    assert needs.work == {"call": 35, "mail": 0, "message": 0, "meeting": 9}
    own = needs_of(Aim(Decimal(55_000), Decimal(2)), GROUND)
    assert (own.sales, own.leads) == (2, 5), "sales as planned"
    unknown = needs_of(Aim(Decimal(55_000), None), None)
    assert unknown.money == 55_000
    assert unknown.sales is None
    assert unknown.work is None
    assert needs_of(Aim(None, Decimal(3)), None).sales == 3


def test_what_is_done_is_needed_no_more() -> None:
    aim = Aim(Decimal(100), Decimal(3))
    assert rest_of(aim, Aim(Decimal(40), Decimal(5))) == Aim(Decimal(60), Decimal(0))
    assert rest_of(Aim(None, Decimal(3)), Aim(Decimal(1), Decimal(1))) == Aim(None, Decimal(2))


def test_money_is_cut_to_the_kopeck() -> None:
    weights = {date(2026, 3, number): 1 for number in (2, 3, 4)}
    needs = needs_of(Aim(Decimal("100.00"), None), GROUND)
    parts = [day_of(needs, {date(2026, 3, 2): 1, **weights}, date(2026, 3, 2), Decimal("0.01"))]
    assert parts[0].money == Decimal("33.34")
    assert parts[0].work is not None
