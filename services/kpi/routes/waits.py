"""How long one step of leads takes, as a distribution."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.kpi.domain.periods import known_until
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.periods import ViewOf, about
from services.kpi.routes.reports import MAY_READ_FIGURES
from services.kpi.schemas.waits import WaitDimension, WaitsLineOut, WaitsOut, WaitStep
from services.kpi.use_cases.waits import show_waits
from shared.database import transaction
from shared.web.dependencies import DatabaseOf, Now

router = APIRouter(tags=["kpi"], dependencies=[MAY_READ_FIGURES])


@router.get("/v1/response-times/distribution", response_model=WaitsOut, responses=TABLES)
async def response_distribution(
    *,
    database: DatabaseOf,
    form: FormOf,
    view: ViewOf,
    now: Now,
    step: WaitStep = "first_touch",
    group_by: WaitDimension | None = None,
    time: Annotated[
        Literal["clock", "working"], Query(description="working: of the first owner's calendar")
    ] = "clock",
) -> WaitsOut | Response:
    """How long the leads received in the period took to a step, in bins, and whether the time that
    was promised for it was kept. A manager's are those whose step it was: who had the lead first,
    at the first touch, or at the sale.
    """
    async with transaction(database) as session:
        rows, totals = await show_waits(
            session,
            view,
            step,
            group_by,
            in_working_time=time == "working",
            until=known_until(view.known_on, now),
        )
    answer = WaitsOut.of(rows, totals)
    note = about("response-distribution", view, step=step, group_by=group_by, time=time)
    lines = [WaitsLineOut.of(row) for row in answer.rows]
    return await form.answer(answer, note, lines, WaitsLineOut.of(answer.totals))
