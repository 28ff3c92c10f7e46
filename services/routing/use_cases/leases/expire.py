"""Ends leases and statuses whose term is over, and moves all terms after an absence of our own.

A lease ends only by a committed row: an acceptance that commits first wins, even a late one.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog

from services.routing.repository import heartbeat, managers
from services.routing.repository.heartbeat import ABSENCE
from services.routing.repository.leads import lock_leads
from services.routing.repository.leases import absences, assignments, terms
from services.routing.repository.leases.assignments import Due
from services.routing.repository.managers import lock_managers
from services.routing.repository.transitions import Hop
from services.routing.use_cases.assignments import give_back
from services.routing.use_cases.calendars.terms import move_terms
from services.routing.use_cases.calendars.timetables import timetables
from services.routing.use_cases.leases.freeing import wait_again
from services.routing.use_cases.merge import make_way
from services.routing.use_cases.presence import settle_presence
from shared.contracts.leads import LeadLeaseExpired
from shared.contracts.managers import ManagerStatusChanged
from shared.database import Session
from shared.messaging.outbox.publish import emit
from shared.messaging.outbox.walking import WALK

log = structlog.get_logger()
BATCH = 200


async def beat(session: Session, *, now: datetime) -> None:
    """Write the heartbeat. After an absence of the timers the running terms move by its length."""
    # The absence is measured by the database's clock, which is the same for every host. A change of
    # our own clock, forward or back, moves the terms likewise: four minutes left stay four minutes.
    last = await heartbeat.beat(session, now=now)
    if last is None:
        return
    gap = now - last.clock_at
    if last.silence <= ABSENCE and abs(gap - last.silence) <= ABSENCE:
        return
    await forgive(session, gap=gap, now=now)
    log.warning("routing.was_away", seconds=gap.total_seconds())


async def forgive(session: Session, *, gap: timedelta, now: datetime) -> None:
    """Move every running deadline, status lifetime and grace by the gap; those in working time keep
    the working time that was left when the gap began.
    """
    await managers.shift_statuses(session, gap=gap)
    await absences.shift(session, gap=gap, now=now)
    planned = await terms.list_planned(session)
    leases = await terms.lock_running_terms(session, planned)
    await assignments.shift(session, gap=gap)
    calendars = await timetables(session, {item.manager_id for item in leases}, now=now)
    await move_terms(session, leases, old=calendars, new=calendars, since=now - gap, now=now)


async def deadlines_due(
    session: Session, *, now: datetime, touch_by: datetime | None
) -> Mapping[str, datetime]:
    """The deadlines that some live leases are past: name of the deadline → as of when.

    `touch_by` is the moment up to which all touches are known, if any is.
    """
    accept, first_touch, waiting = await assignments.has_due(session, now=now, touch_by=touch_by)
    if waiting:
        # Leases due after `touch_by` cannot end before the next walk: let it run at once.
        session.notify_after_commit(WALK)
    due = {"accept": now} if accept else {}
    return {**due, "first_touch": touch_by} if first_touch and touch_by else due


async def expire_statuses(session: Session, *, now: datetime) -> None:
    """Put managers offline whose status has run out."""
    manager_ids = await managers.expire_statuses(session, now=now)
    await settle_presence(session, manager_ids, now=now)
    for manager_id in manager_ids:
        event = ManagerStatusChanged(manager_id=manager_id, status="offline", changed_at=now)
        emit(session, event, now=now)


async def expire_leases(
    session: Session, *, deadline: str, now: datetime, after: Due | None
) -> Due | None:
    """End one batch of leases past their `accept` or `first_touch` deadline. Returns the last of a
    full batch, behind which the next batch begins, else None.
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
    leases = await assignments.expire(session, lead_ids, deadline=deadline, now=now)
    if leases:
        await assignments.pass_over(session, leases)
        await give_back(session, leases)
        expired = [leads[item.lead_id] for item in leases]
        event = partial(LeadLeaseExpired, deadline=deadline)
        await wait_again(session, expired, event=event, hop=Hop.NEXT, now=now)
    return due[-1] if len(due) == BATCH else None
