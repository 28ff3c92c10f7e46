"""What is still to be done for a goal, and when a forecast can stand beside it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.forecast.outcome import Foretold
from services.kpi.domain.forecast.past import Measure
from services.kpi.domain.goals.goals import Goal, flaws, progress_of
from services.kpi.domain.goals.outlook import outlook_of, rest_of
from services.kpi.domain.working_days import NONE_OFF, usual_days

FIRST = date(2026, 3, 1)
GOAL = Goal(
    name="March",
    measure=Measure.REVENUE,
    unit="RUB",
    value=Decimal(310),
    first=FIRST,
    end=date(2026, 4, 1),
    time_zone="UTC",
    axis="company",
    key=None,
    owner="Boris",
    challenge="more than ever",
)


def days(first: date, count: int) -> list[Foretold]:
    return [
        Foretold(first + timedelta(days=number), Decimal(5), Decimal(10), Decimal(20))
        for number in range(count)
    ]


@given(st.integers(-40, 60), st.decimals(0, 10**9, places=2))
def test_what_each_day_left_must_bring_reaches_the_goal(shift: int, done: Decimal) -> None:
    working = usual_days("weekdays", None, FIRST, GOAL.end, NONE_OFF)
    progress = progress_of(GOAL, done, FIRST + timedelta(days=shift), working)

    assert progress.days_over + progress.days_left == 22
    assert progress.missing == max(GOAL.value - done, Decimal(0))
    if progress.days_left:
        assert progress.required_daily is not None
        reached = progress.required_daily * int(progress.days_left)
        assert abs(reached - (progress.missing or 0)) <= Decimal("0.005") * 31
    else:
        assert progress.required_daily is None


def test_a_goal_is_reachable_up_to_its_potential() -> None:
    at_most = replace(GOAL, potential=GOAL.value)
    above = replace(at_most, value=GOAL.value + 1)
    assert list(flaws(at_most, FIRST)) == []
    assert [field for field, _ in flaws(above, FIRST)] == ["value"]
    assert [field for field, _ in flaws(GOAL, GOAL.end)] == ["to"]


def test_only_whole_steps_up_to_the_end_stand_beside_a_goal() -> None:
    rest = rest_of(GOAL, days(date(2026, 3, 11), 40), "day")
    assert rest is not None
    assert (rest[0].day, len(rest)) == (date(2026, 3, 11), 21)
    assert outlook_of(GOAL, Decimal(70), rest).gap == GOAL.value - 70 - 210
    assert rest_of(GOAL, days(date(2026, 3, 11), 20), "day") is None
    assert rest_of(GOAL, days(date(2026, 5, 1), 20), "day") is None
    earlier = rest_of(GOAL, days(date(2026, 2, 20), 40), "day")
    assert earlier is not None
    assert (earlier[0].day, len(earlier)) == (FIRST, 31)
    weeks = [item for item in days(date(2026, 2, 23), 40) if item.day.weekday() == 0]
    assert rest_of(GOAL, weeks, "week") is None
    check = replace(GOAL, measure=Measure.AVERAGE_CHECK)
    assert rest_of(check, days(FIRST, 31), "day") is None
