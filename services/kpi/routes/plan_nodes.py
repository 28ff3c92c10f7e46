"""The nodes of a plan's versions: read, compared, set, tried, locked and unlocked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.kpi.domain.plan.nodes import AxisName, Measure, Nature
from services.kpi.repository.plan import locks as lock_rows
from services.kpi.repository.plan import plans as rows
from services.kpi.repository.plan.blocks import Place
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.routes.plans import MAY_READ_PLANS, Cursor, Number, Planner
from services.kpi.schemas.fields import Reason
from services.kpi.schemas.plan_nodes import (
    NodeSetOut,
    PlanLockedOut,
    PlanLockOut,
    PlanNodeOut,
    PlanNodeViewOut,
    PlanPreviewOut,
    preview_out,
)
from services.kpi.schemas.plans import Month, NodeSettingIn, PlanLockIn, Value
from services.kpi.use_cases.plan import setting
from services.kpi.use_cases.plan.naming import named, node_of
from services.kpi.use_cases.plan.nodes import read_node
from shared.database import reading, transaction
from shared.errors import InvalidError
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, IfMatch, Limit, Now
from shared.web.pagination import Page, number_cursor, page, uuid_cursor

router = APIRouter(tags=["plans"])
VERSION = "/v1/plans/{plan_id}/versions/{number}"


def _node(  # noqa: PLR0917  FastAPI passes by name
    region: Value | None = None,
    month: Month | None = None,
    product: Value | None = None,
    party: Value | None = None,
    seller: Value | None = None,
    nature: Nature | None = None,
) -> PlanNodeOut:
    return PlanNodeOut(
        region=region, month=month, product=product, party=party, seller=seller, nature=nature
    )


NodeOf = Annotated[PlanNodeOut, Depends(_node)]


def require_free(node: PlanNodeOut, axis: AxisName | None) -> None:
    """Raises InvalidError for an axis on which the node has one value already."""
    if axis is not None and getattr(node, axis) is not None:
        raise InvalidError(
            "The node has no children there.", errors=[("/axis", "has one value in the node")]
        )


@router.get(VERSION + "/nodes", dependencies=[MAY_READ_PLANS])
async def show_node(
    *,
    database: DatabaseOf,
    plan_id: UUID,
    number: Number,
    measure: Measure = "revenue",
    node_out: NodeOf,
    axis: Annotated[
        AxisName | None, Query(description="whose values are the node's children")
    ] = None,
    against: Annotated[
        int | None, Query(ge=1, le=10_000, description="a version to compare with")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> PlanNodeViewOut:
    """What a node comes to, with its children along an axis; beside another version if asked for.
    Axes that are not named take all their values.
    """
    require_free(node_out, axis)
    after = number_cursor(cursor)
    async with transaction(database) as session:
        await take_snapshot(session)
        terms = (await rows.get_plan(session, plan_id)).terms
        node = await node_of(session, terms, node_out.model_dump(), pointer="")
        view = await read_node(
            session,
            terms,
            Place(plan_id, number, measure),
            node,
            axis,
            against=against,
            after=-1 if after is None else after,
            limit=limit,
        )
    window = page(view.children, limit=limit, key=lambda child: child.number)
    return PlanNodeViewOut.of(
        view,
        terms,
        measure,
        node_out,
        axis,
        children=window.items,
        next_cursor=window.next_cursor,
    )


@router.post(VERSION + "/set")
async def set_node(
    *,
    caller: Planner,
    body: NodeSettingIn,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
    plan_id: UUID,
    number: Number,
) -> NodeSetOut:
    """Set a node of a draft. What lies below is completed by its present proportions; where it has
    nothing, by the past, else by the season. Sums agree to the smallest unit; locks stay.
    """
    async with transaction(database) as session:
        terms, item, outcome = await setting.set_draft(
            session,
            plan_id,
            number,
            body.wish(),
            revision=version,
            actor=caller.actor,
            now=now,
        )
    return NodeSetOut.of(terms, item, body.measure, outcome)


@router.post(VERSION + "/preview", dependencies=[MAY_READ_PLANS])
async def preview_node(  # noqa: PLR0917  FastAPI passes by name
    body: NodeSettingIn,
    database: DatabaseOf,
    version: IfMatch,
    plan_id: UUID,
    number: Number,
    axis: Annotated[AxisName, Query(description="by whose values to show it")] = "month",
) -> PlanPreviewOut:
    """What the same setting would change, by the values of an axis. Nothing is kept."""
    async with transaction(database) as session:
        terms, item, trial = await setting.preview(
            session, plan_id, number, body.wish(), axis, revision=version
        )
    return preview_out(terms, item, body.measure, axis, trial)


@router.post(VERSION + "/locks", status_code=201)
async def lock_node(
    *,
    caller: Planner,
    body: PlanLockIn,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
    plan_id: UUID,
    number: Number,
) -> PlanLockedOut:
    """Lock a node of a draft: nothing below it changes until it is unlocked."""
    async with transaction(database) as session:
        item, lock = await setting.lock_node(
            session,
            plan_id,
            number,
            body.measure,
            body.node.names(),
            revision=version,
            reason=body.reason,
            actor=caller.actor,
            now=now,
        )
        terms = (await rows.get_plan(session, plan_id)).terms
        (names,) = await named(session, terms, [lock.node])
    return PlanLockedOut(revision=item.revision, lock=PlanLockOut.of(lock, names))


@router.get(VERSION + "/locks", dependencies=[MAY_READ_PLANS])
async def list_locks(
    database: DatabaseOf,
    plan_id: UUID,
    number: Number,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[PlanLockOut]:
    """The locks of a version, the newest first."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        terms = (await rows.get_plan(session, plan_id)).terms
        await rows.get_version(session, plan_id, number)
        items = await lock_rows.list_locks(session, plan_id, number, before=before, limit=limit)
        names = await named(session, terms, [item.node for item in items])
    items_out = [PlanLockOut.of(item, name) for item, name in zip(items, names, strict=True)]
    return page(items_out, limit=limit, key=lambda item: item.lock_id)


@router.delete(VERSION + "/locks/{lock_id}", status_code=204)
async def unlock_node(
    *,
    caller: Planner,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
    plan_id: UUID,
    number: Number,
    lock_id: UUID,
    reason: Annotated[Reason, Query()],
) -> Response:
    """Take a lock away; `ETag` is the draft's revision after it."""
    async with transaction(database) as session:
        item = await setting.unlock_node(
            session,
            plan_id,
            number,
            lock_id,
            revision=version,
            reason=reason,
            actor=caller.actor,
            now=now,
        )
    return Response(status_code=204, headers={"ETag": f'"{item.revision}"'})
