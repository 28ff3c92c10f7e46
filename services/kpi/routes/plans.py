"""Plans and their versions: made, drafted, approved, and who changed what of them."""

from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.kpi.domain.periods import require_zone
from services.kpi.domain.plan.nodes import NamedAxis, Node
from services.kpi.repository.plan import changes as change_rows
from services.kpi.repository.plan import plans as rows
from services.kpi.repository.plan import values as value_rows
from services.kpi.repository.plan.blocks import count_cells
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.schemas.plan_answers import PlanExtendedOut, PlanOut, PlanVersionOut, WholePlanOut
from services.kpi.schemas.plan_nodes import AxisValueOut, PlanChangeOut
from services.kpi.schemas.plans import PlanDraftIn, PlanIn, PlanLinesIn, PlanReasonIn
from services.kpi.settings import Settings
from services.kpi.use_cases.plan import create, lines, versions
from services.kpi.use_cases.plan.naming import labels_of, named
from shared.database import Session, reading, transaction
from shared.ids import new_id
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, IfMatch, Limit, Now
from shared.web.pagination import Page, number_cursor, page, uuid_cursor
from shared.web.tokens import Caller

MAY_PLAN = Allow("supervisor")
MAY_APPROVE_PLANS = Allow()
Planner = Annotated[Caller, Depends(MAY_PLAN)]
Approver = Annotated[Caller, Depends(MAY_APPROVE_PLANS)]
Cursor = Annotated[str | None, Query(max_length=400)]
Number = Annotated[int, Path(ge=1, le=10_000)]
router = APIRouter(tags=["plans"])
MAY_READ_PLANS = Depends(MAY_PLAN)


def _zone(request: Request) -> ZoneInfo:
    settings: Settings = request.app.state.settings
    return require_zone(settings.time_zone)


def _country(request: Request) -> str:
    settings: Settings = request.app.state.settings
    return settings.country


CompanyZone = Annotated[ZoneInfo, Depends(_zone)]
HomeCountry = Annotated[str, Depends(_country)]


@router.post("/v1/plans", status_code=201)
async def create_plan(
    caller: Planner, body: PlanIn, database: DatabaseOf, now: Now, zone: CompanyZone
) -> WholePlanOut:
    """Make a plan, with a first draft: as the same months of the past came out, by the axes of what
    was sold; or empty, with the values of the axes.
    """
    async with transaction(database) as session:
        item = await create.create_plan(
            session,
            body.terms(new_id()),
            body.start.start(),
            zone=zone,
            actor=caller.actor,
            reason=body.reason,
            now=now,
        )
        return await _whole(session, item)


async def _whole(session: Session, item: rows.KeptPlan) -> WholePlanOut:
    plan_id = item.terms.plan_id
    listed = await rows.list_versions(session, plan_id)
    cells = await count_cells(session, plan_id, listed[0].number)
    numbers = [PlanVersionOut.of(version) for version in listed]
    return WholePlanOut.of(item, versions=numbers, cells=cells)


@router.get("/v1/plans", dependencies=[MAY_READ_PLANS])
async def list_plans(
    database: DatabaseOf, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[PlanOut]:
    """All plans, the newest first."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        items = await rows.list_plans(session, before=before, limit=limit)
    return page([PlanOut.of(item) for item in items], limit=limit, key=lambda item: item.plan_id)


@router.get("/v1/plans/{plan_id}", dependencies=[MAY_READ_PLANS])
async def read_plan(database: DatabaseOf, plan_id: UUID) -> WholePlanOut:
    """One plan with all its versions, the latest first."""
    async with transaction(database) as session:
        await take_snapshot(session)
        return await _whole(session, await rows.get_plan(session, plan_id))


@router.delete("/v1/plans/{plan_id}", status_code=204, dependencies=[MAY_READ_PLANS])
async def delete_plan(database: DatabaseOf, plan_id: UUID) -> Response:
    """Only one of which nothing was ever approved."""
    async with transaction(database) as session:
        await create.delete_plan(session, plan_id)
    return Response(status_code=204)


@router.get("/v1/plans/{plan_id}/values/{axis}", dependencies=[MAY_READ_PLANS])
async def list_values(
    database: DatabaseOf,
    plan_id: UUID,
    axis: NamedAxis,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[AxisValueOut]:
    """The values of an axis (region, product, party or seller) in their order."""
    after = number_cursor(cursor)
    async with reading(database) as session:
        await rows.get_plan(session, plan_id)
        items = await value_rows.list_values(
            session, plan_id, axis, after=-1 if after is None else after, limit=limit
        )
        labels = await labels_of(session, axis)
    window = page(items, limit=limit, key=lambda item: item.number)
    items_out = [AxisValueOut(value=one.value, label=labels.get(one.value)) for one in window.items]
    return Page(items=items_out, next_cursor=window.next_cursor)


@router.post("/v1/plans/{plan_id}/versions", status_code=201)
async def draft_version(
    caller: Planner, body: PlanDraftIn, database: DatabaseOf, now: Now, plan_id: UUID
) -> PlanVersionOut:
    """Begin a draft as another version is, with its locks. A plan has one draft at a time."""
    async with transaction(database) as session:
        version = await versions.draft_version(
            session, plan_id, body.made_from, reason=body.reason, actor=caller.actor, now=now
        )
    return PlanVersionOut.of(version)


@router.post("/v1/plans/{plan_id}/versions/{number}/approve")
async def approve_plan(  # noqa: PLR0917  FastAPI passes by name
    caller: Approver,
    body: PlanReasonIn,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
    plan_id: UUID,
    number: Number,
) -> PlanVersionOut:
    """Approve a draft: from now on nothing of it changes."""
    async with transaction(database) as session:
        item = await versions.approve_version(
            session,
            plan_id,
            number,
            revision=version,
            reason=body.reason,
            actor=caller.actor,
            now=now,
        )
    return PlanVersionOut.of(item)


@router.post("/v1/plans/{plan_id}/versions/{number}/lines")
async def add_lines(  # noqa: PLR0917  FastAPI passes by name
    caller: Planner,
    body: PlanLinesIn,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
    plan_id: UUID,
    number: Number,
) -> PlanExtendedOut:
    """Add combinations that a draft does not have, with nothing in them; their values may be new.
    Those that there are stay as they are.
    """
    async with transaction(database) as session:
        item, count = await lines.add_lines(
            session,
            plan_id,
            number,
            [one.line() for one in body.lines],
            revision=version,
            reason=body.reason,
            actor=caller.actor,
            now=now,
        )
    return PlanExtendedOut(revision=item.revision, added=count)


@router.get("/v1/plans/{plan_id}/changes", dependencies=[MAY_READ_PLANS])
async def list_changes(
    database: DatabaseOf, plan_id: UUID, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[PlanChangeOut]:
    """Who changed what of a plan, when and why, the newest first."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        terms = (await rows.get_plan(session, plan_id)).terms
        items = await change_rows.list_changes(session, plan_id, before=before, limit=limit)
        nodes = [item.node if item.node is not None else Node() for item in items]
        names = await named(session, terms, nodes)
    items_out = [
        PlanChangeOut.of(item, terms, None if item.node is None else name)
        for item, name in zip(items, names, strict=True)
    ]
    return page(items_out, limit=limit, key=lambda item: item.change_id)
