"""Collects the reads of one process and writes them in batches, so that no reader waits for it.

What waits is written at least every half second and at the end of the process; a process that is
killed loses that half second. What was exported does not wait: it is written before it is sent.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

import structlog

from shared.clock import Clock
from shared.database import Database, autocommit, transaction
from shared.errors import UnavailableError
from shared.read_audit import rows
from shared.read_audit.rows import Read
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
FLUSH_SECONDS = 0.5
WRITTEN_AT_ONCE = 500
MAX_WAITING = 10_000  # reads of one process that wait to be written
RETENTION_SECONDS = 3600.0
REMOVED_AT_ONCE = 5_000
RETRY_SECONDS = 2


class ReadsNotNotedError(UnavailableError):
    """Too many reads wait to be noted: personal data are not shown unseen."""


@dataclass(eq=False)
class Recorder:
    """The reads of one process that are not in the database yet, in their order."""

    database: Database
    waiting: deque[Read] = field(default_factory=deque)

    def require_room(self) -> None:
        """Raises ReadsNotNotedError while too many wait: ask before anything is shown."""
        if len(self.waiting) >= MAX_WAITING:
            raise ReadsNotNotedError(
                "What is read cannot be noted now.", retry_after_seconds=RETRY_SECONDS
            )

    def record(self, reads: Sequence[Read]) -> None:
        """Have the reads written soon."""
        self.waiting.extend(reads)

    async def write(self, reads: Sequence[Read]) -> None:
        """Write the reads now. Raises UnavailableError when they cannot be written."""
        async with autocommit(self.database) as session:
            await rows.add(session, reads)

    async def flush(self) -> None:
        """Write all that waits. Raises UnavailableError; what was not written waits on."""
        while self.waiting:
            batch = list(islice(self.waiting, WRITTEN_AT_ONCE))
            await self.write(batch)
            for _ in batch:
                self.waiting.popleft()


def flush_loop(recorder: Recorder) -> Loop:
    """Writes what waits; the process that notes reads runs it."""

    async def run(progress: Progress) -> None:
        while True:
            try:
                await recorder.flush()
                progress.beat()
            except UnavailableError:
                progress.beat(outage="database")
            await asyncio.sleep(FLUSH_SECONDS)

    return Loop("read-audit", run)


def retention_loop(database: Database, *, clock: Clock, days: int) -> Loop:
    """Deletes what is older than `days`, once an hour; for the leader."""

    async def run(progress: Progress) -> None:
        while True:
            number = await _remove(database, clock=clock, days=days, progress=progress)
            if number:
                log.info("read_audit.removed", count=number)
            await progress.rest(RETENTION_SECONDS)

    return Loop("read-audit-retention", run)


async def _remove(database: Database, *, clock: Clock, days: int, progress: Progress) -> int:
    before, number = clock() - timedelta(days=days), 0
    while True:
        progress.beat()
        async with transaction(database) as session:
            removed = await rows.remove_old(session, before=before, limit=REMOVED_AT_ONCE)
        number += removed
        if removed < REMOVED_AT_ONCE:
            return number
