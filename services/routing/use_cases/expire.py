"""Leases and statuses that have outlived their term, and our own absences, which count for nobody.

One law: a lease ends only by a committed row; whoever accepts first wins, late or not.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from services.routing.repository import assignments, heartbeat, managers, transitions
from services.routing.repository.assignments import Due, Ended
from services.routing.repository.heartbeat import ABSENCE
from services.routing.repository.leads import lock_leads
from services.routing.repository.managers import lock_managers
from services.routing.use_cases.merge import make_way
from services.routing.use_cases.release import LEADS, give_back
from shared.contracts.leads import LeadLeaseExpired
from shared.contracts.managers import ManagerStatusChanged
from shared.database import Session
from shared.messaging.consumer.consumer import WALK
from shared.messaging.outbox.publish import emit

log = structlog.get_logger()
BATCH = 200


async def beat(session: Session, *, now: datetime) -> timedelta:
    """Say that we are here. After an absence of ours all running terms move by its length.

    It is the database's clock that tells of an absence, whichever host we run on. A clock of ours
    that was set moves the terms likewise, forward or back: whoever had four minutes left has four
    minutes left.
    """
    last = await heartbeat.beat(session, now=now)
    if last is None:
        return timedelta(0)
    passed = now - last.clock_at
    if last.silence <= ABSENCE and abs(passed - last.silence) <= ABSENCE:
        return timedelta(0)
    await forgive(session, gap=passed)
    log.warning("routing.was_away", seconds=passed.total_seconds())
    return passed


async def forgive(session: Session, *, gap: timedelta) -> None:
    """Move every running deadline and status lifetime by the gap."""
    await managers.shift_statuses(session, gap=gap)
    await assignments.shift(session, gap=gap)


async def deadlines_due(
    session: Session, *, now: datetime, touch_by: datetime | None
) -> Mapping[str, datetime]:
    """Which deadlines some leases are past, and as of when. Who was reached is known up to
    `touch_by`; what is due since then waits for the walk, which is asked to run at once.
    """
    accept, first_touch, waiting = await assignments.any_due(session, now=now, touch_by=touch_by)
    if waiting:
        session.notify_after_commit(WALK)
    due = {"accept": now} if accept else {}
    return {**due, "first_touch": touch_by} if first_touch and touch_by else due


async def expire_statuses(session: Session, *, now: datetime) -> int:
    """Managers whose status has not been renewed in time are offline from now on."""
    due = await managers.expire_statuses(session, now=now)
    for manager_id in due:
        said = ManagerStatusChanged(manager_id=manager_id, status="offline", changed_at=now)
        emit(session, said, now=now)
    return len(due)


async def expire_leases(
    session: Session, *, deadline: str, now: datetime, after: Due | None
) -> Due | None:
    """End one batch of leases past their `accept` or `first_touch` deadline. Gives the last of a
    full batch: the next one begins behind it, whether or not all of this one could be ended.
    """
    due = await assignments.list_due(session, deadline=deadline, now=now, after=after, limit=BATCH)
    if not due:
        return None
    lead_ids = {item.lead_id for item in due}
    if deadline == "first_touch":
        contact_ids = {item.contact_id for item in due}
        lead_ids = await make_way(session, contact_ids, lead_ids, now=now)
    leads = await lock_leads(session, lead_ids)
    lead_ids = {lead_id for lead_id, lead in leads.items() if lead.state == "open"}
    await lock_managers(session, await assignments.owners_of(session, lead_ids))
    ended = await assignments.expire(session, lead_ids, deadline=deadline, now=now)
    if ended:
        await assignments.pass_over(session, ended, reason=f"{deadline}_expired", now=now)
        await give_back(session, ended)
        await _wait_again(session, ended, deadline=deadline, now=now)
    return due[-1] if len(due) == BATCH else None


async def _wait_again(
    session: Session, ended: Sequence[Ended], *, deadline: str, now: datetime
) -> None:
    leads = await lock_leads(session, {item.lead_id for item in ended})
    versions = await transitions.free(session, {item.lead_id: item.epoch for item in ended})
    for item in ended:
        said = LeadLeaseExpired(
            lead_id=item.lead_id,
            contact_id=leads[item.lead_id].contact_id,
            version=versions[item.lead_id],
            at=now,
            manager_id=item.manager_id,
            epoch=item.epoch,
            deadline=deadline,
        )
        emit(session, said, now=now)
    session.notify_after_commit(LEADS)
