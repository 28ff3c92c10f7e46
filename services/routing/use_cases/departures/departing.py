"""Moves the leads of managers who left, and gives them back: a batch in a transaction.

What is moved is known by the rows alone, so that a batch may be repeated after any end of the
process, and another process goes on where one stopped.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from services.routing.domain.departures import Departure, Destination, State, fitting
from services.routing.domain.endings import LEFT
from services.routing.domain.lead import Lead
from services.routing.repository.departures import departures, moved_leads
from services.routing.repository.departures.departures import Counts
from services.routing.repository.leads import lock_leads
from services.routing.repository.leases import assignments
from services.routing.repository.managers import Manager, lock_managers
from services.routing.repository.transitions import Hop
from services.routing.use_cases.assign import assign
from services.routing.use_cases.assignments import LEADS, give_back
from services.routing.use_cases.departures.give_back import give_back_batch
from services.routing.use_cases.departures.leave import DEPARTURES
from services.routing.use_cases.leases.freeing import wait_again
from services.routing.use_cases.merge import make_way
from services.routing.use_cases.naming import name_owner
from shared.clock import Clock
from shared.contracts.leads import LeadReturned
from shared.database import Database, Session, reading, transaction
from shared.runtime.loop import Loop, Progress

BATCH = 200
POLL_SECONDS = 5.0


def departures_loop(database: Database, *, clock: Clock) -> Loop:
    """Carries out departures, the eldest first; rests while there is none."""

    async def run(progress: Progress) -> None:
        while True:
            progress.beat()
            if not await step(database, clock=clock):
                await database.wakeup.wait(DEPARTURES, seconds=POLL_SECONDS)

    return Loop("departures", run)


async def step(database: Database, *, clock: Clock) -> bool:
    """One batch of each departure that runs. False if none does."""
    async with reading(database) as session:
        ids = await departures.list_running(session)
    for departure_id in ids:
        async with transaction(database) as session:
            departure = await departures.lock_departure(session, departure_id)
            waiting = await _advance(session, departure, now=clock())
        for pool, lead_ids in waiting.items():
            # Each batch that is to be spread is decided as one backlog; what finds nobody waits.
            async with transaction(database) as session:
                await assign(session, pool, lead_ids, now=clock())
    return bool(ids)


async def _advance(
    session: Session, departure: Departure, *, now: datetime
) -> dict[str, list[UUID]]:
    """One batch. Returns the leads that are to be spread at once, by pool."""
    if departure.state == State.GIVING_BACK:
        await give_back_batch(session, departure, limit=BATCH, now=now)
        return {}
    if departure.state != State.MOVING:
        return {}
    owned = await moved_leads.list_owned(session, departure.manager_id, limit=BATCH)
    if not owned:
        await departures.change_state(session, departure, State.MOVED, ended_at=now)
        return {}
    return await _move(session, departure, owned, now=now)


async def _move(
    session: Session,
    departure: Departure,
    owned: Sequence[tuple[UUID, UUID]],
    *,
    now: datetime,
) -> dict[str, list[UUID]]:
    lead_ids = {lead_id for lead_id, _ in owned}
    contact_ids = {contact_id for _, contact_id in owned}
    # Leads that were accepted wait again: what waits beside them is merged first.
    open_ids = await make_way(session, contact_ids, lead_ids, now=now)
    locked = await lock_leads(session, lead_ids)
    closed_ids = [lead_id for lead_id, lead in locked.items() if lead.state != "open"]
    # For its next owner a lead weighs what it did before it faded.
    leads = [
        replace(lead, units_milli=lead.full_units_milli)
        for lead in locked.values()
        if lead.state == "open" and lead.owner_id == departure.manager_id
    ]
    successor_ids = {departure.successor_id} if departure.successor_id else set()
    managers = await lock_managers(session, {departure.manager_id} | successor_ids)
    ids = [lead.lead_id for lead in leads]
    # A lease that a closed lead should not have any more must not hold up the others.
    leases = await assignments.end(session, ids + closed_ids, outcome=LEFT, now=now)
    await give_back(session, leases)
    to_successor = await _to_successor(session, departure, leads, managers, now=now)
    rest = [lead for lead in leads if lead.lead_id not in to_successor]
    event = partial(LeadReturned, actor=departure.actor, reason=departure.reason, outcome=LEFT)
    in_queues = await wait_again(session, rest, event=event, hop=Hop.NONE, now=now)
    versions = {**in_queues, **to_successor}
    moved = [(lead.lead_id, lead.epoch, versions[lead.lead_id]) for lead in leads]
    await moved_leads.write_moved(session, departure.departure_id, moved, now=now)
    without_room = len(rest) if departure.destination == Destination.SUCCESSOR else 0
    counts = Counts(moved=len(leads), merged=len(lead_ids - open_ids), without_room=without_room)
    await departures.count(session, departure.departure_id, counts)
    session.notify_after_commit(LEADS)
    return _by_pool(rest) if departure.destination == Destination.SPREAD else {}


async def _to_successor(
    session: Session,
    departure: Departure,
    leads: Collection[Lead],
    managers: dict[UUID, Manager],
    *,
    now: datetime,
) -> dict[UUID, int]:
    """Give the successor what they have room for. Returns lead → new version."""
    successor = managers.get(departure.successor_id) if departure.successor_id else None
    if successor is None or successor.left_at is not None:
        return {}
    units = [(lead.lead_id, lead.units_milli) for lead in leads]
    room_milli = successor.capacity_milli - successor.reserved_milli
    ids = set(fitting(units, room_milli=room_milli))
    chosen = [lead for lead in leads if lead.lead_id in ids]
    return await name_owner(session, chosen, successor, actor=departure.actor, reason=LEFT, now=now)


def _by_pool(leads: Collection[Lead]) -> dict[str, list[UUID]]:
    by_pool: dict[str, list[UUID]] = {}
    for lead in leads:
        by_pool.setdefault(lead.pool, []).append(lead.lead_id)
    return by_pool
