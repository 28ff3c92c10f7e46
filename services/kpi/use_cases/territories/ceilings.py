"""Market >= sales >= forecast and goal, at each node that potentials cover: what breaks it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from services.kpi.domain.forecast.outcome import Foretold
from services.kpi.domain.forecast.series import steps_from
from services.kpi.domain.goals.goals import Goal, unplaced_words
from services.kpi.domain.territories.ceilings import CAPPED, Place, ceiling_of, ground_faults
from services.kpi.domain.territories.coverage import PLACES
from services.kpi.domain.territories.covers import Cover, least_of
from services.kpi.domain.territories.potential import foretold_within
from services.kpi.repository.forecast.forecasts import WholeForecast, list_latest_of
from services.kpi.repository.goals.goals import list_open
from services.kpi.repository.territories.territories import lock_territories
from services.kpi.use_cases.territories.limits import (
    Limits,
    read_limits,
    read_limits_of_forecast,
    read_limits_of_goal,
)
from shared.database import Session
from shared.errors import InvalidError

MOST_BREACHES: Final = 10  # that are named at a time


@dataclass(frozen=True, slots=True)
class Window:
    """Days over which potentials cover what is forecast, and both of these; `unplaced` is what of
    the potential is for sales that nobody can place.
    """

    first: date
    end: date
    sales: Decimal
    unplaced: Decimal
    foretold: Decimal


async def ground_goal(
    session: Session, goal: Goal, now: datetime
) -> tuple[list[tuple[str, str]], Cover]:
    """What keeps the goal's potentials from being its ground, and what it may be at most: what they
    add up to, and what all that cover the same thing allow. They do not change until the commit.
    """
    await lock_territories(session)
    if not goal.potential_ids:
        return [], _most(await read_limits_of_goal(session, goal, now), goal)
    limits = await read_limits(session, now)
    return list(ground_faults(goal, limits.potentials, limits.tree)), _most(limits, goal)


def cover_of_goal(limits: Limits, goal: Goal) -> Cover | None:
    """By all potentials, whichever it rests on; None of what potentials are not."""
    place = Place(goal.axis, goal.key)
    return limits.cover(place, goal.measure, goal.currency, (goal.first, goal.end))


def _most(limits: Limits, goal: Goal) -> Cover:
    grounds = Cover(ceiling_of(goal, limits.potentials))
    return least_of([grounds, cover_of_goal(limits, goal)]) or Cover(None)


def windows_of(limits: Limits, whole: WholeForecast) -> list[Window]:
    """The days of potentials over which they cover what is forecast."""
    head = whole.head
    place = Place(head.axis, head.key)
    if place.axis not in PLACES or head.measure not in CAPPED or not whole.steps:
        return []
    steps = [Foretold(step.day, step.p10, step.p50, step.p90) for step in whole.steps]
    next_day = steps_from(steps[-1].day, head.step, 2)[1]
    windows = []
    for first, end in limits.spans(head.measure, head.currency):
        if first >= next_day or end <= steps[0].day:
            continue
        cover = limits.cover(place, head.measure, head.currency, (first, end))
        if cover is not None and cover.sales is not None:
            foretold = foretold_within(steps, next_day, first, end)
            windows.append(Window(first, end, cover.sales, cover.unplaced, foretold))
    return windows


def cover_of_forecast(limits: Limits, whole: WholeForecast) -> Cover | None:
    """Of all its days; None of what potentials are not."""
    head = whole.head
    end = steps_from(whole.steps[-1].day, head.step, 2)[1]
    days = (whole.steps[0].day, end)
    return limits.cover(Place(head.axis, head.key), head.measure, head.currency, days)


async def require_below_potential(session: Session, whole: WholeForecast, now: datetime) -> Limits:
    """Raises InvalidError for a forecast that lies above the sales potential of the same thing;
    returns by what that was told.
    """
    await lock_territories(session)
    limits = await read_limits_of_forecast(session, whole.head, now)
    errors = [("/measure", _words(one)) for one in windows_of(limits, whole) if _is_above(one)]
    if errors:
        raise InvalidError(
            "The forecast lies above the sales potential.", errors=errors[:MOST_BREACHES]
        )
    return limits


def _is_above(window: Window) -> bool:
    return window.foretold > window.sales


def _words(window: Window) -> str:
    return (
        f"{window.first} to {window.end}: {window.foretold:f} are forecast, and the sales potential"
        f" is {window.sales:f}{unplaced_words(window.unplaced)}"
    )


async def breaches_of(
    session: Session, before: Limits, after: Limits, *, now: datetime
) -> list[str]:
    """Which goals and forecasts would lie above what potentials allow, or on no ground, by what
    changes; what did before by as much does not count.
    """
    goals = [version.goal for version in await list_open(session, now.date())]
    breaches = [
        f"the goal {goal.name!r} of {goal.value:f} {breach}"
        for goal in goals
        if (breach := _goal_breach(before, after, goal)) is not None
    ]
    for whole in await list_latest_of(session, axes=sorted(PLACES), measures=sorted(CAPPED)):
        breaches.extend(_forecast_breach(before, after, whole))
    return breaches[:MOST_BREACHES]


def _goal_breach(before: Limits, after: Limits, goal: Goal) -> str | None:
    if goal.potential_ids:
        faults = list(ground_faults(goal, after.potentials, after.tree))
        if faults and not list(ground_faults(goal, before.potentials, before.tree)):
            return f"rests on what would be no ground of it: {faults[0][1]}"
    (most, _, unplaced), was = _most(after, goal), _most(before, goal).sales
    if most is None or goal.value <= most or (was is not None and was <= most):
        return None
    return f"would lie above the sales potential of {most:f}{unplaced_words(unplaced)}"


def _forecast_breach(before: Limits, after: Limits, whole: WholeForecast) -> Iterator[str]:
    was = {(one.first, one.end): one.sales for one in windows_of(before, whole)}
    for window in windows_of(after, whole):
        sales = was.get((window.first, window.end))
        if _is_above(window) and (sales is None or sales > window.sales):
            yield _words(window)
            return
