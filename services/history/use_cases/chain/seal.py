"""Seals the timeline: appends what was written to the chains, and closes each day with a root.

A loop of its own does it, from a queue, so that whoever writes entries waits for no chain. A chain
has the order in which entries were written: a late one has its place on the timeline by its time,
and in the chain behind all that was known before.
"""

import time
from datetime import UTC, date, datetime, timedelta

import structlog

from services.history.domain.chains import Link, chain, day_hash, merkle_root
from services.history.repository.blanking import guard_erasure
from services.history.repository.chain import sealing
from services.history.repository.chain.sealing import Last, SealRow
from shared.clock import Clock
from shared.database import Database, reading, transaction
from shared.runtime.loop import Loop, Progress
from shared.runtime.rush import Patience

log = structlog.get_logger()
SEALED_AT_ONCE = 400  # hundredths of a second, in which a process does nothing else
SEAL_SECONDS = 5.0  # nobody waits for a link: a pause makes larger batches


def seal_loop(database: Database, *, clock: Clock) -> Loop:
    """Seals what waits, and closes the days that ended."""

    async def run(progress: Progress) -> None:
        closed_on: date | None = None
        patience = Patience(progress, database)
        while True:
            progress.beat()
            began = time.monotonic()
            async with reading(database) as session:
                is_waiting = await sealing.is_anything_unsealed(session)
            if is_waiting and await seal_batch(database, now=clock()) == SEALED_AT_ONCE:
                await patience.give_way(began)
                continue
            if closed_on != _today(clock()) and await close_day(database, now=clock()) is None:
                closed_on = _today(clock())
            await patience.rest(SEAL_SECONDS)

    return Loop("seal", run)


async def seal_batch(database: Database, *, now: datetime) -> int:
    """Seal up to SEALED_AT_ONCE entries and activities. Returns how many were taken."""
    async with transaction(database) as session:
        # An entry that is blanked meanwhile would keep a salt.
        await guard_erasure(session)
        event_ids, count = await sealing.take_unsealed(session, limit=SEALED_AT_ONCE)
        digests = await sealing.get_digests(session, event_ids)
        if digests:
            heads = await sealing.get_heads(session, {item.subject for item in digests})
            links = chain(heads, ((item.subject, item.event_id, item.digest) for item in digests))
            last = await sealing.get_last(session)
            number = (last.number or 0) + 1
            await sealing.add_links(session, links, digests, seal=number)
            root = merkle_root([link.hash for link in sorted(links, key=_place)])
            seal = SealRow(number, len(links), root)
            await sealing.add_seal(session, seal, day=_day(last, now), now=now)
    return count


async def close_day(database: Database, *, now: datetime) -> date | None:
    """Write the root of the first day that ended without one. Returns it, None if there is none."""
    async with transaction(database) as session:
        ended = await sealing.find_ended_day(session, today=_today(now))
        if ended is None:
            return None
        day, seals, before = ended
        root = merkle_root([seal.root for seal in seals])
        hash_ = day_hash(before, day, root)
        await sealing.add_day(session, day, seals, root=root, day_hash=hash_, now=now)
    # Kept outside of our database too, the root shows whether all of it was written anew.
    count = sum(seal.links for seal in seals)
    log.info("chain.day_closed", day=day.isoformat(), root=hash_.hex(), count=count)
    return day


def _today(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _day(last: Last, now: datetime) -> date:
    """The day of a seal: today, but never a day that has its root, nor one before the last seal."""
    days = [_today(now)]
    if last.day is not None:
        days.append(last.day)
    if last.closed is not None:
        days.append(last.closed + timedelta(days=1))
    return max(days)


def _place(link: Link) -> tuple[int, int]:
    return link.subject.int, link.number
