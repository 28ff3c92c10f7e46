"""Weighs leads anew: what a lead reserves of its owner follows its stage, its priority and the time
since it was last touched. The locks are those of everybody: leads, then managers.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.policies import Policy
from services.routing.domain.units import Change, WeighedLead, fade, within_room
from services.routing.repository.configuration import get_configuration
from services.routing.repository.leads import raise_priority
from services.routing.repository.managers import free_units, lock_managers
from services.routing.repository.pools import reweighing
from services.routing.repository.pools.reweighing import NewWeight
from services.routing.use_cases.assignments import LEADS
from shared.clock import Clock
from shared.database import Database, Session, transaction

BATCH = 500
BATCHES = 20  # at most in one round of the timers, whose heartbeat must not wait


async def weigh(session: Session, lead_ids: Collection[UUID], *, now: datetime) -> None:
    """Weigh open leads with their leases and the reservations of their owners. A weight that rises
    takes the room that its owner has, and no more. Locks the leads and then their owners.
    """
    lead_ids = await reweighing.lock_open(session, lead_ids)
    leads = await reweighing.list_weighed(session, lead_ids)
    owner_ids = {lead.owner_id for lead in leads if lead.owner_id is not None}
    managers = await lock_managers(session, owner_ids)
    rooms = {key: item.capacity_milli - item.reserved_milli for key, item in managers.items()}
    pools = (await get_configuration(session)).pools
    policies = {key: pool.policy for key, pool in pools.items()}
    await _write(session, leads, policies, rooms, now=now)


async def _write(
    session: Session,
    leads: Sequence[WeighedLead],
    policies: Mapping[str, Policy],
    rooms: Mapping[UUID, int],
    *,
    now: datetime,
) -> None:
    weights = [_weight(lead, policies[lead.pool], now=now) for lead in leads]
    changes = [
        Change(lead.lead_id, lead.owner_id, lead.reserved_milli, weight.units_milli)
        for lead, weight in zip(leads, weights, strict=True)
        if lead.owner_id is not None and lead.reserved_milli is not None
    ]
    reserved = within_room(changes, rooms)
    await reweighing.write_weights(
        session,
        [
            weight._replace(units_milli=reserved.get(weight.lead_id, weight.units_milli))
            for weight in weights
        ],
    )
    freed: dict[UUID, int] = {}
    for change in changes:
        difference = change.reserved_milli - reserved[change.lead_id]
        freed[change.manager_id] = freed.get(change.manager_id, 0) + difference
    if freed := {manager_id: units for manager_id, units in freed.items() if units}:
        await free_units(session, freed)
    session.notify_after_commit(LEADS)


def _weight(lead: WeighedLead, policy: Policy, *, now: datetime) -> NewWeight:
    full = lead.full_milli(policy)
    units, due_at = full, None
    if lead.touched_at is not None:
        units, due_at = fade(full, policy.fading, touched_at=lead.touched_at, at=now)
    return NewWeight(lead.lead_id, units, full, due_at, policy.ageing_seconds)


async def press(
    session: Session, classes: Mapping[UUID, tuple[str, int]], *, now: datetime
) -> None:
    """Make leads more pressing, never less, and weigh them: lead → (priority class, rank). The
    caller holds the leads' locks.
    """
    await weigh_changed(session, await raise_priority(session, classes), now=now)


async def weigh_changed(session: Session, lead_ids: Collection[UUID], *, now: datetime) -> None:
    """Weigh leads whose stage or priority has changed, where their owners may not be locked since
    other managers are, or will be: those that wait at once, the others by the timers in a moment.
    The caller holds the leads' locks.
    """
    if not lead_ids:
        return
    leads = [
        lead for lead in await reweighing.list_weighed(session, lead_ids) if lead.owner_id is None
    ]
    if leads:
        pools = (await get_configuration(session)).pools
        policies = {key: pool.policy for key, pool in pools.items()}
        await _write(session, leads, policies, {}, now=now)
    if len(leads) < len(lead_ids):
        await reweighing.set_due(session, lead_ids, now=now, only_fading=False)


async def weigh_touched(session: Session, lead_ids: Collection[UUID], *, now: datetime) -> None:
    """Let the timers give back their full weight to leads that had faded before something happened
    to them. The caller holds the leads' locks.
    """
    if lead_ids:
        await reweighing.set_due(session, lead_ids, now=now, only_fading=True)


async def weigh_due(database: Database, *, clock: Clock) -> None:
    """One round of the timers: weights that fade, then leads of pools whose policy has changed."""
    for _ in range(BATCHES):
        async with transaction(database) as session:
            now = clock()
            lead_ids = await reweighing.list_due(session, now=now, limit=BATCH)
            if lead_ids:
                await weigh(session, lead_ids, now=now)
        if len(lead_ids) < BATCH:
            break
    else:
        return
    async with transaction(database) as session:
        changed_pools = await reweighing.list_changed_pools(session)
    for pool, below in changed_pools:
        await _weigh_page(database, pool, below=below, clock=clock)


async def _weigh_page(database: Database, pool: str, *, below: int, clock: Clock) -> None:
    async with transaction(database) as session:
        page = await reweighing.get_page(session, pool, below=below)
    for start in range(0, len(page.open_ids), BATCH):
        async with transaction(database) as session:
            await weigh(session, page.open_ids[start : start + BATCH], now=clock())
    # The row of a pool is locked before managers elsewhere, so it is written by itself.
    async with transaction(database) as session:
        await reweighing.go_on(session, pool, below=below, next_below=page.next_below)
