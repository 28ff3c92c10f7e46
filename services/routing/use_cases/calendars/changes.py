"""What a change of calendars brings: duty and running deadlines follow in the same transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.calendars.shape import Timetable
from services.routing.repository.calendars import calendars as rows
from services.routing.repository.leases.terms import lock_running_terms
from services.routing.use_cases.calendars import duties
from services.routing.use_cases.calendars.terms import move_terms
from services.routing.use_cases.calendars.timetables import timetables
from shared.contracts.managers import ManagerChanged
from shared.database import Session


async def begin(
    session: Session, manager_ids: Collection[UUID], *, now: datetime
) -> dict[UUID, Timetable]:
    """The calendars of managers as they are before a change. The caller holds their locks."""
    return await timetables(session, manager_ids, now=now)


async def follow(session: Session, before: Mapping[UUID, Timetable], *, now: datetime) -> None:
    """Let duty and the deadlines of leases follow a change of calendars or of zones."""
    after = await timetables(session, before, now=now)
    changed = {key: item for key, item in after.items() if item != before[key]}
    if not changed:
        return
    await duties.refresh(session, changed, now=now)
    leases = await lock_running_terms(session, changed)
    await move_terms(session, leases, old=before, new=changed, since=now, now=now)


async def restore_calendars(
    session: Session, events: Sequence[ManagerChanged], *, now: datetime
) -> None:
    """Write the calendars of managers as their events have them. The managers are locked."""
    for event in events:
        if event.calendar is None:
            await rows.delete_calendar(session, event.manager_id)
        else:
            await rows.write_calendar(session, event.manager_id, event.calendar, now=now)
    manager_ids = [event.manager_id for event in events]
    await duties.refresh(session, await timetables(session, manager_ids, now=now), now=now)
