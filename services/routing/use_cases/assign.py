"""The assigner: gives waiting leads their owners, pool by pool, in batches.

A batch is decided and written under the locks of its leads and of every member of the pool.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from services.routing.domain import gains
from services.routing.domain.deciding.candidates import room_of
from services.routing.domain.deciding.desks import CLOSED
from services.routing.domain.deciding.waiting import Parked
from services.routing.domain.escalation import NOBODY
from services.routing.domain.gains import Desk, Standing
from services.routing.repository import queue, transitions
from services.routing.repository.calendars.calendars import list_next_shifts
from services.routing.repository.queue import Place, WaitingPool
from services.routing.repository.rooms import lock_rooms
from services.routing.use_cases.award import write_awards
from services.routing.use_cases.calendars.terms import in_working_time
from services.routing.use_cases.events import emit_parked
from services.routing.use_cases.forgotten import without_erased
from services.routing.use_cases.judging import Trial, judge, news_of
from services.routing.use_cases.walks import Judged, Walk, Walks, earliest, whole_or_forgotten
from shared.clock import Clock
from shared.database import Database, Session, reading, transaction
from shared.runtime.batch import is_poison, work_through
from shared.runtime.in_flight import InFlight

log = structlog.get_logger()
LOOP = "assigner"
BATCH = 500


async def assign_waiting(
    database: Database, in_flight: InFlight, walks: Walks, *, clock: Clock
) -> int:
    """One round over all pools, each in its own transactions. Returns the number of leads read."""
    count = 0
    for pool in await _look(database, now=clock()):
        whole = walks.is_due(pool, now=clock())
        if whole:
            walks.forced.discard(pool.key)
            walks.by_pool[pool.key] = Walk(pool.standing, clock())
        if whole or pool.has_news:
            with whole_or_forgotten(walks, pool.key):
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
            judged = await assign(session, self.pool, lead_ids, now=self.clock())
            await self.in_flight.done(session)
        self.walks.judged(self.pool, judged)

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
) -> Judged | None:
    """Decide one batch and write it. Returns what the pool can offer afterwards, or None when not
    all of the leads could be judged: another transaction holds them, or the timers do not run.
    """
    locked = await queue.lock_waiting(session, lead_ids)
    leads = await without_erased(session, locked, now=now)
    if not leads:
        return None
    customers = {lead.canonical_id for lead in leads}
    rooms = await lock_rooms(session, [pool], glance=0, customers=customers, now=now)
    room = rooms.get(pool)
    if room is None or not room.watched:
        return None
    trial = judge(leads, room, at=now, as_backlog=True)
    await _write(session, trial, now=now)
    if len(locked) < len(lead_ids):
        return None
    return Judged(_remaining(trial), earliest(trial.further_at()))


async def _write(session: Session, trial: Trial, *, now: datetime) -> None:
    news = news_of(trial)
    if not news.answers:
        return
    batch = news.record(at=now)
    room = trial.room
    batch = await in_working_time(session, batch, room.policy, members=room.members)
    await write_awards(session, [item.lead for item in news.answers], batch, now=now)
    next_shift_at = None
    if any(outcome.reason == Parked.NOBODY_ON_DUTY for outcome in batch.outcomes):
        next_shift_at = (await list_next_shifts(session, [room.key])).get(room.key)
    for (lead, _, choice), outcome in zip(news.answers, batch.outcomes, strict=True):
        if choice.manager_id is None:
            until = next_shift_at if outcome.reason == Parked.NOBODY_ON_DUTY else None
            emit_parked(
                session, [(lead, outcome.reason, outcome.decision_id)], until=until, now=now
            )
            if choice.reason in NOBODY:  # for whoever is called by the alert
                ids = {"lead_id": str(lead.lead_id), "pool": room.key}
                log.warning("lead.nobody", **ids, reason=outcome.reason)
        if choice.round > lead.round:
            log.warning("lead.round_began", lead_id=str(lead.lead_id), round=choice.round)


def _remaining(trial: Trial) -> Standing:
    """What the pool can offer after these choices."""
    units: Counter[UUID] = Counter()
    numbers: Counter[UUID] = Counter()
    for lead, _, choice in trial.answers:
        if choice.manager_id is not None:
            units[choice.manager_id] += lead.units_milli
            numbers[choice.manager_id] += 1
    desks = {}
    for item in trial.candidates:
        manager_id = item.manager_id
        if item.tier is None:
            continue
        may_have_more = item.allowance is None or item.allowance > numbers[manager_id]
        reserved_milli = item.reserved_milli + units[manager_id]
        desks[manager_id] = Desk(
            room_of(item.capacity_milli, reserved_milli) if may_have_more else CLOSED,
            item.tier,
            item.skills,
            tuple(item.languages),
            tuple(item.regions),
            tuple(item.products),
        )
    return Standing(trial.room.policy, desks)
