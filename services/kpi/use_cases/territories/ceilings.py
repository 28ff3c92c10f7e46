"""Market >= sales >= forecast and goal: what breaks it, in words."""

from datetime import datetime
from decimal import Decimal

from services.kpi.domain.forecast.outcome import Foretold
from services.kpi.domain.forecast.series import steps_from
from services.kpi.domain.goals.goals import Goal
from services.kpi.domain.territories.ceilings import (
    CAPPED,
    Place,
    ceiling_of,
    ground_faults,
    holds_days,
    place_of,
    territories_of,
)
from services.kpi.domain.territories.potential import Potential, foretold_within
from services.kpi.domain.territories.tree import Tree
from services.kpi.repository.forecast.forecasts import WholeForecast, find_latest
from services.kpi.repository.goals.goals import list_of_place, list_resting_on
from services.kpi.repository.territories import potentials as rows
from services.kpi.repository.territories.potentials import PotentialVersion
from services.kpi.repository.territories.territories import lock_territories, read_tree
from shared.database import Session
from shared.errors import InvalidError


async def ground_goal(session: Session, goal: Goal) -> tuple[list[tuple[str, str]], Decimal | None]:
    """What keeps the goal's potentials from being its ground, and what they add up to; without any,
    the least ceiling of the same thing over its days. They do not change until the commit.
    """
    await lock_territories(session)
    tree = await read_tree(session)
    if not goal.potential_ids:
        return [], await _least_ceiling(session, goal, tree)
    versions = await rows.find_latest(session, goal.potential_ids)
    potentials = {key: version.potential for key, version in versions.items()}
    return list(ground_faults(goal, potentials, tree)), ceiling_of(goal, potentials)


async def _least_ceiling(session: Session, goal: Goal, tree: Tree) -> Decimal | None:
    if goal.measure not in CAPPED:
        return None
    versions = await _ceilings(
        session, Place(goal.axis, goal.key), tree, measure=goal.measure, currency=goal.currency
    )
    bounds = [one.potential.bounds for one in versions if holds_days(one.potential, goal)]
    return min((one.sales for one in bounds), default=None)


async def goal_breach(
    session: Session, version: PotentialVersion, tree: Tree, now: datetime
) -> str | None:
    """Which goal that rests on it, or on none, would be out of reach, or on no ground."""
    potential_id, item = version.potential_id, version.potential
    place = place_of(item, tree)
    for one in [] if place is None else await list_of_place(session, place, now.date()):
        goal = one.goal
        is_same = (goal.measure, goal.currency) == (item.measure, item.currency)
        if is_same and holds_days(item, goal) and goal.value > item.bounds.sales:
            return f"the goal {goal.name!r} of {goal.value} is of the same thing"
    for one in await list_resting_on(session, potential_id, now.date()):
        goal = one.goal
        versions = await rows.find_latest(session, goal.potential_ids)
        potentials = {key: each.potential for key, each in versions.items()}
        potentials[potential_id] = item
        ceiling = ceiling_of(goal, potentials)
        if ceiling is not None and goal.value > ceiling:
            return f"the goal {goal.name!r} of {goal.value} rests on it: {ceiling} in all"
        if faults := list(ground_faults(goal, potentials, tree)):
            return f"the goal {goal.name!r} rests on it: {faults[0][1]}"
    return None


async def forecast_breach(session: Session, item: Potential, tree: Tree) -> str | None:
    """The latest forecast of the same thing, where it lies above the sales potential."""
    place = place_of(item, tree)
    if place is None:
        return None
    whole = await find_latest(
        session, measure=item.measure, axis=place.axis, key=place.key, currency=item.currency
    )
    return None if whole is None else _breach(whole, item)


async def require_below_potential(session: Session, whole: WholeForecast) -> None:
    """Raises InvalidError for a forecast that lies above the sales potential of the same thing."""
    await lock_territories(session)
    tree = await read_tree(session)
    head = whole.head
    versions = await _ceilings(
        session, Place(head.axis, head.key), tree, measure=head.measure, currency=head.currency
    )
    breaches = [_breach(whole, version.potential) for version in versions]
    errors = [("/measure", breach) for breach in breaches if breach is not None]
    if errors:
        raise InvalidError("The forecast lies above the sales potential.", errors=errors)


async def _ceilings(
    session: Session, place: Place, tree: Tree, *, measure: str, currency: str | None
) -> list[PotentialVersion]:
    """The potentials that are the ceiling of the place."""
    product = place.key or "" if place.axis == "product" else ""
    return await rows.list_of(
        session,
        territories=territories_of(place, tree),
        product=product,
        measure=measure,
        currency=currency,
    )


def _breach(whole: WholeForecast, item: Potential) -> str | None:
    steps = [Foretold(step.day, step.p10, step.p50, step.p90) for step in whole.steps]
    if not steps:
        return None
    next_day = steps_from(steps[-1].day, whole.head.step, 2)[1]
    value = foretold_within(steps, next_day, item)
    if value <= item.bounds.sales:
        return None
    return (
        f"{item.first} to {item.end}: {value} are forecast, and the sales potential is"
        f" {item.bounds.sales}"
    )
