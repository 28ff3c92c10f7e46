"""Changes calendars. Duty and running deadlines follow in the same transaction.

Locks: holiday calendars, then managers by id, then their leases.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.repository.calendars import calendars as rows
from services.routing.repository.calendars import holiday_calendars as holiday_rows
from services.routing.repository.managers import lock_managers, no_such_manager
from services.routing.use_cases.calendars.bundled_holidays import check_country
from services.routing.use_cases.calendars.changes import begin, follow
from services.routing.use_cases.errors import HolidayCalendarInUseError
from services.routing.use_cases.manager_events import emit_changed
from shared.database import Session
from shared.errors import InvalidError

MAX_LEAVE = 400
ALWAYS: Mapping[str, Any] = {
    "time_zone": None,
    "shifts": [
        {"from": "00:00", "to": "00:00", "days": [1, 2, 3, 4, 5, 6, 7], "on_holidays": True}
    ],
    "days": [],
    "leave": [],
    "holidays": [],
}


@dataclass(frozen=True, slots=True)
class LeaveFields:
    """Days, the last one included, or local times, as they stand in a calendar's JSON."""

    start: str
    end: str
    reason: str | None


async def put_calendar(
    session: Session,
    manager_id: UUID,
    content: Mapping[str, Any],
    *,
    now: datetime,
) -> rows.StoredCalendar:
    """Create or replace a manager's calendar.

    Raises NotFoundError, and InvalidError for a holiday calendar that does not exist.
    """
    names = list(content.get("holidays", ()))
    present = await holiday_rows.lock_holiday_keys(session, names)
    errors = [
        (f"/holidays/{place}", "there is no such holiday calendar")
        for place, name in enumerate(names)
        if name not in present
    ]
    if errors:
        raise InvalidError("A holiday calendar is not known.", errors=errors)
    await _lock(session, manager_id)
    change = await begin(session, [manager_id], now=now)
    await rows.write_calendar(session, manager_id, content, now=now)
    await follow(session, change, now=now)
    await emit_changed(session, manager_id, now=now)
    stored = await rows.find_calendar(session, manager_id)
    assert stored is not None
    return stored


async def delete_calendar(session: Session, manager_id: UUID, *, now: datetime) -> None:
    """Afterwards the manager is always on shift. Raises NotFoundError."""
    await _lock(session, manager_id)
    change = await begin(session, [manager_id], now=now)
    if not await rows.delete_calendar(session, manager_id):
        raise rows.no_calendar()
    await follow(session, change, now=now)
    await emit_changed(session, manager_id, now=now)


async def add_leave(
    session: Session, manager_id: UUID, leave: LeaveFields, *, now: datetime
) -> rows.StoredCalendar:
    """Add leave to a calendar; who has none was always on shift, and is so still but for the leave.

    Raises NotFoundError, and InvalidError when the calendar is full.
    """
    await _lock(session, manager_id)
    before = await rows.find_calendar(session, manager_id)
    content = ALWAYS if before is None else before.content
    absences = list(content.get("leave", ()))
    if len(absences) >= MAX_LEAVE:
        raise InvalidError("The calendar is full of leave.", errors=[("", "too many")])
    entry = {"from": leave.start, "to": leave.end, "reason": leave.reason}
    content = {**content, "leave": [*absences, entry]}
    change = await begin(session, [manager_id], now=now)
    await rows.write_calendar(session, manager_id, content, now=now)
    await follow(session, change, now=now)
    await emit_changed(session, manager_id, now=now)
    return rows.StoredCalendar(content, before.version + 1 if before else 1, now)


async def put_holiday_calendar(
    session: Session, key: str, content: Mapping[str, Any], *, now: datetime
) -> holiday_rows.HolidayCalendar:
    """Create or replace a holiday calendar. Raises InvalidError for an unknown country."""
    if content.get("country"):
        check_country(content["country"], content.get("subdivision"))
    await holiday_rows.lock_holiday_calendar(session, key)
    manager_ids = await rows.list_who_names(session, key)
    await lock_managers(session, manager_ids)
    change = await begin(session, manager_ids, now=now)
    await holiday_rows.write_holiday_calendar(session, key, content)
    await follow(session, change, now=now)
    return await holiday_rows.get_holiday_calendar(session, key)


async def delete_holiday_calendar(session: Session, key: str) -> None:
    """Raises NotFoundError, and HolidayCalendarInUseError while a calendar names it."""
    await holiday_rows.lock_holiday_calendar(session, key)
    if await rows.list_who_names(session, key):
        raise HolidayCalendarInUseError("Calendars name it.", errors=[("/key", "in use")])
    if not await holiday_rows.delete_holiday_calendar(session, key):
        raise holiday_rows.no_holiday_calendar()


async def _lock(session: Session, manager_id: UUID) -> None:
    if not await lock_managers(session, [manager_id]):
        raise no_such_manager()
