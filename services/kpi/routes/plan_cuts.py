"""The single cuts of a plan, those that were planned worst first."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.kpi.domain.exports.about import About
from services.kpi.domain.plan.cuts import CutPlace, place_of
from services.kpi.domain.plan.nodes import Measure, PartAxis
from services.kpi.repository.plan import plans as rows
from services.kpi.repository.plan.blocks import Place
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.plan_nodes import VERSION, NodeOf, require_free
from services.kpi.routes.plans import MAY_READ_PLANS, CompanyZone, Number
from services.kpi.schemas.plan_cuts import PlanCutOut, PlanCutPage
from services.kpi.use_cases.plan.control import Wish
from services.kpi.use_cases.plan.cuts import list_errors
from shared.database import transaction
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import cursor_number, cursor_text, decode_cursor, page

router = APIRouter(tags=["plans"], dependencies=[MAY_READ_PLANS])


@router.get(VERSION + "/quality/cuts", response_model=PlanCutPage, responses=TABLES)
async def list_plan_cuts(
    *,
    database: DatabaseOf,
    form: FormOf,
    now: Now,
    zone: CompanyZone,
    plan_id: UUID,
    number: Number,
    node: NodeOf,
    measure: Measure = "revenue",
    axis: Annotated[
        PartAxis | None, Query(description="whose values are cut by month; else the node itself is")
    ] = None,
    cursor: Annotated[str | None, Query(max_length=4000)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> PlanCutPage | Response:
    """How well each value of an axis was planned in each month that is over: plan, fact, forecast
    and errors, the largest absolute error first. What was neither planned nor sold is left out.
    """
    require_free(node, axis)
    after, most = _place(form.cursor(cursor)), form.most(limit)
    async with transaction(database) as session:
        await take_snapshot(session)
        terms = (await rows.get_plan(session, plan_id)).terms
        wish = Wish(Place(plan_id, number, measure), node.model_dump(), axis, zone, now)
        items = await list_errors(session, terms, wish, after=after, limit=most + 1)
    window = page(items, limit=most, key=lambda item: _key(place_of(item.cut)))
    answer = PlanCutPage(
        measure=measure,
        unit=terms.currency if measure == "revenue" else None,
        node=node,
        axis=axis,
        items=[PlanCutOut.of(item, terms, measure) for item in window.items],
        next_cursor=window.next_cursor,
    )
    choices = {"plan": terms.name, "version": number, "measure": measure, "currency": answer.unit}
    note = About("plan-cuts", choices={**choices, "axis": axis, **node.model_dump()})
    return await form.answer(answer, note, answer.items)


def _key(place: CutPlace) -> tuple[int, int, str]:
    return -place.miss, place.month, place.value


def _place(cursor: str | None) -> CutPlace | None:
    """Raises InvalidError that names the cursor."""
    if cursor is None:
        return None
    error, month, value = decode_cursor(cursor, cursor_number, cursor_number, cursor_text)
    return CutPlace(-error, month, value)
