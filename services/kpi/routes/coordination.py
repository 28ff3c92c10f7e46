"""Coordination: thresholds of plans, and what is done about cuts that came out otherwise."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from services.kpi.domain.plan.coordination import State
from services.kpi.repository.plan import coordination as rows
from services.kpi.repository.plan import thresholds
from services.kpi.repository.plan.coordination import Record, RecordFilter
from services.kpi.repository.plan.plans import get_plan
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.routes.plans import MAY_READ_PLANS, CompanyZone, Cursor, Planner
from services.kpi.schemas.coordination import (
    CoordinationChangeOut,
    CoordinationIn,
    CoordinationOpeningIn,
    CoordinationOut,
    PlanThresholdIn,
    PlanThresholdOut,
    WholeCoordinationOut,
    members_of,
)
from services.kpi.schemas.fields import Name
from services.kpi.schemas.plans import Month
from services.kpi.use_cases.plan import coordination as use_cases
from services.kpi.use_cases.plan.naming import labels_of
from shared.database import Session, reading, transaction
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, IfMatch, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor

router = APIRouter(tags=["plans"])
THRESHOLD = "/v1/plans/{plan_id}/threshold"
RECORD = "/v1/coordination/{coordination_id}"


@router.put(THRESHOLD)
async def put_threshold(  # noqa: PLR0917  FastAPI passes by name
    caller: Planner,
    body: PlanThresholdIn,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
    plan_id: UUID,
) -> PlanThresholdOut:
    """Set from where on cuts of the plan are coordinated; the first one follows version 0. Months
    of the latest approved version that are over are looked at soon, and every ten minutes.
    """
    async with transaction(database) as session:
        terms = (await get_plan(session, plan_id)).terms
        item = await use_cases.set_threshold(
            session,
            plan_id,
            body.threshold(terms),
            version=version,
            actor=caller.actor,
            now=now,
        )
    return PlanThresholdOut.of(item, terms)


@router.get(THRESHOLD, dependencies=[MAY_READ_PLANS])
async def show_threshold(database: DatabaseOf, plan_id: UUID) -> PlanThresholdOut:
    """From where on cuts of the plan are coordinated."""
    async with reading(database) as session:
        terms = (await get_plan(session, plan_id)).terms
        item = await thresholds.get_threshold(session, plan_id)
    return PlanThresholdOut.of(item, terms)


@router.delete(THRESHOLD, status_code=204, dependencies=[MAY_READ_PLANS])
async def delete_threshold(database: DatabaseOf, version: IfMatch, plan_id: UUID) -> Response:
    """Watch the plan no more. Records that there are stay."""
    async with transaction(database) as session:
        await use_cases.drop_threshold(session, plan_id, version=version)
    return Response(status_code=204)


@router.post("/v1/plans/{plan_id}/coordination", status_code=201)
async def open_coordination(  # noqa: PLR0917  FastAPI passes by name
    caller: Planner,
    body: CoordinationOpeningIn,
    database: DatabaseOf,
    now: Now,
    zone: CompanyZone,
    plan_id: UUID,
) -> CoordinationOut:
    """Open a record by hand, with what the cut came to and its bridge as they are now. A cut has
    one in a month.
    """
    opening = body.opening()
    async with transaction(database) as session:
        await take_snapshot(session)
        item = await use_cases.look_at(session, plan_id, opening, zone, actor=caller.actor, now=now)
    async with transaction(database) as session:
        await use_cases.open_record(session, item, reason=opening.reason)
        return await _answer(session, item, _today(now, zone))


@router.get("/v1/coordination", dependencies=[MAY_READ_PLANS])
async def list_coordination(
    *,
    database: DatabaseOf,
    now: Now,
    zone: CompanyZone,
    plan_id: UUID | None = None,
    state: State | None = None,
    month: Month | None = None,
    owner: Name | None = None,
    overdue: Annotated[
        bool, Query(description="only what should have been done before today")
    ] = False,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[CoordinationOut]:
    """Records of coordination, the newest first."""
    today = _today(now, zone)
    criteria = RecordFilter(
        plan_id=plan_id,
        state=state,
        month=None if month is None else date.fromisoformat(f"{month}-01"),
        owner=owner,
        due_before=today if overdue else None,
    )
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        items = await rows.list_records(session, criteria, before=before, limit=limit)
        terms = await use_cases.terms_of(session, items)
        labels = await labels_of(session, "seller")
    items_out = [CoordinationOut.of(item, terms[item.plan_id], labels, today) for item in items]
    return page(items_out, limit=limit, key=lambda item: item.coordination_id)


@router.get(RECORD, dependencies=[MAY_READ_PLANS])
async def show_coordination(
    database: DatabaseOf, now: Now, zone: CompanyZone, coordination_id: UUID
) -> WholeCoordinationOut:
    """One record with its history."""
    async with transaction(database) as session:
        await take_snapshot(session)
        item = await rows.get_record(session, coordination_id)
        changes = await rows.list_changes(session, coordination_id)
        terms = (await get_plan(session, item.plan_id)).terms
        labels = await labels_of(session, "seller")
    history = [CoordinationChangeOut.of(change) for change in changes]
    members = members_of(item, terms, labels, _today(now, zone))
    return WholeCoordinationOut.model_validate({**members, "history": history})


@router.put(RECORD)
async def change_coordination(
    *,
    caller: Planner,
    body: CoordinationIn,
    database: DatabaseOf,
    now: Now,
    zone: CompanyZone,
    version: IfMatch,
    coordination_id: UUID,
) -> CoordinationOut:
    """Agree on a cause and an action, say what came of it, or cancel it: an open record is agreed
    or cancelled, an agreed one done or cancelled. What was before stays in the history.
    """
    today = _today(now, zone)
    async with transaction(database) as session:
        item = await use_cases.change_record(
            session,
            coordination_id,
            body.steps(),
            version=version,
            reason=body.reason,
            actor=caller.actor,
            today=today,
            now=now,
        )
        return await _answer(session, item, today)


async def _answer(session: Session, item: Record, today: date) -> CoordinationOut:
    terms = (await get_plan(session, item.plan_id)).terms
    return CoordinationOut.of(item, terms, await labels_of(session, "seller"), today)


def _today(now: datetime, zone: ZoneInfo) -> date:
    return now.astimezone(zone).date()
