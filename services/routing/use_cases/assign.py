"""The assigner: gives waiting leads their owners, pool by pool, in batches.

A batch is decided and written under the locks of its leads and of every member of the pool.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.routing.domain import gains
from services.routing.domain.deciding.candidates import Candidate, line_up
from services.routing.domain.deciding.waiting import Choice, Parked
from services.routing.domain.gains import Desk, Standing
from services.routing.repository import queue, transitions
from services.routing.repository.calendars import list_next_shifts
from services.routing.repository.queue import Place, WaitingPool
from services.routing.repository.rooms import Room, lock_rooms
from services.routing.use_cases.award import Judged, judge, record, write_awards
from services.routing.use_cases.events import emit_parked
from services.routing.use_cases.terms import in_working_time
from shared.clock import Clock
from shared.database import Database, Session, reading, transaction
from shared.runtime.batch import is_poison, work_through
from shared.runtime.in_flight import InFlight

log = structlog.get_logger()
LOOP = "assigner"
BATCH = 500
# A queue with room is walked this often even if the pool seems to have gained nothing.
WALK_AGAIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Walk:
    """The last walk along a whole queue: what the pool could offer then, and when it was."""

    standing: Standing
    at: datetime


@dataclass(eq=False)
class Walks:
    """The last walk of each pool by one assigner, kept in memory only."""

    by_pool: dict[str, Walk] = field(default_factory=dict)

    def is_due(self, pool: WaitingPool, *, now: datetime) -> bool:
        """Whether the whole queue is to be walked because some of it could be served now."""
        if not gains.fits(pool.standing, pool.least_milli):
            return False
        walk = self.by_pool.get(pool.key)
        return (
            walk is None
            or not timedelta(0) <= now - walk.at < WALK_AGAIN
            or gains.has_gained(walk.standing, pool.standing)
        )

    def judged(self, pool: str, standing: Standing | None) -> None:
        """Note that leads were judged, and what the pool can offer afterwards. None means that not
        all of them could be judged: then the walk is forgotten and the queue is due again.
        """
        walk = self.by_pool.pop(pool, None)
        if walk is not None and standing is not None:
            self.by_pool[pool] = Walk(gains.least(walk.standing, standing), walk.at)


async def assign_waiting(
    database: Database, in_flight: InFlight, walks: Walks, *, clock: Clock
) -> int:
    """One round over all pools, each in its own transactions. Returns the number of leads read."""
    count = 0
    for pool in await _look(database, now=clock()):
        whole = walks.is_due(pool, now=clock())
        if whole:
            walks.by_pool[pool.key] = Walk(pool.standing, clock())
        if whole or pool.has_news:
            count += await _walk(database, in_flight, pool, walks, clock=clock, whole=whole)
    return count


async def _look(database: Database, *, now: datetime) -> list[WaitingPool]:
    async with reading(database) as session:
        return await queue.list_waiting_pools(session, now=now)


async def _walk(
    database: Database,
    in_flight: InFlight,
    pool: WaitingPool,
    walks: Walks,
    *,
    clock: Clock,
    whole: bool,
) -> int:
    """Walk the pool's queue once, a batch at a time. Returns the number of leads read.

    With `whole` the walk covers the whole queue, else only leads that were never judged. It goes on
    with the latter alone as soon as no lead fits anybody any more.
    """
    count = 0
    after: Place | None = None
    while True:
        async with transaction(database) as session:
            places = await queue.list_waiting(
                session, pool.key, only_news=not whole, after=after, limit=BATCH
            )
        if places:
            work = PlaceWork(database, in_flight, pool.key, walks, clock)
            await work_through(in_flight, places, work)
            count += len(places)
        if len(places) < BATCH:
            return count
        after = places[-1]
        present = {item.key: item for item in await _look(database, now=clock())}.get(pool.key)
        whole = whole and present is not None and gains.fits(present.standing, present.least_milli)


@dataclass(eq=False)
class PlaceWork:
    """`BatchWork` over places in the queue of one pool."""

    database: Database
    in_flight: InFlight
    pool: str
    walks: Walks
    clock: Clock

    def name(self, item: Place) -> str:
        return str(item.lead_id)

    async def together(self, items: Sequence[Place]) -> None:
        async with transaction(self.database) as session:
            lead_ids = [place.lead_id for place in items]
            standing = await assign(session, self.pool, lead_ids, now=self.clock())
            await self.in_flight.done(session)
        self.walks.judged(self.pool, standing)

    async def alone(self, item: Place) -> None:
        await self.together([item])

    def is_poison(self, error: Exception) -> bool:
        return is_poison(error)

    async def set_aside(self, item: Place, reason: str, error: Exception | None) -> None:
        async with transaction(self.database) as session:
            leads = await queue.lock_waiting(session, [item.lead_id])
            reasons = [(lead.lead_id, reason, lead.round) for lead in leads]
            await transitions.park_leads(session, reasons)
            emit_parked(session, [(lead, reason, None) for lead in leads], now=self.clock())
            await self.in_flight.done(session)
        name = type(error).__name__ if error else None
        log.error("lead.set_aside", lead_id=str(item.lead_id), reason=reason, error=name)

    async def fault(self, item: Place, error: Exception) -> None:  # noqa: ARG002  the protocol's form
        raise error


async def assign(
    session: Session, pool: str, lead_ids: Sequence[UUID], *, now: datetime
) -> Standing | None:
    """Decide one batch and write it. Returns what the pool can offer afterwards, or None when not
    all of the leads could be judged: another transaction holds them, or the timers do not run.
    """
    leads = await queue.lock_waiting(session, lead_ids)
    if not leads:
        return None
    room = (await lock_rooms(session, [pool], glance=0)).get(pool)
    if room is None or not room.watched:
        return None
    candidates = line_up(room.members, at=now, policy=room.policy)
    judged = judge(leads, room.policy, candidates)
    await _write(session, room, candidates, judged, now=now)
    if len(leads) < len(lead_ids):
        return None
    return _remaining(room, candidates, [choice for _, _, choice in judged.judgements], leads)


async def _write(
    session: Session,
    room: Room,
    candidates: Sequence[Candidate],
    judged: Judged,
    *,
    now: datetime,
) -> None:
    news = [
        (lead, inputs, choice)
        for lead, inputs, choice in judged.judgements
        if choice.manager_id is not None
        or (choice.reason, choice.round) != (lead.parked_reason, lead.round)
    ]
    if not news:
        return
    batch = record(
        news,
        candidates,
        room.policy,
        pool=room.key,
        version=room.version,
        seed=judged.seed,
        at=now,
    )
    batch = await in_working_time(session, batch, room.policy, members=room.members)
    await write_awards(session, news, batch, now=now)
    next_shift_at = None
    if any(outcome.reason == Parked.NOBODY_ON_DUTY for outcome in batch.outcomes):
        next_shift_at = (await list_next_shifts(session, [room.key])).get(room.key)
    for (lead, _, choice), outcome in zip(news, batch.outcomes, strict=True):
        if choice.manager_id is None:
            until = next_shift_at if outcome.reason == Parked.NOBODY_ON_DUTY else None
            emit_parked(
                session, [(lead, outcome.reason, outcome.decision_id)], until=until, now=now
            )
        if choice.round > lead.round:
            log.warning("lead.round_began", lead_id=str(lead.lead_id), round=choice.round)


def _remaining(
    room: Room,
    candidates: Sequence[Candidate],
    choices: Sequence[Choice],
    leads: Sequence[queue.WaitingLead],
) -> Standing:
    """What the pool can offer after these choices."""
    units: dict[UUID, int] = {}
    for choice, lead in zip(choices, leads, strict=True):
        if choice.manager_id is not None:
            units[choice.manager_id] = units.get(choice.manager_id, 0) + lead.units_milli
    desks = {
        candidate.manager_id: Desk(
            candidate.capacity_milli
            - candidate.reserved_milli
            - units.get(candidate.manager_id, 0),
            candidate.skills,
        )
        for candidate in candidates
        if candidate.on_duty
    }
    return Standing(room.policy, desks)
