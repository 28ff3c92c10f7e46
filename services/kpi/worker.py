"""Kpi's worker: consumes the events from which it counts."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from services.kpi.handlers import apply
from services.kpi.repository.reconciliation import INQUIRIES
from services.kpi.settings import Settings
from shared.clock import Clock, system_clock
from shared.runtime.loop import Loop
from shared.single_process import SingleProcess
from shared.worker import open_worker

PACE_SECONDS = 0.2  # figures are not urgent: a pause makes larger batches


@asynccontextmanager
async def worker(
    settings: Settings, *, clock: Clock = system_clock, single: SingleProcess | None = None
) -> AsyncIterator[Sequence[Loop]]:
    """The loops of one worker process; the caller runs them."""
    async with open_worker(
        "kpi", settings, clock=clock, single=single, handle=apply, pace_seconds=PACE_SECONDS
    ) as parts:
        yield parts.loops(ledgers=[INQUIRIES])
