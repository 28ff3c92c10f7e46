"""How long one step of leads takes, as a distribution."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.kpi.domain.comparison import twins
from services.kpi.domain.periods import STEPS, known_until
from services.kpi.repository.reports.cohort import View
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.periods import BeforeOf, ViewOf, about, read_report
from services.kpi.routes.reports import MAY_READ_FIGURES
from services.kpi.schemas.waits import WaitDimension, WaitsLineOut, WaitsOut, WaitStep
from services.kpi.use_cases.reports.waits import show_waits
from shared.database import Session
from shared.web.dependencies import DatabaseOf, Now

router = APIRouter(tags=["kpi"], dependencies=[MAY_READ_FIGURES])


@router.get(
    "/v1/response-times/distribution",
    response_model=WaitsOut,
    response_model_exclude_unset=True,
    responses=TABLES,
)
async def response_distribution(
    *,
    database: DatabaseOf,
    form: FormOf,
    view: ViewOf,
    before: BeforeOf,
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

    async def read(session: Session, span: View) -> WaitsOut:
        rows, totals = await show_waits(
            session,
            span,
            step,
            group_by,
            in_working_time=time == "working",
            until=known_until(span.known_on, now),
        )
        return WaitsOut.of(rows, totals)

    twin = None
    if before is not None and group_by in STEPS:
        twin = twins(view.period, before.period, group_by).get
    answer = await read_report(database, read, view, before, twin)
    note = about("response-distribution", view, step=step, group_by=group_by, time=time)
    lines = [WaitsLineOut.of(row) for row in answer.rows]
    return await form.answer(answer, note, lines, WaitsLineOut.of(answer.totals))
