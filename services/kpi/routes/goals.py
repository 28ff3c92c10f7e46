"""Goals: set, corrected with a reason, and how far they are."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from services.kpi.domain.goals.goals import Goal
from services.kpi.domain.periods import PeriodError, require_zone
from services.kpi.repository.goals import goals as rows
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.repository.versions import Part
from services.kpi.routes.periods import refused
from services.kpi.routes.plans import HomeCountry
from services.kpi.schemas.goals import (
    GoalCorrectionIn,
    GoalIn,
    GoalOut,
    GoalProgressOut,
    GoalSetOut,
    WithdrawalIn,
)
from services.kpi.settings import Settings
from services.kpi.use_cases.goals import goals as use_cases
from services.kpi.use_cases.territories.limits import read_limits_of_goal
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, IfMatch, Limit, Now
from shared.web.pagination import Page, number_cursor, page, uuid_cursor
from shared.web.tokens import Caller

router = APIRouter(tags=["planning"])
MAY_SET_GOALS = Allow("supervisor")
Planner = Annotated[Caller, Depends(MAY_SET_GOALS)]
MAY_READ_GOALS = Depends(MAY_SET_GOALS)
Cursor = Annotated[str | None, Query(max_length=400)]


def _goal(request: Request, body: GoalIn) -> Goal:
    """Raises InvalidError for a zone that there is not."""
    settings: Settings = request.app.state.settings
    try:
        zone = require_zone(settings.time_zone if body.tz is None else body.tz)
    except PeriodError as error:
        raise refused(error) from error
    return body.goal(zone.key)


@router.post("/v1/goals", status_code=201)
async def create_goal(
    request: Request, caller: Planner, body: GoalIn, database: DatabaseOf, now: Now
) -> GoalSetOut:
    """Set a goal. One that is not measurable, not bounded in time, or above the sales potential is
    refused, and the field is named.
    """
    goal = _goal(request, body)
    async with transaction(database) as session:
        item = await use_cases.create_goal(session, goal, actor=caller.actor, now=now)
        limits = await read_limits_of_goal(session, item.goal, now)
    return GoalSetOut.within(item, limits)


@router.get("/v1/goals", dependencies=[MAY_READ_GOALS])
async def list_goals(
    database: DatabaseOf,
    withdrawn: Annotated[
        Literal["false", "true", "all"], Query(description="those that were withdrawn, or all")
    ] = "false",
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[GoalOut]:
    """The goals as they are now, the newest first; those that were withdrawn where they are asked
    for.
    """
    before = uuid_cursor(cursor)
    is_withdrawn = None if withdrawn == "all" else withdrawn == "true"
    async with reading(database) as session:
        versions = await rows.list_goals(
            session, is_withdrawn=is_withdrawn, before=before, limit=limit
        )
    items = [GoalOut.of(item) for item in versions]
    return page(items, limit=limit, key=lambda item: item.goal_id)


@router.get("/v1/goals/{goal_id}", dependencies=[MAY_READ_GOALS])
async def show_goal(
    *,
    database: DatabaseOf,
    now: Now,
    home: HomeCountry,
    goal_id: UUID,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> GoalProgressOut:
    """How far it is, what each working day left must bring, what the latest forecast says of it,
    and its revisions with their reasons, page by page.
    """
    part = Part(number_cursor(cursor), limit)
    async with transaction(database) as session:
        await take_snapshot(session)
        latest = await rows.get_latest(session, goal_id)
        versions = await rows.list_versions(session, goal_id, part)
        progress = await use_cases.measure_progress(session, latest.goal, home=home, now=now)
        outlook = await use_cases.show_outlook(session, latest.goal)
        limits = await read_limits_of_goal(session, latest.goal, now)
    window = page(versions, limit=limit, key=lambda item: item.version)
    return GoalProgressOut.of(latest, window, progress, outlook, limits)


@router.put("/v1/goals/{goal_id}")
async def correct_goal(
    *,
    request: Request,
    caller: Planner,
    body: GoalCorrectionIn,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
    goal_id: UUID,
) -> GoalSetOut:
    """Correct the goal, or the programme by which it is to be reached, and say why. What it was
    before stays among the revisions.
    """
    goal = _goal(request, body)
    async with transaction(database) as session:
        item = await use_cases.correct_goal(
            session,
            goal_id,
            goal,
            version=version,
            kind=body.kind,
            reason=body.reason,
            actor=caller.actor,
            now=now,
        )
        limits = await read_limits_of_goal(session, item.goal, now)
    return GoalSetOut.within(item, limits)


@router.post("/v1/goals/{goal_id}/withdraw")
async def withdraw_goal(
    *,
    caller: Planner,
    body: WithdrawalIn,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
    goal_id: UUID,
) -> GoalOut:
    """Say that nothing is held against the goal any more, and why. It stays, with its revisions,
    and is in no list unless it is asked for.
    """
    async with transaction(database) as session:
        item = await use_cases.withdraw_goal(
            session, goal_id, version=version, reason=body.reason, actor=caller.actor, now=now
        )
    return GoalOut.of(item)
