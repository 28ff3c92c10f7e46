"""Steps told by whole days and few hours are the same as by all their quarters of an hour."""

from bisect import bisect_right
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from services.kpi.domain.periods import Period, period, require_zone
from services.kpi.domain.rollups.steps import LAST_QUARTER, StepDays, step_days

ZONES = ("UTC", "Europe/Moscow", "Asia/Kolkata", "America/New_York", "Europe/London", "Asia/Tokyo",
         "Australia/Lord_Howe", "Pacific/Kiritimati", "Africa/Monrovia")  # fmt: skip
QUARTERS = [LAST_QUARTER * number for number in range(96)]
DAY = timedelta(days=1)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def amount(at: datetime) -> int:
    """What is counted in a quarter of an hour, different of all."""
    return int(at.timestamp()) // 900


def by_quarters(span: Period, bounds: list[datetime]) -> Counter[int]:
    sums: Counter[int] = Counter()
    day = span.first - 2 * DAY
    while day < span.end + 2 * DAY:
        for quarter in QUARTERS:
            at = midnight(day) + quarter
            if bounds[0] <= at < bounds[-1]:
                sums[bisect_right(bounds, at)] += amount(at)
        day += DAY
    return sums


def by_days(days: StepDays, bounds: list[datetime]) -> Counter[int]:
    sums: Counter[int] = Counter()

    def add(at: datetime, number: int) -> None:
        if bounds[0] <= at < bounds[-1]:
            sums[bisect_right(bounds, at)] += number

    def told_at(first: date, end: date) -> datetime:
        return midnight(end) - LAST_QUARTER if days.by_end else midnight(first)

    for block in days.whole:
        every = [midnight(block.first) + DAY * n + q for n in range(block.span) for q in QUARTERS]
        add(told_at(block.first, block.end), sum(map(amount, every)))
    for day in days.shared:
        for at in (midnight(day) + quarter for quarter in QUARTERS):
            if at.hour in days.hours:
                add(at, amount(at))
                add(told_at(day, day + DAY), -amount(at))
    return sums


@given(
    st.sampled_from(ZONES),
    st.dates(date(1970, 1, 2), date(2030, 1, 1)),
    st.integers(1, 120),
    st.sampled_from(["day", "week", "month"]),
)
@example("Europe/London", date(2026, 3, 28), 4, "day")  # two days begin within one of UTC
def test_days_and_hours_tell_steps(zone: str, first: date, length: int, step: str) -> None:
    span = period(first, first + DAY * length, require_zone(zone))
    bounds = list(span.steps(step).bounds)
    assert +by_days(step_days(bounds), bounds) == by_quarters(span, bounds)


def test_few_hours_are_read() -> None:
    for zone, hours in (("Europe/Moscow", [21, 22, 23]), ("America/New_York", [0, 1, 2, 3, 4])):
        bounds = period(date(2025, 1, 1), date(2026, 1, 1), require_zone(zone)).bounds
        assert list(step_days(bounds).hours) == hours
    assert not step_days(
        period(date(2025, 1, 1), date(2026, 1, 1), require_zone("UTC")).bounds
    ).hours
