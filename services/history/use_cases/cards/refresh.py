"""Keeps cards and segments up to what is known: computed by a loop, in sets, never by a consumer.

Invariant: whatever was touched is computed after it was committed, so a card is late, never wrong.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.history.repository import blanking
from services.history.repository.cards import touched
from services.history.repository.cards.computing import compute_cards
from services.history.repository.cards.touched import Due
from services.history.repository.session_time import TOOK_TOO_LONG
from services.history.use_cases.segments.membership import follow, sweep
from shared.clock import Clock
from shared.contracts.catalog import producers_for
from shared.database import Database, sqlstate, transaction
from shared.errors import UnavailableError, cause_of
from shared.messaging.consumer.catch_up import CatchUp
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Loop, Progress
from shared.runtime.rush import Patience

log = structlog.get_logger()
LOOP = "cards"
TICK_SECONDS = 3.0  # what happens to a new lead in this time is one card, not several
TOUCHES_AT_ONCE = 5_000
PERSONS_AT_ONCE = 200  # a lot is twenty statements, whose work is the database's
ENTRIES_AT_ONCE = 20_000  # that their cards had; a person of more is computed alone
MANY_ENTRIES = 1_000
ENTRIES_A_SECOND = 20_000  # a card of many entries rests a second for each so many
PUT_OFF = timedelta(minutes=10)  # what cannot be computed is tried again after it
# A walk that was under way when a replay began may have looked before it.
REPLAY_MARGIN = timedelta(seconds=30)


WalkedUntil = Callable[[], datetime | None]


def consumed_until(walks: CatchUp | None) -> datetime | None:
    """The moment up to which everything has been consumed here, None while that is unknown."""
    producers = producers_for("history")
    if walks is None or not walks.walked.keys() >= set(producers):
        return None
    return min(walks.walked[name].at for name in producers)


def cards_loop(database: Database, *, clock: Clock, walked_until: WalkedUntil) -> Loop:
    """Computes what is due every second, and sweeps segments in between."""

    async def run(progress: Progress) -> None:
        patience = Patience(progress, database)
        while True:
            progress.beat()
            began = time.monotonic()
            has_more = await work(database, now=clock(), walked_until=walked_until)
            if has_more:
                await patience.give_way(began)
            else:
                await patience.rest(TICK_SECONDS)

    return Loop(LOOP, run)


async def work(database: Database, *, now: datetime, walked_until: WalkedUntil) -> bool:
    """One round. Whether there may be more to do at once."""
    drained = await drain(database, now=now)
    if await is_replaying(database, walked_until=walked_until()):
        return drained >= TOUCHES_AT_ONCE
    computed = await refresh(database, now=now)
    swept = await sweep(database, now=now)
    return drained >= TOUCHES_AT_ONCE or computed > 0 or swept


async def drain(database: Database, *, now: datetime) -> int:
    """Make the cards of touched contacts due. Returns how many contacts there were."""
    async with transaction(database) as session:
        contact_ids = await touched.drain_touched(session, limit=TOUCHES_AT_ONCE)
        if contact_ids:
            await touched.schedule(
                session, contact_ids, now=now, many=MANY_ENTRIES, pace=ENTRIES_A_SECOND
            )
    return len(contact_ids)


async def is_replaying(database: Database, *, walked_until: datetime | None) -> bool:
    """Whether entries are being consumed again from the beginning. When that is over, all cards
    become due; until then they stay as they were, and nobody leaves a segment for want of entries.
    """
    async with transaction(database) as session:
        began_at = await touched.replay_began_at(session)
        if began_at is None:
            return False
        if walked_until is None or walked_until < began_at + REPLAY_MARGIN:
            return True
        await touched.end_replay(session)
    return False


async def refresh(database: Database, *, now: datetime) -> int:
    """Compute the cards that are due, up to one lot. Returns how many."""
    async with transaction(database) as session:
        due = await touched.list_due(session, now=now, limit=PERSONS_AT_ONCE)
    person_ids = lot(due)
    if person_ids:
        await _compute(database, person_ids, now=now)
    return len(person_ids)


def lot(due: Sequence[Due]) -> list[UUID]:
    """The first of the persons who have together at most ENTRIES_AT_ONCE, or the first alone."""
    person_ids: list[UUID] = []
    total = 0
    for item in due:
        total += item.entry_count
        if person_ids and total > ENTRIES_AT_ONCE:
            break
        person_ids.append(item.person_id)
    return person_ids


async def _compute(database: Database, person_ids: Sequence[UUID], *, now: datetime) -> None:
    """Compute these cards; of those that cannot be, each is put off by itself."""
    try:
        async with transaction(database) as session:
            await blanking.guard_erasure(session)
            await touched.take(session, person_ids)
            await compute_cards(session, person_ids)
            await follow(session, person_ids, now=now)
    except Exception as error:  # one person's rows never keep all others waiting
        if isinstance(error, UnavailableError) and sqlstate(error) != TOOK_TOO_LONG:
            raise
        if len(person_ids) > 1:
            middle = len(person_ids) // 2
            await _compute(database, person_ids[:middle], now=now)
            await _compute(database, person_ids[middle:], now=now)
            return
        metrics_of("history").faults.labels("history", LOOP).inc()
        log.warning("card.failed", contact_id=str(person_ids[0]), error=cause_of(error))
        async with transaction(database) as session:
            await touched.put_off(session, person_ids, until=now + PUT_OFF)
