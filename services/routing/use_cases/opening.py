"""Assigns new leads when they are opened, if no waiting lead is overtaken.

A new lead is assigned, under the locks of the pool's members, only if no lead that waits in the
pool could be served. Otherwise it waits too, and the assigner serves the queue in its order.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.routing.domain.deciding.batch import can_be_served
from services.routing.repository.decision_batches import DecisionBatch
from services.routing.repository.outcomes import NewLead
from services.routing.repository.rooms import GLANCE, Room, lock_rooms
from services.routing.use_cases.award import as_waiting
from services.routing.use_cases.calendars.terms import in_working_time
from services.routing.use_cases.judging import judge
from services.routing.use_cases.questions import Questions
from shared.database import Session

# Inquiries older than this are a backlog, which the assigner serves in its order.
FRESH = timedelta(seconds=5)


async def assign_new(
    session: Session, leads: Collection[NewLead], *, strangers: Collection[UUID], now: datetime
) -> list[DecisionBatch]:
    """Decide the owners of these leads, pool by pool, before the leads are written. Leads that no
    returned batch names wait. `strangers` are contacts that had no lead before. Locks the members
    of all their pools.
    """
    by_pool: dict[str, list[NewLead]] = {}
    for lead in leads:
        by_pool.setdefault(lead.pool, []).append(lead)
    fresh = {
        pool: leads_of_pool
        for pool, leads_of_pool in by_pool.items()
        if all(now - lead.received_at <= FRESH for lead in leads_of_pool)
    }
    if not fresh:
        return []
    customers = {lead.canonical_id for lead in leads if lead.contact_id not in strangers}
    rooms = await lock_rooms(session, sorted(fresh), glance=GLANCE, customers=customers, now=now)
    batches: list[DecisionBatch] = []
    for pool, room in rooms.items():
        # Pools of this batch may share members.
        batch = _decide(_with_load(room, batches, now=now), fresh[pool], now=now)
        if batch is not None:
            batch = await in_working_time(session, batch, room.policy, members=room.members)
            batches.append(batch)
    return batches


def _with_load(room: Room, batches: Iterable[DecisionBatch], *, now: datetime) -> Room:
    """The room as it is after these batches, which are not written yet."""
    for batch in batches:
        room = room.after(batch.loads_by_manager(), now=now)
    return room


def _decide(room: Room, leads: Sequence[NewLead], *, now: datetime) -> DecisionBatch | None:
    if not room.watched or len(room.queue) >= GLANCE:
        return None
    if room.queue:
        candidates = room.candidates(at=now)
        questions = Questions(room.policy, candidates, at=now)
        in_queue = [questions.ask(item) for item in room.queue]
        if can_be_served(in_queue, candidates, questions.terms):
            return None
    new = sorted(leads, key=lambda lead: (lead.queue_at, lead.lead_id.int))
    trial = judge([as_waiting(lead, since=now) for lead in new], room, at=now)
    owned = trial.owned()
    return owned.record(at=now) if owned.answers else None
