"""Assigns new leads when they are opened, if no waiting lead is overtaken.

A new lead is assigned, under the locks of the pool's members, only if no lead that waits in the
pool could be served. Otherwise it waits too, and the assigner serves the queue in its order.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.routing.domain.deciding.batch import can_be_served
from services.routing.domain.deciding.candidates import Member, line_up
from services.routing.domain.deciding.terms import terms_of
from services.routing.domain.deciding.waiting import Waiting
from services.routing.repository.outcomes import DecisionBatch, NewLead, Outcome
from services.routing.repository.rooms import GLANCE, InQueue, Room, lock_rooms
from services.routing.use_cases.award import as_waiting, judge, record
from services.routing.use_cases.terms import in_working_time
from shared.database import Session

# Inquiries older than this are a backlog, which the assigner serves in its order.
FRESH = timedelta(seconds=5)


async def assign_new(
    session: Session, leads: Sequence[NewLead], *, now: datetime
) -> list[DecisionBatch]:
    """Decide the owners of these leads, pool by pool, before the leads are written. Leads that no
    returned batch names wait. Locks the members of all their pools.
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
    rooms = await lock_rooms(session, sorted(fresh), glance=GLANCE)
    batches: list[DecisionBatch] = []
    units: Counter[UUID] = Counter()  # given to members that earlier pools of this batch share
    for pool, room in rooms.items():
        members = [_with_load(member, units[member.manager_id], now) for member in room.members]
        batch = _decide(replace(room, members=members), fresh[pool], now=now)
        if batch is not None:
            batch = await in_working_time(session, batch, room.policy, members=room.members)
            batches.append(batch)
            for item in batch.outcomes:
                if item.manager_id is not None:
                    units[item.manager_id] += item.units_milli
    return batches


def _with_load(member: Member, units_milli: int, now: datetime) -> Member:
    if not units_milli:
        return member
    reserved_milli = member.reserved_milli + units_milli
    return member._replace(reserved_milli=reserved_milli, last_assigned_at=now)


def _decide(room: Room, leads: Sequence[NewLead], *, now: datetime) -> DecisionBatch | None:
    if not room.watched or len(room.queue) >= GLANCE:
        return None
    candidates = line_up(room.members, at=now, policy=room.policy)
    waiting = [_in_queue(item, room) for item in room.queue]
    if can_be_served(waiting, candidates, terms_of(room.policy)):
        return None
    queue = sorted(leads, key=lambda lead: lead.queue_at)
    seed, judgements = judge([as_waiting(lead) for lead in queue], room.policy, candidates)
    awards = [item for item in judgements if item[2].manager_id is not None]
    if not awards:
        return None
    return record(
        awards, candidates, room.policy, pool=room.key, version=room.version, seed=seed, at=now
    )


def _in_queue(item: InQueue, room: Room) -> Waiting:
    return Waiting(
        lead_id=UUID(int=0),
        units_milli=item.units_milli,
        round=item.round,
        skills=room.policy.skills_for(item.language),
        passed_over=item.passed_over,
    )


def with_owners(
    leads: Sequence[NewLead], batches: Sequence[DecisionBatch]
) -> tuple[list[NewLead], Mapping[UUID, Outcome]]:
    """The leads to write, and the outcome of each one that got an owner."""
    outcomes = {outcome.lead_id: outcome for batch in batches for outcome in batch.outcomes}
    return [_with_owner(lead, outcomes.get(lead.lead_id)) for lead in leads], outcomes


def _with_owner(lead: NewLead, outcome: Outcome | None) -> NewLead:
    if outcome is None:
        return lead
    return replace(
        lead,
        owner_id=outcome.manager_id,
        epoch=outcome.epoch,
        version=outcome.version,
        round=outcome.round,
    )
