"""Plan against fact, and how good the planning was."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.kpi.domain.plan.nodes import AxisName, Measure, PartAxis
from services.kpi.repository.plan import plans as rows
from services.kpi.repository.plan.blocks import Place
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.routes.plan_nodes import VERSION, NodeOf, require_free
from services.kpi.routes.plans import (
    MAY_READ_PLANS,
    CompanyZone,
    HomeCountry,
    Number,
)
from services.kpi.schemas.plan_bridge import BridgeOut, BridgeRowOut, BridgeViewOut
from services.kpi.schemas.plan_control import (
    ControlOut,
    ControlRowOut,
    ControlViewOut,
    QualityOut,
    QualityViewOut,
)
from services.kpi.use_cases.plan.bridge import show_bridge
from services.kpi.use_cases.plan.control import Wish, show_control, show_quality
from shared.database import transaction
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import cursor_text, decode_cursor, page

router = APIRouter(tags=["plans"], dependencies=[MAY_READ_PLANS])
Country = Annotated[
    str | None,
    Query(pattern="^[A-Z]{2}$", description="whose holidays alone are no working days (ISO 3166)"),
]
Cursor = Annotated[str | None, Query(max_length=2000)]  # it holds a value of an axis
AxisOf = Annotated[AxisName | None, Query(description="whose values are told apart")]


@router.get(VERSION + "/control")
async def show_plan_control(
    *,
    database: DatabaseOf,
    now: Now,
    zone: CompanyZone,
    home: HomeCountry,
    plan_id: UUID,
    number: Number,
    node: NodeOf,
    measure: Measure = "revenue",
    axis: AxisOf = None,
    country: Country = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> ControlViewOut:
    """Plan against fact for a node and each value of an axis, as of now: what is due by the working
    days that are over, and what each one left has to bring. A seller has the days of the own
    calendar, a region those of its country, all else those of the company, and `country` puts one
    country's in place of them all. Facts are sales that stand, also of values that the plan does
    not have.
    """
    require_free(node, axis)
    after = None if cursor is None else decode_cursor(cursor, cursor_text)[0]
    place = Place(plan_id, number, measure)
    async with transaction(database) as session:
        await take_snapshot(session)
        terms = (await rows.get_plan(session, plan_id)).terms
        wish = Wish(place, node.model_dump(), axis, zone, now, country, home)
        items, whole = await show_control(session, terms, wish)
    rest = [item for item in items if after is None or item.value > after]
    window = page(rest, limit=limit, key=lambda item: item.value)
    return ControlViewOut(
        measure=measure,
        unit=terms.currency if measure == "revenue" else None,
        node=node,
        axis=axis,
        totals=ControlOut.of(whole, terms, measure),
        items=[ControlRowOut.of(item, terms, measure) for item in window.items],
        next_cursor=window.next_cursor,
    )


@router.get(VERSION + "/quality")
async def show_plan_quality(
    *,
    database: DatabaseOf,
    now: Now,
    zone: CompanyZone,
    plan_id: UUID,
    number: Number,
    node: NodeOf,
    measure: Measure = "revenue",
    axis: AxisOf = None,
) -> QualityViewOut:
    """How well each month that is over was planned, over the values of an axis: error, bias and
    score.
    """
    require_free(node, axis)
    place = Place(plan_id, number, measure)
    async with transaction(database) as session:
        await take_snapshot(session)
        terms = (await rows.get_plan(session, plan_id)).terms
        wish = Wish(place, node.model_dump(), axis, zone, now)
        items = await show_quality(session, terms, wish)
    return QualityViewOut(
        measure=measure, axis=axis, items=[QualityOut.of(item, terms, measure) for item in items]
    )


@router.get(VERSION + "/bridge")
async def show_plan_bridge(
    *,
    database: DatabaseOf,
    now: Now,
    zone: CompanyZone,
    plan_id: UUID,
    number: Number,
    node: NodeOf,
    axis: Annotated[
        PartAxis | None, Query(description="whose values are the mix, and told apart")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> BridgeViewOut:
    """Why the revenue of the months that are over differs from the plan: volume, conversion,
    timing, mix and average check, which add up to the difference exactly.
    """
    require_free(node, axis)
    after = None if cursor is None else decode_cursor(cursor, cursor_text)[0]
    async with transaction(database) as session:
        await take_snapshot(session)
        terms = (await rows.get_plan(session, plan_id)).terms
        wish = Wish(Place(plan_id, number, "revenue"), node.model_dump(), axis, zone, now)
        view = await show_bridge(session, terms, wish)
    rest = [item for item in view.rows if after is None or item.value > after]
    window = page(rest, limit=limit, key=lambda item: item.value)
    return BridgeViewOut(
        unit=terms.currency,
        node=node,
        axis=axis,
        months=[f"{terms.month_of(each):%Y-%m}" for each in view.months],
        whole=BridgeOut.of(view.whole, terms),
        items=[BridgeRowOut.of(item, terms) for item in window.items],
        next_cursor=window.next_cursor,
    )
