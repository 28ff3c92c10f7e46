"""What is large, slow or suspicious is read in the process apart and settled.

Each source has its turn. What is slow there too, or ends the process, goes last and comes one at a
time, so nobody waits for it longer than one reading takes.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog

from services.intake.domain.requests import SourceView
from services.intake.repository import queue
from services.intake.repository.queue import APART, LAST
from services.intake.repository.submissions import Stored
from services.intake.use_cases.interpret import (
    MAX_READING_SECONDS,
    QUICK_SECONDS,
    Reading,
    too_slow,
)
from services.intake.use_cases.settling import (
    NOBODY,
    POLL_SECONDS,
    SET_APART,
    Normaliser,
    SubmissionWork,
    load,
    move_back,
    settle,
)
from shared.database import reading
from shared.runtime.batch import work_through
from shared.runtime.in_flight import InFlight
from shared.runtime.loop import Loop, Progress
from shared.sandbox.process import DiedError, TooSlowError

log = structlog.get_logger()
BATCH: Final = 50
ROUND_SECONDS: Final = 1.0  # of reading, before what was read is settled
BATCH_BYTES: Final = 16 * 1_048_576  # read into memory in one round
ROUNDS_BEFORE_LAST: Final = 4  # while others wait, what is slow has a turn in every so many rounds


@dataclass(eq=False)
class ApartQueue:
    """`turn` is the source that was served last, per lane."""

    normaliser: Normaliser
    in_flight: InFlight
    turn: dict[int, UUID] = field(default_factory=lambda: {APART: NOBODY, LAST: NOBODY})
    rounds: int = 0


def apart_loop(normaliser: Normaliser) -> Loop:
    """Woken by the normaliser, and by itself once a second. Its end ends the process apart."""
    waiting = ApartQueue(normaliser, InFlight(normaliser.database, "normaliser-apart"))

    async def run(progress: Progress) -> None:
        try:
            await _distrust(waiting)
            while True:
                count = await settle_apart(waiting, progress)
                progress.beat(outage=normaliser.failures.trouble())
                if not count:
                    await normaliser.database.wakeup.wait(SET_APART, seconds=POLL_SECONDS)
        finally:
            await normaliser.reader.sandbox.close()

    return Loop("normaliser-apart", run)


async def _distrust(waiting: ApartQueue) -> None:
    """What an ended process had in flight may have ended it: it goes last, one at a time."""
    waiting.in_flight.looked = False
    await waiting.in_flight.look()
    if waiting.in_flight.suspects:
        await move_back(waiting.normaliser, map(UUID, waiting.in_flight.suspects), lane=LAST)


async def settle_apart(waiting: ApartQueue, progress: Progress) -> int:
    """One round: some of those that wait, then perhaps one of the last. Gives how many it took up.

    Raises UnavailableError.
    """
    count = 0
    waiting.rounds += 1
    for lane, most in ((APART, BATCH), (LAST, 1)):
        if lane == LAST and count and waiting.rounds % ROUNDS_BEFORE_LAST:
            break
        ids = await _next(waiting, lane=lane, most=most)
        if ids:

            async def together(some: Sequence[UUID], lane: int = lane) -> None:
                readings = await _read_some(waiting, some, lane=lane, progress=progress)
                await settle(waiting.normaliser, waiting.in_flight, readings)

            work = SubmissionWork(waiting.normaliser, waiting.in_flight, together)
            await work_through(waiting.in_flight, ids, work)
            count += len(ids)
    return count


async def _next(waiting: ApartQueue, *, lane: int, most: int) -> list[UUID]:
    async with reading(waiting.normaliser.database) as session:
        rows = await queue.next_apart(session, lane=lane, after=waiting.turn[lane], limit=BATCH)
    rests = waiting.normaliser.failures.rests
    chosen = [row for row in rows if not rests(row[0])][:most]
    if chosen:
        waiting.turn[lane] = chosen[-1][1]
    return [submission_id for submission_id, _ in chosen]


async def _read_some(
    waiting: ApartQueue, ids: Sequence[UUID], *, lane: int, progress: Progress
) -> list[Reading]:
    """As many as fit into a round; the others wait for the next."""
    began = time.monotonic()
    size = 0
    readings: list[Reading] = []
    for submission_id in ids:
        if time.monotonic() - began > ROUND_SECONDS or size > BATCH_BYTES:
            break
        for stored, source in await load(waiting.normaliser, [submission_id]):
            size += len(stored.request.body)
            reading = await _read(waiting, stored, source, lane=lane)
            if reading is not None:
                readings.append(reading)
        progress.beat()
    return readings


async def _read(
    waiting: ApartQueue, stored: Stored, source: SourceView | None, *, lane: int
) -> Reading | None:
    """None when it is not settled this time."""
    seconds = MAX_READING_SECONDS if lane == LAST else QUICK_SECONDS
    try:
        return await waiting.normaliser.reader.apart(stored, source, cpu_seconds=seconds)
    except TooSlowError:
        if lane == LAST:
            return too_slow(stored, source)
    except DiedError:
        # Perhaps its doing, perhaps that of whoever ran out of memory beside it: three times tell.
        log.warning("reading.died", submission_id=str(stored.submission_id))
        waiting.in_flight.suspect(str(stored.submission_id))
        waiting.normaliser.failures.postpone(stored.submission_id)
    await move_back(waiting.normaliser, [stored.submission_id], lane=LAST)
    return None
