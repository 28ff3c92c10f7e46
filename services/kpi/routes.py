"""HTTP routes of kpi: reports over days of a time zone, and the lists behind their numbers."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from services.kpi.domain.periods import Period, PeriodError, known_zone, period
from services.kpi.schemas import (
    BehindItem,
    Funnel,
    FunnelCounts,
    FunnelRow,
    GroupBy,
    Managers,
    ManagerSummary,
    Measure,
    ResponseFigures,
    ResponseTimes,
    ResponseTimesRow,
    Sources,
    SourceSummary,
)
from services.kpi.settings import Settings
from services.kpi.use_cases import reports
from shared.database import reading
from shared.errors import InvalidError
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit
from shared.web.pagination import Page, encode_cursor, uuid_cursor
from shared.web.tokens import Caller

router = APIRouter(tags=["kpi"])
overseer = Depends(Allow("supervisor"))
Reader = Annotated[Caller, Depends(Allow("supervisor", "manager"))]
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
        return period(first, end, known_zone(settings.time_zone if tz is None else tz))
    except PeriodError as error:
        raise _refused(error) from error


PeriodOf = Annotated[Period, Depends(_period)]


@router.get("/v1/funnel", dependencies=[overseer], response_model_exclude_unset=True)
async def funnel(database: DatabaseOf, days: PeriodOf, group_by: GroupBy = "source") -> Funnel:
    """Inquiries received and how far their leads got, by the first inquiry's time of receipt."""
    async with reading(database) as session:
        rows, totals = await reports.show_funnel(session, days, group_by.split(","))
    return Funnel(
        rows=[FunnelRow.of(row) for row in rows], totals=FunnelCounts.model_validate(totals)
    )


@router.get("/v1/funnel/leads", dependencies=[overseer])
async def funnel_leads(
    *,
    database: DatabaseOf,
    whole_period: PeriodOf,
    measure: Measure,
    source: UUID | None = None,
    channel: str | None = None,
    manager: Annotated[
        str | None, Query(max_length=36, description="a manager's id, or `none`")
    ] = None,
    day: date | None = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[BehindItem]:
    """The leads behind a number of the funnel; the inquiries behind `received`."""
    filters = _filters(source=source, channel=channel, manager=manager)
    try:
        days = whole_period if day is None else whole_period.only(day)
    except PeriodError as error:
        raise _refused(error) from error
    after = uuid_cursor(cursor)
    async with reading(database) as session:
        items_behind = await reports.show_behind(
            session, days, measure, filters, after=after, limit=limit + 1
        )
    items = [BehindItem.model_validate(item) for item in items_behind[:limit]]
    last = items[-1] if len(items_behind) > limit else None
    next_cursor = None
    if last is not None:
        next_cursor = encode_cursor(last.inquiry_id if measure == "received" else last.lead_id)
    return Page(items=items, next_cursor=next_cursor)


@router.get("/v1/response-times", dependencies=[overseer], response_model_exclude_unset=True)
async def response_times(
    database: DatabaseOf, days: PeriodOf, group_by: GroupBy = "source"
) -> ResponseTimes:
    """Median and ninth decile of the seconds from receipt to first contact."""
    async with reading(database) as session:
        rows, totals = await reports.show_response_times(session, days, group_by.split(","))
    return ResponseTimes(
        rows=[ResponseTimesRow.of(row) for row in rows],
        totals=ResponseFigures.model_validate(totals),
    )


@router.get("/v1/managers")
async def managers(caller: Reader, database: DatabaseOf, days: PeriodOf) -> Managers:
    """The figures of every manager; a manager sees the own row."""
    async with reading(database) as session:
        summaries = await reports.show_managers(session, days, only=caller.manager_id)
    return Managers(rows=[ManagerSummary.of(summary) for summary in summaries])


@router.get("/v1/sources", dependencies=[overseer])
async def sources(database: DatabaseOf, days: PeriodOf) -> Sources:
    """The figures of every source that brought something in the period."""
    async with reading(database) as session:
        summaries = await reports.show_sources(session, days)
    return Sources(rows=[SourceSummary.of(summary) for summary in summaries])


def _filters(*, source: UUID | None, channel: str | None, manager: str | None) -> dict[str, object]:
    filters: dict[str, object] = {}
    if source is not None:
        filters["source"] = source
    if channel is not None:
        if "\0" in channel:
            raise InvalidError("No such channel.", errors=[("/channel", "holds a NUL")])
        filters["channel"] = channel
    if manager == NO_MANAGER:
        filters["no_manager"] = True
    elif manager is not None:
        try:
            filters["manager"] = UUID(manager)
        except ValueError:
            raise InvalidError(
                "No such manager.", errors=[("/manager", f"is an id, or {NO_MANAGER}")]
            ) from None
    return filters


def _refused(error: PeriodError) -> InvalidError:
    return InvalidError("The period is not one.", errors=[(f"/{error.field}", error.detail)])
