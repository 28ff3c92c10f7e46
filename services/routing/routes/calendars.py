"""Routes of managers' calendars, in JSON and iCalendar, of leave, and of duty as it comes."""

import asyncio
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from services.routing.domain.calendars.records import calendar_of
from services.routing.domain.calendars.resolving import resolve
from services.routing.repository.calendars import calendars as rows
from services.routing.repository.managers import get_manager, no_such_manager
from services.routing.schemas.calendars.bodies import (
    CalendarIn,
    CalendarOut,
    DutyOut,
    LeaveIn,
    calendar_out,
    duty_out,
)
from services.routing.schemas.calendars.file_bounds import MAX_FILE_BYTES
from services.routing.schemas.calendars.reading import read_calendar
from services.routing.schemas.calendars.writing import write_calendar
from services.routing.use_cases.calendars import configure as calendars
from services.routing.use_cases.calendars.timetables import timetables
from shared.database import reading, transaction
from shared.errors import InvalidError
from shared.web.access import Allow
from shared.web.bodies import body_within
from shared.web.dependencies import DatabaseOf, Now
from shared.web.ranges import Moment
from shared.web.tokens import Caller

ICALENDAR = "text/calendar"
LONGEST_PLAN_DAYS = 400
MAY_PLAN = Depends(Allow("supervisor"))
MAY_READ_PLANS = Allow("supervisor", "manager")
Staff = Annotated[Caller, Depends(MAY_READ_PLANS)]
_FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_TAKES_FILE: dict[str, Any] = {"requestBody": {"content": {ICALENDAR: _FILE}}}
router = APIRouter(tags=["calendars"])


class ICalendarRoute(APIRoute):
    """A route for bodies of iCalendar alone; others go on to the next route of the path."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child_scope = super().matches(scope)
        kinds = [value for name, value in scope.get("headers", ()) if name == b"content-type"]
        if match is Match.FULL and not any(k.lower().startswith(ICALENDAR.encode()) for k in kinds):
            return Match.NONE, {}
        return match, child_scope


files = APIRouter(tags=["calendars"], route_class=ICalendarRoute)


def _own_or_absent(caller: Caller, manager_id: UUID) -> None:
    """To a manager, other managers do not exist."""
    if caller.manager_id is not None and caller.manager_id != manager_id:
        raise no_such_manager()


@router.get(
    "/v1/managers/{manager_id}/calendar",
    response_model=CalendarOut,
    responses={200: {"content": {ICALENDAR: _FILE}}},
)
async def read_calendar_of(
    caller: Staff, request: Request, database: DatabaseOf, now: Now, manager_id: UUID
) -> CalendarOut | Response:
    """A manager's calendar, as iCalendar if that is accepted. 404 without one."""
    _own_or_absent(caller, manager_id)
    async with reading(database) as session:
        manager = await get_manager(session, manager_id)
        stored = await rows.find_calendar(session, manager_id)
        by_manager = await timetables(session, [manager_id], now=now)
    if stored is None:
        raise rows.no_calendar()
    if ICALENDAR not in request.headers.get("accept", ""):
        return calendar_out(manager_id, stored)
    calendar = calendar_of(stored.content, zone=manager.time_zone)
    holidays = by_manager[manager_id].holidays
    file = await asyncio.to_thread(
        write_calendar, calendar, holidays, manager_id=manager_id, now=now
    )
    return Response(file, media_type=f"{ICALENDAR}; charset=utf-8")


@files.put(
    "/v1/managers/{manager_id}/calendar",
    include_in_schema=False,
    dependencies=[MAY_PLAN],
    openapi_extra=_TAKES_FILE,
)
async def put_calendar_file(
    request: Request, database: DatabaseOf, now: Now, manager_id: UUID
) -> CalendarOut:
    """As `put_calendar`, from iCalendar."""
    content = await body_within(request, MAX_FILE_BYTES)
    async with reading(database) as session:
        manager = await get_manager(session, manager_id)
    # Reading takes up to half a second of bounded work: others are served meanwhile.
    body = await asyncio.to_thread(read_calendar, content, zone=manager.time_zone, today=now.date())
    async with transaction(database) as session:
        stored = await calendars.put_calendar(session, manager_id, body.content(), now=now)
    return calendar_out(manager_id, stored)


@router.put(
    "/v1/managers/{manager_id}/calendar",
    dependencies=[MAY_PLAN],
    openapi_extra=_TAKES_FILE,
)
async def put_calendar(
    body: CalendarIn, database: DatabaseOf, now: Now, manager_id: UUID
) -> CalendarOut:
    """Create or replace a manager's calendar, in JSON or as iCalendar. Duty follows at once, and
    deadlines that run keep the working time that was left.
    """
    async with transaction(database) as session:
        stored = await calendars.put_calendar(session, manager_id, body.content(), now=now)
    return calendar_out(manager_id, stored)


@router.delete("/v1/managers/{manager_id}/calendar", status_code=204, dependencies=[MAY_PLAN])
async def delete_calendar(database: DatabaseOf, now: Now, manager_id: UUID) -> Response:
    """Afterwards the manager is always on shift."""
    async with transaction(database) as session:
        await calendars.delete_calendar(session, manager_id, now=now)
    return Response(status_code=204)


@router.post("/v1/managers/{manager_id}/leave", dependencies=[MAY_PLAN])
async def add_leave(body: LeaveIn, database: DatabaseOf, now: Now, manager_id: UUID) -> CalendarOut:
    """Add leave to a manager's calendar."""
    async with transaction(database) as session:
        stored = await calendars.add_leave(session, manager_id, body.fields(), now=now)
    return calendar_out(manager_id, stored)


@router.get("/v1/managers/{manager_id}/duty")
async def list_duty(
    *,
    caller: Staff,
    database: DatabaseOf,
    now: Now,
    manager_id: UUID,
    since: Annotated[Moment, Query(alias="from")],
    until: Annotated[Moment, Query(alias="to")],
) -> list[DutyOut]:
    """When the manager is on duty between two moments, in order; without a calendar always."""
    _own_or_absent(caller, manager_id)
    errors = [
        (name, "lies between 1971 and 2200")
        for name, moment in (("/from", since), ("/to", until))
        if not 1970 < moment.year < 2200
    ]
    if not errors and not timedelta() <= until - since <= timedelta(days=LONGEST_PLAN_DAYS):
        errors = [("/to", f"up to {LONGEST_PLAN_DAYS} days after from")]
    if errors:
        raise InvalidError("The span of time cannot be used.", errors=errors)
    async with reading(database) as session:
        await get_manager(session, manager_id)
        by_manager = await timetables(session, [manager_id], now=now)
    intervals = await asyncio.to_thread(resolve, by_manager[manager_id], since, until)
    return [duty_out(interval) for interval in intervals]
