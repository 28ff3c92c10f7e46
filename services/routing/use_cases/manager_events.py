"""Tells of managers as they are configured."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.domain.lead import MILLI
from services.routing.repository.calendars.calendars import StoredCalendar, find_calendar
from services.routing.repository.managers import Manager, get_manager
from services.routing.use_cases.assignments import LEADS
from shared.contracts.managers import ManagerChanged
from shared.database import Session
from shared.messaging.outbox.publish import emit


async def emit_changed(session: Session, manager_id: UUID, *, now: datetime) -> Manager:
    """Emit `manager.changed` with what is configured now."""
    manager = await get_manager(session, manager_id)
    event = ManagerChanged(
        manager_id=manager_id,
        changed_at=now,
        name=manager.name,
        email=manager.email,
        capacity=manager.capacity_milli / MILLI,
        time_zone=manager.time_zone,
        skills=dict(manager.skills),
        languages=list(manager.languages),
        regions=list(manager.regions),
        products=list(manager.products),
        weight=manager.weight_milli / MILLI,
        hourly_limit=manager.hourly_limit,
        daily_limit=manager.daily_limit,
        left_at=manager.left_at,
        pools=list(manager.pools),
        calendar=as_event(await find_calendar(session, manager_id)),
    )
    emit(session, event, now=now)
    session.notify_after_commit(LEADS)
    return manager


def as_event(calendar: StoredCalendar | None) -> dict[str, Any] | None:
    """A calendar as events carry it: without reasons of leave, which may say how somebody is."""
    if calendar is None:
        return None
    leave = [{**item, "reason": None} for item in calendar.content.get("leave", ())]
    return {**calendar.content, "leave": leave}
