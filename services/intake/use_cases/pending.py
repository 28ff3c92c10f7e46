"""The normaliser's first loop: small pending submissions are read here and settled together.

Large, slow or suspicious ones move back in the queue, to the process apart.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from services.intake.repository import queue
from services.intake.repository.queue import APART
from services.intake.use_cases.interpret import SMALL_BYTES, Reading
from services.intake.use_cases.repair import ARRIVED
from services.intake.use_cases.settling import (
    NOBODY,
    POLL_SECONDS,
    Normaliser,
    SubmissionWork,
    move_back,
    settle,
)
from services.intake.use_cases.source_views import Loaded
from shared.database import reading
from shared.runtime.batch import work_through
from shared.runtime.in_flight import InFlight
from shared.runtime.loop import Loop, Progress

BATCH: Final = 200  # of at most SMALL_BYTES each
# From the beginning of a pass with results to the next: a transaction costs as much for one
# submission as for five, here and in the consumers. What comes after a pause does not wait.
GATHER_SECONDS: Final = 0.012


def normaliser_loop(normaliser: Normaliser) -> Loop:
    """Settles what is pending, woken by the door, and by itself once a second."""

    async def run(progress: Progress) -> None:
        in_flight = InFlight(normaliser.database, "normaliser")
        await _distrust(normaliser, in_flight)
        while True:
            began = time.monotonic()
            count = await settle_small(normaliser, in_flight, progress)
            progress.beat(outage=normaliser.failures.outage())
            if count:
                await asyncio.sleep(began + GATHER_SECONDS - time.monotonic())
            await normaliser.database.wakeup.wait(ARRIVED, seconds=POLL_SECONDS)

    return Loop("normaliser", run)


async def _distrust(normaliser: Normaliser, in_flight: InFlight) -> None:
    """Move back what was in flight when a process ended: it may be the cause."""
    await in_flight.look()
    if in_flight.suspects:
        await move_back(normaliser, map(UUID, in_flight.suspects), lane=APART)
        in_flight.suspects.clear()


async def settle_small(normaliser: Normaliser, in_flight: InFlight, progress: Progress) -> int:
    """One pass over all that may be read here, oldest first. Returns how many were settled.

    Raises UnavailableError.
    """
    count = 0
    after = NOBODY
    items_by_id: Mapping[UUID, Loaded] = {}

    async def together(ids: Sequence[UUID]) -> None:
        nonlocal count
        items = [items_by_id[submission_id] for submission_id in ids]
        count += await settle(normaliser, in_flight, await _read_here(normaliser, items))

    while True:
        async with reading(normaliser.database) as session:
            rows = await queue.list_pending(session, after=after, limit=BATCH, largest=SMALL_BYTES)
            small = [submission for _, submission in rows if submission is not None]
            items_by_id = {
                item[0].submission_id: item
                for item in await normaliser.sources.load(session, small)
            }
        large = [submission_id for submission_id, submission in rows if submission is None]
        if large:
            await move_back(normaliser, large, lane=APART)
        ids = [item for item in items_by_id if not normaliser.failures.is_paused(item)]
        if ids:
            work = SubmissionWork(normaliser, in_flight, together)
            await work_through(in_flight, ids, work)
        if len(rows) < BATCH:  # later ones have sent a wake-up
            return count
        after = rows[-1][0]
        progress.beat()


async def _read_here(normaliser: Normaliser, items: Sequence[Loaded]) -> list[Reading]:
    """The readings; what could not be read here has moved back."""
    readings: list[Reading] = []
    others: list[UUID] = []
    begin = 0
    while begin < len(items):
        some = normaliser.reader.here(items[begin:])
        for (submission, _), content in zip(items[begin:], some, strict=False):
            if content is None:
                others.append(submission.submission_id)
            else:
                readings.append(content)
        begin += len(some)
        await asyncio.sleep(0)
    if others:
        await move_back(normaliser, others, lane=APART)
    return readings
