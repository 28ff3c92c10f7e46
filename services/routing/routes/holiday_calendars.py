"""Routes of holiday calendars, which managers' calendars name."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from services.routing.repository.calendars import holiday_calendars as rows
from services.routing.schemas.calendars.bodies import (
    HolidayCalendarIn,
    HolidayCalendarOut,
    holiday_calendar_out,
)
from services.routing.schemas.fields import KEY_PATTERN
from services.routing.use_cases.calendars import configure as calendars
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, number_cursor, page

router = APIRouter(tags=["calendars"])
MAY_CHANGE_HOLIDAYS = Depends(Allow())
MAY_READ_HOLIDAYS = Depends(Allow("supervisor"))
HolidayKey = Annotated[str, Path(pattern=KEY_PATTERN)]


@router.get("/v1/holiday-calendars", dependencies=[MAY_READ_HOLIDAYS])
async def list_holiday_calendars(
    database: DatabaseOf,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[HolidayCalendarOut]:
    """Newest first."""
    before = number_cursor(cursor)
    async with reading(database) as session:
        calendars = await rows.list_holiday_calendars(session, before=before, limit=limit)
    part = page(calendars, limit=limit, key=lambda row: row.number)
    items = [holiday_calendar_out(row) for row in part.items]
    return Page(items=items, next_cursor=part.next_cursor)


@router.get("/v1/holiday-calendars/{key}", dependencies=[MAY_READ_HOLIDAYS])
async def read_holiday_calendar(database: DatabaseOf, key: HolidayKey) -> HolidayCalendarOut:
    """One holiday calendar."""
    async with reading(database) as session:
        calendar = await rows.get_holiday_calendar(session, key)
    return holiday_calendar_out(calendar)


@router.put("/v1/holiday-calendars/{key}", dependencies=[MAY_CHANGE_HOLIDAYS])
async def put_holiday_calendar(
    body: HolidayCalendarIn, database: DatabaseOf, now: Now, key: HolidayKey
) -> HolidayCalendarOut:
    """Create or replace it; the duty of all whose calendars name it follows at once."""
    async with transaction(database) as session:
        calendar = await calendars.put_holiday_calendar(session, key, body.content(), now=now)
    return holiday_calendar_out(calendar)


@router.delete("/v1/holiday-calendars/{key}", status_code=204, dependencies=[MAY_CHANGE_HOLIDAYS])
async def delete_holiday_calendar(database: DatabaseOf, key: HolidayKey) -> Response:
    """Only one that no calendar names can go."""
    async with transaction(database) as session:
        await calendars.delete_holiday_calendar(session, key)
    return Response(status_code=204)
