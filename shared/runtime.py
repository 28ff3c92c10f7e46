"""Every loop lives alone: each restarts by itself with back-off; only the outermost frame is a
TaskGroup. Health is progress, not existence. SIGTERM drains, a second signal exits at once.
"""

import asyncio
import os
import random
import signal
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from shared.errors import Kind, ServiceError

log = structlog.get_logger()
DRAIN_SECONDS = 20.0
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
HEALTHY_AFTER_SECONDS = 30.0  # a run this long forgets the failures before it
STALLED_AFTER_SECONDS = 30.0
STANDSTILLS = 3  # so many within the window and a loop is not well, however often it comes round
STANDSTILL_WINDOW_SECONDS = 180.0


@dataclass(eq=False)
class Progress:
    """When a loop last came round, and what keeps it from its work, if anything does.

    A standstill is work that held up its whole process until the loop's lease had run out.
    """

    beat_at: float = field(default_factory=time.monotonic)
    outage: str | None = None
    restarts: int = 0
    standstills: deque[float] = field(default_factory=lambda: deque(maxlen=STANDSTILLS))

    def beat(self, *, outage: str | None = None) -> None:
        self.beat_at = time.monotonic()
        self.outage = outage

    def stand_still(self) -> None:
        self.standstills.append(time.monotonic())

    def stalled(self) -> bool:
        now = time.monotonic()
        again_and_again = (
            len(self.standstills) == STANDSTILLS
            and now - self.standstills[0] < STANDSTILL_WINDOW_SECONDS
        )
        return again_and_again or now - self.beat_at > STALLED_AFTER_SECONDS


@dataclass(eq=False)
class Loop:
    """`run` works until cancelled and calls `progress.beat()` each time round.

    What is in hand at cancellation is a transaction that rolls back: nothing half done remains.
    """

    name: str
    run: Callable[[Progress], Awaitable[None]]
    progress: Progress = field(default_factory=Progress)


async def keep(loop: Loop) -> None:
    """Run one loop for ever: whatever ends it, it starts again after a pause."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        began = time.monotonic()
        try:
            await loop.run(loop.progress)
        except ServiceError as error:
            level = "warning" if error.kind is Kind.UNAVAILABLE else "error"
            getattr(log, level)("loop.stopped", loop=loop.name, reason=error.slug())
            loop.progress.beat(outage=error.slug())
        except Exception as error:  # the loop's last line of defence: it must come back
            log.exception("loop.failed", loop=loop.name)
            loop.progress.beat(outage=type(error).__name__)
        if time.monotonic() - began > HEALTHY_AFTER_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        loop.progress.restarts += 1
        await asyncio.sleep(pause * random.uniform(1.0, 1.5))  # noqa: S311  jitter, not a secret
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


@asynccontextmanager
async def running(loops: Sequence[Loop]) -> AsyncIterator[None]:
    """Keep the loops while the block runs, then cancel them and wait for the drain at most."""
    tasks = [asyncio.create_task(keep(loop), name=loop.name) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=DRAIN_SECONDS)


async def until_signal() -> None:
    """Return at the first SIGTERM or SIGINT; a second one ends the process at once."""
    stop = asyncio.Event()

    def heard(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    running_loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running_loop.add_signal_handler(number, heard, number)
    await stop.wait()
