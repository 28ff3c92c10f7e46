"""Reports over days of a time zone, and the drill-down of their numbers."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from services.kpi.domain.periods import (
    EARLIEST,
    LATEST,
    Period,
    PeriodError,
    period,
    require_zone,
)
from services.kpi.repository.cohort import View
from services.kpi.schemas.reports import (
    FunnelOut,
    GroupBy,
    ResponseFiguresOut,
    ResponseTimesOut,
    ResponseTimesRowOut,
    StepFiguresOut,
    StepsOut,
)
from services.kpi.schemas.summaries import (
    ManagersOut,
    ManagerSummaryOut,
)
from services.kpi.settings import Settings
from services.kpi.use_cases import reports
from services.kpi.use_cases.response_steps import show_steps
from shared.database import transaction
from shared.errors import InvalidError
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf
from shared.web.tokens import Caller

router = APIRouter(tags=["kpi"])
MAY_READ_FIGURES = Depends(Allow("supervisor"))
MAY_READ_OWN_FIGURES = Depends(Allow("supervisor", "manager"))
NO_MANAGER = "none"


def _period(
    request: Request,
    first: Annotated[date, Query(alias="from", description="The first day")],
    end: Annotated[date, Query(alias="to", description="The day after the last one")],
    tz: Annotated[
        str | None, Query(max_length=64, description="IANA zone; the company's if not given")
    ] = None,
) -> Period:
    settings: Settings = request.app.state.settings
    try:
        return period(first, end, require_zone(settings.time_zone if tz is None else tz))
    except PeriodError as error:
        raise refused(error) from error


PeriodOf = Annotated[Period, Depends(_period)]


def _view(
    days: PeriodOf,
    as_known_on: Annotated[
        date | None, Query(description="As it stood at the end of this day of UTC")
    ] = None,
) -> View:
    if as_known_on is not None and not EARLIEST <= as_known_on <= LATEST:
        detail = f"lies between {EARLIEST} and {LATEST}"
        raise refused(PeriodError("as_known_on", detail))
    return View(days, as_known_on)


ViewOf = Annotated[View, Depends(_view)]


@router.get("/v1/funnel", dependencies=[MAY_READ_FIGURES], response_model_exclude_unset=True)
async def funnel(
    database: DatabaseOf,
    view: ViewOf,
    group_by: GroupBy = "source",
    compare: Annotated[
        Literal["previous"] | None, Query(description="with as many days before the period")
    ] = None,
) -> FunnelOut:
    """Inquiries received and how far their leads got, by the first inquiry's time of receipt;
    where one dimension is asked for, beside what happened in the period.
    """
    async with transaction(database) as session:
        try:
            report = await reports.show_funnel(
                session, view, group_by.split(","), with_previous=compare is not None
            )
        except PeriodError as error:
            raise refused(error) from error
    return FunnelOut.of(report)


@router.get(
    "/v1/response-times", dependencies=[MAY_READ_FIGURES], response_model_exclude_unset=True
)
async def response_times(
    database: DatabaseOf, view: ViewOf, group_by: GroupBy = "source"
) -> ResponseTimesOut:
    """Median and ninth decile of the seconds from receipt to first contact."""
    async with transaction(database) as session:
        rows, totals = await reports.show_response_times(session, view, group_by.split(","))
    return ResponseTimesOut(
        rows=[ResponseTimesRowOut.of(row) for row in rows],
        totals=ResponseFiguresOut.model_validate(totals),
    )


@router.get("/v1/response-times/steps", dependencies=[MAY_READ_FIGURES])
async def response_steps(
    database: DatabaseOf,
    view: ViewOf,
    time: Annotated[
        Literal["clock", "working"], Query(description="working: of the first owner's calendar")
    ] = "clock",
) -> StepsOut:
    """How long leads received in the period took to each step: owner, accept, first touch, sale."""
    async with transaction(database) as session:
        rows = await show_steps(session, view, in_working_time=time == "working")
    return StepsOut(rows=[StepFiguresOut.model_validate(row) for row in rows])


@router.get("/v1/managers")
async def managers(
    caller: Annotated[Caller, MAY_READ_OWN_FIGURES], database: DatabaseOf, view: ViewOf
) -> ManagersOut:
    """The figures of every manager; a manager sees the own row."""
    async with transaction(database) as session:
        summaries = await reports.show_managers(session, view, only=caller.manager_id)
    return ManagersOut(rows=[ManagerSummaryOut.of(summary) for summary in summaries])


def refused(error: PeriodError) -> InvalidError:
    return InvalidError("The period is not one.", errors=[(f"/{error.field}", error.detail)])
