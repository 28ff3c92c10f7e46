"""The normaliser's second loop: large, slow or suspicious submissions in the process apart.

Sources take turns. A submission that is slow there too, or ends the process, goes last, one at a
time, so that the others wait no longer than one reading takes.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog

from services.intake.domain.requests import Content, SourceView, Submission
from services.intake.domain.states import QuarantineReason
from services.intake.repository import queue
from services.intake.repository.queue import APART, LAST
from services.intake.use_cases.bodies import body_file
from services.intake.use_cases.interpret import (
    MAX_READING_SECONDS,
    QUICK_SECONDS,
    Reading,
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
    """`turn`: lane → the source that was served last."""

    normaliser: Normaliser
    in_flight: InFlight
    turn: dict[int, UUID] = field(default_factory=lambda: {APART: NOBODY, LAST: NOBODY})
    rounds: int = 0


def apart_loop(normaliser: Normaliser) -> Loop:
    """Woken by the normaliser, and by itself once a second. Its end ends the process apart."""
    apart = ApartQueue(normaliser, InFlight(normaliser.database, "normaliser-apart"))

    async def run(progress: Progress) -> None:
        try:
            await _distrust(apart)
            while True:
                count = await settle_apart(apart, progress)
                progress.beat(outage=normaliser.failures.outage())
                if not count:
                    await normaliser.database.wakeup.wait(SET_APART, seconds=POLL_SECONDS)
        finally:
            await normaliser.reader.sandbox.close()

    return Loop("normaliser-apart", run)


async def _distrust(apart: ApartQueue) -> None:
    """Move what was in flight when a process ended to the last lane: it may be the cause."""
    apart.in_flight.looked = False
    await apart.in_flight.look()
    if apart.in_flight.suspects:
        await move_back(apart.normaliser, map(UUID, apart.in_flight.suspects), lane=LAST)


async def settle_apart(apart: ApartQueue, progress: Progress) -> int:
    """One round: some of the lane APART, then perhaps one of the lane LAST. Returns their number.

    Raises UnavailableError.
    """
    count = 0
    apart.rounds += 1
    for lane, most in ((APART, BATCH), (LAST, 1)):
        if lane == LAST and count and apart.rounds % ROUNDS_BEFORE_LAST:
            break
        ids = await _next(apart, lane=lane, most=most)
        if ids:

            async def together(some: Sequence[UUID], lane: int = lane) -> None:
                readings = await _read_some(apart, some, lane=lane, progress=progress)
                await settle(apart.normaliser, apart.in_flight, readings)

            work = SubmissionWork(apart.normaliser, apart.in_flight, together)
            await work_through(apart.in_flight, ids, work)
            count += len(ids)
    return count


async def _next(apart: ApartQueue, *, lane: int, most: int) -> list[UUID]:
    async with reading(apart.normaliser.database) as session:
        rows = await queue.list_apart(session, lane=lane, after=apart.turn[lane], limit=BATCH)
    is_paused = apart.normaliser.failures.is_paused
    turns = [row for row in rows if not is_paused(row[0])][:most]
    if turns:
        apart.turn[lane] = turns[-1][1]
    return [submission_id for submission_id, _ in turns]


async def _read_some(
    apart: ApartQueue, ids: Sequence[UUID], *, lane: int, progress: Progress
) -> list[Reading]:
    """The readings of as many as fit into a round; the others wait for the next."""
    start = time.monotonic()
    size = 0
    readings: list[Reading] = []
    for submission_id in ids:
        if time.monotonic() - start > ROUND_SECONDS or size > BATCH_BYTES:
            break
        for submission, source in await load(apart.normaliser, [submission_id]):
            size += len(submission.request.body)
            reading = await _read(apart, submission, source, lane=lane)
            if reading is not None:
                readings.append(reading)
        progress.beat()
    return readings


async def _read(
    apart: ApartQueue, submission: Submission, source: SourceView, *, lane: int
) -> Reading | None:
    """The reading, or None if the submission was moved back."""
    seconds = MAX_READING_SECONDS if lane == LAST else QUICK_SECONDS
    try:
        async with body_file(apart.normaliser.database, submission) as path:
            return await apart.normaliser.reader.apart(
                submission, source, cpu_seconds=seconds, body_file=path
            )
    except TooSlowError:
        if lane == LAST:
            content = Content(quarantined=QuarantineReason.TOO_SLOW)
            return Reading(submission, source, content)
    except DiedError:
        # It may be innocent, if the machine ran out of memory: only the third time blames it.
        log.warning("reading.died", submission_id=str(submission.submission_id))
        apart.in_flight.suspect(str(submission.submission_id))
        apart.normaliser.failures.postpone(submission.submission_id)
    await move_back(apart.normaliser, [submission.submission_id], lane=LAST)
    return None
