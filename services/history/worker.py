"""History's worker: consumes all its topics and emits confirmed activities."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from services.history.handlers import ASSIGNED, apply
from services.history.repository.reconciliation import INQUIRIES
from services.history.settings import Settings
from services.history.use_cases.activities import (
    SETTLED_AT_ONCE,
    forget_unconfirmed,
    settle_activities,
)
from shared.clock import Clock, system_clock
from shared.database import Database, transaction
from shared.runtime.loop import Loop, Progress
from shared.single_process import SingleProcess
from shared.worker import open_worker

log = structlog.get_logger()
PACE_SECONDS = 0.2  # timelines are not urgent: a pause makes larger batches
SETTLE_SECONDS = 1.0


@asynccontextmanager
async def worker(
    settings: Settings, *, clock: Clock = system_clock, single: SingleProcess | None = None
) -> AsyncIterator[Sequence[Loop]]:
    """The loops of one worker process; activities are settled in the leader only."""
    async with open_worker(
        "history", settings, clock=clock, single=single, handle=apply, pace_seconds=PACE_SECONDS
    ) as parts:
        settle = settle_loop(parts.database, clock=clock)
        yield parts.loops(leading=[settle], channels=[ASSIGNED], ledgers=[INQUIRIES])


def settle_loop(database: Database, *, clock: Clock) -> Loop:
    """Emits confirmed activities at every wake-up, and every second since wake-ups may be lost."""

    async def run(progress: Progress) -> None:
        while True:
            progress.beat()
            async with transaction(database) as session:
                settled_count = await settle_activities(session, now=clock())
                forgotten_count = await forget_unconfirmed(session, now=clock())
            if forgotten_count:
                log.warning("activities.never_confirmed", count=forgotten_count)
            if settled_count < SETTLED_AT_ONCE:
                await database.wakeup.wait(ASSIGNED, seconds=SETTLE_SECONDS)

    return Loop("settle", run)
