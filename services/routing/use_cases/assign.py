"""The assigner: leads without an owner get one, pool by pool, in batches.

One law: decided and written under the locks of the leads and of every member of the pool.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from services.routing.domain import assigning
from services.routing.domain.assigning import Choice, Waiting
from services.routing.domain.pools import Pool
from services.routing.domain.records import candidate_record, waiting_record
from services.routing.repository import decisions, leases, transitions, waiting
from services.routing.repository.decisions import NewDecision
from services.routing.repository.leases import NewLease
from services.routing.repository.managers import lock_members, reserve
from services.routing.repository.pools import read_pool
from services.routing.repository.waiting import Place, WaitingLead, WaitingPool
from shared.clock import Clock
from shared.contracts.leads import LeadAssigned, LeadParked
from shared.database import Database, Session, reading, transaction
from shared.ids import new_id
from shared.messaging.outbox.publish import emit
from shared.runtime.batch import InFlight, is_poison, work_through

log = structlog.get_logger()
LOOP = "assigner"
BATCH = 500


async def assign_waiting(database: Database, in_flight: InFlight, *, clock: Clock) -> int:
    """One round over all pools, each in transactions of its own; gives how many leads it saw."""
    async with reading(database) as session:
        pools = await waiting.waiting_pools(session, now=clock())
    seen = 0
    for pool in pools:
        seen += await _walk(database, in_flight, pool, clock=clock)
    return seen


async def _walk(database: Database, in_flight: InFlight, pool: WaitingPool, *, clock: Clock) -> int:
    """Once along the pool's queue, a batch at a time."""
    seen = 0
    after: Place | None = None
    while True:
        async with reading(database) as session:
            places = await waiting.next_waiting(session, pool, after=after, limit=BATCH)
        if places:
            work = PlaceWork(database, in_flight, pool, clock)
            await work_through(in_flight, places, work)
            seen += len(places)
        if len(places) < BATCH:
            return seen
        after = places[-1]
        pool = await _look_again(database, pool, now=clock())


async def _look_again(database: Database, pool: WaitingPool, *, now: datetime) -> WaitingPool:
    """Whether there is still room: without it, only leads that nobody has judged are left."""
    async with reading(database) as session:
        found = {item.key: item for item in await waiting.waiting_pools(session, now=now)}
    return found.get(pool.key, replace(pool, has_room=False))


@dataclass(eq=False)
class PlaceWork:
    """See `BatchWork`; the items are places in the queue of one pool."""

    database: Database
    in_flight: InFlight
    pool: WaitingPool
    clock: Clock

    def name(self, item: Place) -> str:
        return str(item.lead_id)

    async def together(self, items: Sequence[Place]) -> None:
        async with transaction(self.database) as session:
            lead_ids = [place.lead_id for place in items]
            await assign(session, self.pool.key, lead_ids, now=self.clock())
            await self.in_flight.done(session)

    async def alone(self, item: Place) -> None:
        await self.together([item])

    def is_poison(self, error: Exception) -> bool:
        return is_poison(error)

    async def set_aside(self, item: Place, reason: str, error: Exception | None) -> None:
        now = self.clock()
        async with transaction(self.database) as session:
            leads = await waiting.lock_waiting(session, [item.lead_id])
            await _park(session, [(lead, lead.round, reason, None) for lead in leads], now=now)
            await self.in_flight.done(session)
        name = type(error).__name__ if error else None
        log.error("lead.set_aside", lead_id=str(item.lead_id), reason=reason, error=name)

    async def fault(self, item: Place, error: Exception) -> None:  # noqa: ARG002  the protocol's form
        raise error


async def assign(
    session: Session, pool_key: str, lead_ids: Sequence[UUID], *, now: datetime
) -> None:
    """Decide one batch and write it. Leads that somebody else has in hand wait for the next."""
    leads = await waiting.lock_waiting(session, lead_ids)
    pool = await read_pool(session, pool_key)
    if not leads or pool is None:
        return
    candidates = [member.as_candidate() for member in await lock_members(session, pool_key)]
    asked = [_waiting(lead, pool) for lead in leads]
    choices = assigning.decide_batch(asked, candidates, at=now)
    news = [
        (lead, question, choice)
        for lead, question, choice in zip(leads, asked, choices, strict=True)
        if choice.manager_id is not None
        or (choice.reason, choice.round) != (lead.parked_reason, lead.round)
    ]
    if not news:
        return
    recorded = [_decision(question, choice) for _, question, choice in news]
    await decisions.record(
        session,
        new_id(),
        recorded,
        algorithm=assigning.ALGORITHM,
        pool=pool_key,
        at=now,
        candidates=[candidate_record(candidate) for candidate in candidates],
    )
    ids = {item.lead_id: item.decision_id for item in recorded}
    await _give(session, pool, [(lead, choice) for lead, _, choice in news], ids, now=now)
    parked = [
        (lead, choice.round, choice.reason, ids[lead.lead_id])
        for lead, _, choice in news
        if choice.manager_id is None
    ]
    await _park(session, parked, now=now)
    for lead, _, choice in news:
        if choice.round > lead.round:
            log.warning("lead.round_began", lead_id=str(lead.lead_id), round=choice.round)


def _waiting(lead: WaitingLead, pool: Pool) -> Waiting:
    return Waiting(
        lead_id=lead.lead_id,
        units_milli=lead.units_milli,
        round=lead.round,
        skills=pool.policy.skills_for(lead.language),
        passed_over=frozenset(lead.passed_over),
    )


def _decision(question: Waiting, choice: Choice) -> NewDecision:
    return NewDecision(
        decision_id=new_id(),
        lead_id=choice.lead_id,
        inputs=waiting_record(question),
        manager_id=choice.manager_id,
        round=choice.round,
        reason=str(choice.reason),
    )


async def _give(
    session: Session,
    pool: Pool,
    choices: Sequence[tuple[WaitingLead, Choice]],
    decision_ids: Mapping[UUID, UUID],
    *,
    now: datetime,
) -> None:
    given = [(lead, choice) for lead, choice in choices if choice.manager_id is not None]
    if not given:
        return
    owners = [(c.lead_id, c.manager_id, c.round) for _, c in given if c.manager_id is not None]
    owned = await transitions.own(session, owners)
    accept_by, first_touch_by = pool.policy.deadlines(now)
    units: dict[UUID, int] = {}
    begun = []
    for lead, choice in given:
        assert choice.manager_id is not None
        epoch, version, contact_id = owned[lead.lead_id]
        units[choice.manager_id] = units.get(choice.manager_id, 0) + lead.units_milli
        lease = NewLease(
            lead_id=lead.lead_id,
            epoch=epoch,
            manager_id=choice.manager_id,
            round=choice.round,
            units_milli=lead.units_milli,
            decision_id=decision_ids[lead.lead_id],
            accept_by=accept_by,
            first_touch_by=first_touch_by,
        )
        begun.append(lease)
        say_assigned(
            session, lease, contact_id=contact_id, version=version, reason=choice.reason, now=now
        )
    await leases.begin(session, begun, now=now)
    await reserve(session, units, now=now)


def say_assigned(
    session: Session,
    lease: NewLease,
    *,
    contact_id: UUID,
    version: int,
    reason: str,
    now: datetime,
    actor: str = "system",
) -> None:
    said = LeadAssigned(
        lead_id=lease.lead_id,
        contact_id=contact_id,
        version=version,
        at=now,
        actor=actor,
        manager_id=lease.manager_id,
        epoch=lease.epoch,
        round=lease.round,
        accept_by=lease.accept_by,
        first_touch_by=lease.first_touch_by,
        decision_id=lease.decision_id,
        reason=reason,
    )
    emit(session, said, now=now)


async def _park(
    session: Session,
    parked: Sequence[tuple[WaitingLead, int, str, UUID | None]],
    *,
    now: datetime,
) -> None:
    """(lead, round, reason, decision): the lead waits; said once per change of the reason."""
    if not parked:
        return
    reasons = [(lead.lead_id, str(reason), number) for lead, number, reason, _ in parked]
    written = await transitions.park(session, reasons)
    for lead, _, reason, decision_id in parked:
        if lead.parked_reason == reason:
            continue
        version, contact_id = written[lead.lead_id]
        said = LeadParked(
            lead_id=lead.lead_id,
            contact_id=contact_id,
            version=version,
            at=now,
            reason=reason,
            decision_id=decision_id,
        )
        emit(session, said, now=now)
