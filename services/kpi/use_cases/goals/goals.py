"""Goals: what is none is refused with the field named; corrections say why, and all are kept."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.forecast.outcome import Foretold
from services.kpi.domain.forecast.past import StepFacts, value_of
from services.kpi.domain.goals.goals import Goal, Progress, flaws, progress_of
from services.kpi.domain.goals.outlook import outlook_of, rest_of
from services.kpi.domain.periods import day_begin
from services.kpi.repository.forecast.forecasts import find_latest
from services.kpi.repository.forecast.past import facts_by_step
from services.kpi.repository.goals import goals as rows
from services.kpi.repository.goals.goals import GoalVersion
from services.kpi.repository.reports.figures import list_manager_names
from services.kpi.use_cases.errors import GoalWithdrawnError, require_version
from services.kpi.use_cases.forecast.past import require_key
from services.kpi.use_cases.territories.ceilings import ground_goal
from services.kpi.use_cases.working_days import DaysWish, read_calendars
from shared.database import Session
from shared.errors import InvalidError
from shared.ids import new_id

PROGRAMME: Final = "programme"  # a kind of correction


def _today(goal: Goal, now: datetime) -> date:
    return now.astimezone(ZoneInfo(goal.time_zone)).date()


async def require_goal(session: Session, goal: Goal, now: datetime) -> Goal:
    """The goal with the key as it is stored, and with its sales potential. Raises InvalidError that
    names each field.
    """
    errors, most = await ground_goal(session, goal, now)
    goal = replace(goal, potential=most.sales)
    errors = [*flaws(goal, _today(goal, now), unplaced=most.unplaced), *errors]
    if errors:
        pointers = [(f"/{name}", detail) for name, detail in errors]
        raise InvalidError("It is no goal.", errors=pointers)
    key = require_key(goal.axis, goal.key) or None
    if goal.axis == "manager" and key and UUID(key) not in await list_manager_names(session):
        errors = [("/key", "there is no such manager")]
        raise InvalidError("Nobody can reach the goal.", errors=errors)
    return replace(goal, key=key)


async def create_goal(session: Session, goal: Goal, *, actor: str, now: datetime) -> GoalVersion:
    """Raises InvalidError."""
    item = GoalVersion(
        goal_id=new_id(),
        version=1,
        goal=await require_goal(session, goal, now),
        kind="set",
        reason=None,
        changed_at=now,
        changed_by=actor,
    )
    await rows.add_version(session, item)
    return item


async def correct_goal(
    session: Session,
    goal_id: UUID,
    goal: Goal,
    *,
    version: int,
    kind: str,
    reason: str,
    actor: str,
    now: datetime,
) -> GoalVersion:
    """A new version; what was before stays. Raises InvalidError, NotFoundError,
    StaleVersionError, GoalWithdrawnError.
    """
    latest = await _lock(session, goal_id, version)
    result = await require_goal(session, goal, now)
    if kind == PROGRAMME:
        _require_same(latest.goal, result)
    item = GoalVersion(
        goal_id=goal_id,
        version=version + 1,
        goal=result,
        kind=kind,
        reason=reason,
        changed_at=now,
        changed_by=actor,
    )
    await rows.add_version(session, item)
    return item


async def withdraw_goal(
    session: Session, goal_id: UUID, *, version: int, reason: str, actor: str, now: datetime
) -> GoalVersion:
    """Nothing is held against it any more; it stays with what it was. Raises NotFoundError,
    StaleVersionError, GoalWithdrawnError.
    """
    latest = await _lock(session, goal_id, version)
    item = replace(
        latest,
        version=version + 1,
        kind=rows.WITHDRAWN,
        reason=reason,
        changed_at=now,
        changed_by=actor,
    )
    await rows.add_version(session, item)
    return item


async def _lock(session: Session, goal_id: UUID, version: int) -> GoalVersion:
    """Its latest version, for another one. Raises NotFoundError, StaleVersionError,
    GoalWithdrawnError.
    """
    latest = await rows.lock_latest(session, goal_id)
    require_version(latest.version, version)
    if latest.kind == rows.WITHDRAWN:
        raise GoalWithdrawnError("The goal was withdrawn: set another one.")
    return latest


def _require_same(before: Goal, goal: Goal) -> None:
    """A programme is how a goal is to be reached: what the goal is stays. Raises InvalidError."""
    names = {
        "measure": "measure",
        "unit": "unit",
        "value": "value",
        "first": "from",
        "end": "to",
        "axis": "axis",
        "key": "key",
    }
    errors = [
        (f"/{member}", "stays in a correction of the programme: correct the goal")
        for name, member in names.items()
        if getattr(before, name) != getattr(goal, name)
    ]
    if errors:
        raise InvalidError("Only the programme may change.", errors=errors)


async def measure_progress(
    session: Session, goal: Goal, *, home: str | None, now: datetime
) -> Progress:
    """How far the goal is at this moment, by the working days of whom it is of; `home` is the
    company's country.
    """
    zone = ZoneInfo(goal.time_zone)
    until = min(day_begin(goal.end, zone), now)
    wish = DaysWish(first=goal.first, end=goal.end, zone=zone, home=home)
    calendars = await read_calendars(session, wish, by_region=goal.axis == "region")
    days = calendars.of(
        region=goal.key if goal.axis == "region" else None,
        seller=goal.key if goal.axis == "manager" else None,
    )
    return progress_of(goal, await _done(session, goal, until), _today(goal, now), days)


async def _done(session: Session, goal: Goal, until: datetime) -> Decimal | None:
    """What there was of the goal's time before that moment; None where it has not begun."""
    begins_at = day_begin(goal.first, ZoneInfo(goal.time_zone))
    if until <= begins_at:
        return None
    facts = await facts_by_step(session, [begins_at, until], goal.axis, goal.key or "")
    of_currency = facts.get(goal.currency or "", {}) or facts.get("", {})
    return value_of(goal.measure, of_currency.get(1, StepFacts()))


class GoalOutlook(NamedTuple):
    """A goal beside the forecast of that id."""

    forecast_id: UUID
    p10: Decimal
    p50: Decimal
    p90: Decimal
    gap: Decimal


async def show_outlook(session: Session, goal: Goal) -> GoalOutlook | None:
    """By the latest forecast of the same thing that reaches the goal's end."""
    whole = await find_latest(
        session,
        measure=goal.measure,
        axis=goal.axis,
        key=goal.key,
        currency=goal.currency,
        time_zone=goal.time_zone,
    )
    if whole is None:
        return None
    steps = [Foretold(item.day, item.p10, item.p50, item.p90) for item in whole.steps]
    rest = rest_of(goal, steps, whole.head.step)
    if rest is None:
        return None
    until = day_begin(rest[0].day, ZoneInfo(goal.time_zone))
    outlook = outlook_of(goal, await _done(session, goal, until) or Decimal(0), rest)
    return GoalOutlook(whole.head.forecast_id, outlook.p10, outlook.p50, outlook.p90, outlook.gap)
