"""The normaliser: what is pending is read and settled, what is small here and together. What turns
out to be large, slow or suspicious goes further back in the queue, to the process apart.
"""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.intake.repository import queue
from services.intake.repository.queue import APART
from services.intake.use_cases.reading import SMALL_BYTES, Reading
from services.intake.use_cases.repair import ARRIVED
from services.intake.use_cases.settling import (
    BATCH_BYTES,
    NOBODY,
    POLL_SECONDS,
    SET_APART,
    Normaliser,
    SubmissionWork,
    load,
    move_back,
    settle,
)
from shared.database import transaction
from shared.runtime.batch import work_through
from shared.runtime.in_flight import InFlight
from shared.runtime.loop import Loop, Progress

BATCH: Final = 200


def normaliser_loop(normaliser: Normaliser) -> Loop:
    """Settles what is pending, woken by the door, and by itself once a second."""

    async def run(progress: Progress) -> None:
        in_flight = InFlight(normaliser.database, "normaliser")
        await _distrust(normaliser, in_flight)
        while True:
            await settle_small(normaliser, in_flight, progress)
            progress.beat(outage=normaliser.failures.trouble())
            await normaliser.database.bell.wait(ARRIVED, seconds=POLL_SECONDS)

    return Loop("normaliser", run)


async def _distrust(normaliser: Normaliser, in_flight: InFlight) -> None:
    """What an ended process had in flight may have ended it: it is read apart from now on."""
    await in_flight.look()
    if in_flight.suspects:
        await move_back(normaliser, map(UUID, in_flight.suspects), lane=APART)
        in_flight.suspects.clear()


async def settle_small(normaliser: Normaliser, in_flight: InFlight, progress: Progress) -> int:
    """One pass over all that may be read here, oldest first; gives how many were settled.

    Raises UnavailableError.
    """
    settled = 0
    after = NOBODY

    async def together(ids: Sequence[UUID]) -> None:
        nonlocal settled
        settled += await settle(normaliser, in_flight, await _read_here(normaliser, ids))

    while True:
        async with transaction(normaliser.database) as session:
            rows = await queue.next_pending(
                session, after=after, limit=BATCH, max_bytes=BATCH_BYTES
            )
            large = [submission_id for submission_id, size in rows if size > SMALL_BYTES]
            if large:
                await queue.move(session, large, lane=APART)
                session.ring_after_commit(SET_APART)
        if not rows:
            return settled
        ids = [
            submission_id
            for submission_id, size in rows
            if size <= SMALL_BYTES and not normaliser.failures.rests(submission_id)
        ]
        if ids:
            work = SubmissionWork(normaliser, in_flight, together)
            await work_through(in_flight, ids, work)
        after = rows[-1][0]
        progress.beat()


async def _read_here(normaliser: Normaliser, ids: Sequence[UUID]) -> list[Reading]:
    """What could be read; the rest has moved back."""
    items = await load(normaliser.database, ids)
    readings: list[Reading] = []
    others: list[UUID] = []
    begin = 0
    while begin < len(items):
        some = normaliser.reader.here(items[begin:])
        for (stored, _), reading in zip(items[begin:], some, strict=False):
            if reading is None:
                others.append(stored.submission_id)
            else:
                readings.append(reading)
        begin += len(some)
        await asyncio.sleep(0)
    if others:
        await move_back(normaliser, others, lane=APART)
    return readings
