"""Reports over days of a time zone, and the drill-down of their numbers."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from services.kpi.domain.periods import Period, PeriodError, period, require_zone
from services.kpi.repository.cohort import FunnelFilter
from services.kpi.schemas.reports import (
    DrillDownItemOut,
    DrillDownPage,
    FunnelCountsOut,
    FunnelOut,
    FunnelRowOut,
    GroupBy,
    ManagersOut,
    ManagerSummaryOut,
    Measure,
    ResponseFiguresOut,
    ResponseTimesOut,
    ResponseTimesRowOut,
    SourcesOut,
    SourceSummaryOut,
)
from services.kpi.settings import Settings
from services.kpi.use_cases import reports
from shared.database import transaction
from shared.errors import InvalidError
from shared.text import Text
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit
from shared.web.pagination import encode_cursor, uuid_cursor
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
        raise _refused(error) from error


PeriodOf = Annotated[Period, Depends(_period)]


@router.get("/v1/funnel", dependencies=[MAY_READ_FIGURES], response_model_exclude_unset=True)
async def funnel(database: DatabaseOf, days: PeriodOf, group_by: GroupBy = "source") -> FunnelOut:
    """Inquiries received and how far their leads got, by the first inquiry's time of receipt."""
    async with transaction(database) as session:
        rows, totals = await reports.show_funnel(session, days, group_by.split(","))
    return FunnelOut(
        rows=[FunnelRowOut.of(row) for row in rows], totals=FunnelCountsOut.model_validate(totals)
    )


@router.get("/v1/funnel/leads", dependencies=[MAY_READ_FIGURES])
async def funnel_leads(
    *,
    database: DatabaseOf,
    whole_period: PeriodOf,
    measure: Measure,
    source: UUID | None = None,
    channel: Text | None = None,
    manager: Annotated[
        str | None, Query(max_length=36, description="a manager's id, or `none`")
    ] = None,
    day: date | None = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> DrillDownPage:
    """The leads that a number of the funnel counts; for `received`, the inquiries."""
    criteria = _criteria(source=source, channel=channel, manager=manager)
    try:
        days = whole_period if day is None else whole_period.only(day)
    except PeriodError as error:
        raise _refused(error) from error
    after = uuid_cursor(cursor)
    async with transaction(database) as session:
        rows = await reports.drill_down(
            session, days, measure, criteria, after=after, limit=limit + 1
        )
    items = [DrillDownItemOut.model_validate(row) for row in rows[:limit]]
    next_cursor = None
    if len(rows) > limit:
        last = items[-1]
        next_cursor = encode_cursor(last.inquiry_id if measure == "received" else last.lead_id)
    return DrillDownPage(items=items, next_cursor=next_cursor)


@router.get(
    "/v1/response-times", dependencies=[MAY_READ_FIGURES], response_model_exclude_unset=True
)
async def response_times(
    database: DatabaseOf, days: PeriodOf, group_by: GroupBy = "source"
) -> ResponseTimesOut:
    """Median and ninth decile of the seconds from receipt to first contact."""
    async with transaction(database) as session:
        rows, totals = await reports.show_response_times(session, days, group_by.split(","))
    return ResponseTimesOut(
        rows=[ResponseTimesRowOut.of(row) for row in rows],
        totals=ResponseFiguresOut.model_validate(totals),
    )


@router.get("/v1/managers")
async def managers(
    caller: Annotated[Caller, MAY_READ_OWN_FIGURES], database: DatabaseOf, days: PeriodOf
) -> ManagersOut:
    """The figures of every manager; a manager sees the own row."""
    async with transaction(database) as session:
        summaries = await reports.show_managers(session, days, only=caller.manager_id)
    return ManagersOut(rows=[ManagerSummaryOut.of(summary) for summary in summaries])


@router.get("/v1/sources", dependencies=[MAY_READ_FIGURES])
async def sources(database: DatabaseOf, days: PeriodOf) -> SourcesOut:
    """The figures of every source that brought something in the period."""
    async with transaction(database) as session:
        summaries = await reports.show_sources(session, days)
    return SourcesOut(rows=[SourceSummaryOut.of(summary) for summary in summaries])


def _criteria(*, source: UUID | None, channel: str | None, manager: str | None) -> FunnelFilter:
    unassigned = manager == NO_MANAGER
    try:
        manager_id = None if manager is None or unassigned else UUID(manager)
    except ValueError:
        raise InvalidError(
            "No such manager.", errors=[("/manager", f"is an id, or {NO_MANAGER}")]
        ) from None
    return FunnelFilter(
        source_id=source, channel=channel, manager_id=manager_id, unassigned=unassigned
    )


def _refused(error: PeriodError) -> InvalidError:
    return InvalidError("The period is not one.", errors=[(f"/{error.field}", error.detail)])
