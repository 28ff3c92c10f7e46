"""Leads whose leases ran out too often go to the supervisors of their pools.

They leave the ordinary queue (`parked_reason` is `escalated`) and are decided among the supervisors
alone. A pool without supervisors lets them go round again; the alarm is raised all the same.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from services.routing.domain import tiers
from services.routing.domain.tiers import ESCALATED
from services.routing.repository import queue, transitions
from services.routing.repository.leases import escalations
from services.routing.repository.leases.escalations import SupervisedPool
from services.routing.repository.rooms import lock_rooms
from services.routing.repository.transitions import FreedLead
from services.routing.use_cases.assignments import LEADS
from services.routing.use_cases.award import write_awards
from services.routing.use_cases.forgotten import without_erased
from services.routing.use_cases.judging import judge
from shared.clock import Clock
from shared.contracts.leads import LeadParked
from shared.database import Database, Session, reading, transaction
from shared.messaging.outbox.publish import emit

log = structlog.get_logger()
BATCH = 200
ESCALATIONS = "escalations"  # the wake-up's channel: a lead waits for a supervisor


async def set_escalated_aside(
    session: Session,
    freed: Collection[FreedLead],
    contacts: Mapping[UUID, UUID],
    *,
    now: datetime,
) -> None:
    """Of leads that have just lost their owners, keep those that went round too often for their
    supervisors. `contacts`: lead → contact. The caller holds the leads' locks.
    """
    hopped = [item for item in freed if item.hops]
    if not hopped:
        return
    pools = await escalations.list_terms(session, {item.pool for item in hopped})
    escalated = [item for item in hopped if tiers.is_escalated(item.hops, pools[item.pool].policy)]
    for item in escalated:
        log.warning("lead.escalated", lead_id=str(item.lead_id), count=item.hops, pool=item.pool)
    waiting = [item for item in escalated if pools[item.pool].is_supervised]
    if not waiting:
        return
    reasons = [(item.lead_id, ESCALATED, item.round) for item in waiting]
    await transitions.park_leads(session, reasons)
    for item in waiting:
        event = LeadParked(
            lead_id=item.lead_id,
            contact_id=contacts[item.lead_id],
            version=item.version,
            at=now,
            reason=ESCALATED,
        )
        emit(session, event, now=now)
    session.notify_after_commit(ESCALATIONS)


async def serve_escalated(database: Database, *, clock: Clock) -> int:
    """One round over all pools, a batch of each. Returns how many leads got a supervisor."""
    count = 0
    async with reading(database) as session:
        pools = await escalations.list_pools(session, now=clock(), limit=BATCH)
    for pool in pools:
        if pool.is_supervised and not pool.has_room:
            continue
        async with transaction(database) as session:
            if pool.is_supervised:
                count += await _assign(session, pool, now=clock())
            else:
                await escalations.put_back(session, pool.key, limit=BATCH)
                session.notify_after_commit(LEADS)
    return count


async def _assign(session: Session, pool: SupervisedPool, *, now: datetime) -> int:
    lead_ids = await escalations.list_lead_ids(session, pool.key, limit=BATCH)
    locked = await queue.lock_waiting(session, lead_ids)
    escalated = [lead for lead in locked if lead.parked_reason == ESCALATED]
    leads = await without_erased(session, escalated, now=now)
    room = (await lock_rooms(session, [pool.key], glance=0, now=now)).get(pool.key)
    if room is None or not room.watched:
        return 0
    supervisors = [item for item in room.members if item.manager_id in room.supervisor_ids]
    # A supervisor takes what nobody else did, whatever the lead asks for.
    policy = replace(room.policy, skills={}, match_language=False, match=())
    members = tiers.as_supervisors(supervisors, at=now)
    trial = judge(leads, replace(room, members=members, policy=policy), at=now)
    answers = [item for item in trial.answers if item.choice.manager_id is not None]
    if answers:
        batch = replace(trial, answers=answers).record(at=now)
        awarded = [item.lead for item in answers]
        await write_awards(session, awarded, batch, now=now, reason=ESCALATED)
    return len(answers)
