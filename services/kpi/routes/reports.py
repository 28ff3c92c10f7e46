"""Reports over days of a time zone: the funnel, response times, managers."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.kpi.domain.largest import most_groups
from services.kpi.repository.reports.cohort import View
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.periods import BeforeOf, ViewOf, about, beside, read_report, twin_of
from services.kpi.schemas.reports import FunnelOut, GroupBy, ResponseTimesOut, StepsOut
from services.kpi.schemas.summaries import ManagersOut, ManagerSummaryOut
from services.kpi.use_cases.reports import funnel as reports
from services.kpi.use_cases.reports.funnel import ReportWish
from services.kpi.use_cases.reports.managers import show_managers
from services.kpi.use_cases.reports.response_steps import show_steps
from shared.database import Session, transaction
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf
from shared.web.tokens import Caller

router = APIRouter(tags=["kpi"])
MAY_READ_FIGURES = Depends(Allow("supervisor"))
MAY_READ_OWN_FIGURES = Depends(Allow("supervisor", "manager"))
CountedTime = Annotated[
    Literal["clock", "working"], Query(description="working: of the first owner's calendar")
]


@router.get(
    "/v1/funnel",
    dependencies=[MAY_READ_FIGURES],
    response_model=FunnelOut,
    response_model_exclude_unset=True,
    responses=TABLES,
)
async def funnel(
    database: DatabaseOf, form: FormOf, view: ViewOf, before: BeforeOf, group_by: GroupBy = "source"
) -> FunnelOut | Response:
    """Inquiries received and how far their leads got, by the first inquiry's time of receipt;
    where one dimension is asked for, beside what happened in the period. JSON has the thousand
    largest groups, a table all of them. More than three dimensions are for periods
    whose leads have at most 20 000 versions.
    """
    dimensions = group_by.split(",")
    most = most_groups(dimensions) if form.format == "json" else None
    async with transaction(database) as session:
        pages = await reports.show_funnel(session, ReportWish(view, before, dimensions, most))
    report = beside(map(FunnelOut.of, pages), twin_of(view, before, dimensions))
    note = about("funnel", view, group_by=group_by)
    return await form.answer(report, note, report.rows, report.totals)


@router.get(
    "/v1/response-times",
    dependencies=[MAY_READ_FIGURES],
    response_model=ResponseTimesOut,
    response_model_exclude_unset=True,
    responses=TABLES,
)
async def response_times(
    database: DatabaseOf, form: FormOf, view: ViewOf, before: BeforeOf, group_by: GroupBy = "source"
) -> ResponseTimesOut | Response:
    """Median and ninth decile of the seconds from receipt to first contact. JSON has the thousand
    largest groups, a table all of them. More than two dimensions are for periods whose leads
    have at most 20 000 versions.
    """
    dimensions = group_by.split(",")
    most = most_groups(dimensions) if form.format == "json" else None
    async with transaction(database) as session:
        pages = await reports.show_response_times(
            session, ReportWish(view, before, dimensions, most)
        )
    report = beside(map(ResponseTimesOut.of, pages), twin_of(view, before, dimensions))
    note = about("response-times", view, group_by=group_by)
    return await form.answer(report, note, report.rows, report.totals)


@router.get(
    "/v1/response-times/steps",
    dependencies=[MAY_READ_FIGURES],
    response_model=StepsOut,
    response_model_exclude_unset=True,
    responses=TABLES,
)
async def response_steps(
    database: DatabaseOf, form: FormOf, view: ViewOf, before: BeforeOf, time: CountedTime = "clock"
) -> StepsOut | Response:
    """How long leads received in the period took to each step: owner, accept, first touch, sale."""

    async def read(session: Session, span: View) -> StepsOut:
        return StepsOut.of(await show_steps(session, span, in_working_time=time == "working"))

    report = await read_report(database, read, view, before)
    return await form.answer(report, about("response-steps", view, time=time), report.rows)


@router.get(
    "/v1/managers", response_model=ManagersOut, response_model_exclude_unset=True, responses=TABLES
)
async def managers(
    caller: Annotated[Caller, MAY_READ_OWN_FIGURES],
    database: DatabaseOf,
    form: FormOf,
    view: ViewOf,
    before: BeforeOf,
) -> ManagersOut | Response:
    """The figures of every manager; a manager sees the own row."""

    async def read(session: Session, span: View) -> ManagersOut:
        summaries = await show_managers(session, span, only=caller.manager_id)
        return ManagersOut(rows=[ManagerSummaryOut.of(summary) for summary in summaries])

    report = await read_report(database, read, view, before)
    return await form.answer(report, about("managers", view), report.rows)
