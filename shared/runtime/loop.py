"""Every long-lived task is a loop that lives alone under `keep`: whatever ends it, it starts again
with back-off. Health is progress, not existence. SIGTERM drains, a second signal exits at once.
"""

import asyncio
import os
import random
import signal
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.errors import Kind, ServiceError, cause_of
from shared.wakeup import Wakeup

log = structlog.get_logger()
DRAIN_SECONDS = 20.0
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0  # what ends an outage is noticed this soon
SETTLED_AFTER_SECONDS = 5.0  # a run this long forgets the failures before it
STALLED_AFTER_SECONDS = 30.0
REST_BEAT_SECONDS = 10.0
STANDSTILLS = 3  # so many within the window and a loop is not well, however often it comes round
STANDSTILL_WINDOW_SECONDS = 180.0


@dataclass(eq=False)
class Progress:
    """When a loop last came round, and what keeps it from its work, if anything does.

    A standstill is work that held up its whole process until the loop's lease had run out.
    `failing_since` is when a row of runs began that each ended by a fault of our own.
    """

    beat_at: float = field(default_factory=time.monotonic)
    began_at: float = field(default_factory=time.monotonic)
    outage: str | None = None
    restarts: int = 0
    standstills: deque[float] = field(default_factory=lambda: deque(maxlen=STANDSTILLS))
    failing_since: float | None = None

    def beat(self, *, outage: str | None = None) -> None:
        self.beat_at = time.monotonic()
        self.outage = outage

    async def rest(self, seconds: float) -> None:
        """Sleep; a long rest is no standstill."""
        while seconds > 0:
            self.beat()
            await asyncio.sleep(min(seconds, REST_BEAT_SECONDS))
            seconds -= REST_BEAT_SECONDS

    async def give_way(self, began: float) -> None:
        """Rest twice as long as the work since `began` (of the monotonic clock) has taken: whoever
        is waited for goes first, and a backlog of what nobody waits for takes a third of the time.
        """
        spent = time.monotonic() - began
        await self.rest(min(2 * spent, REST_BEAT_SECONDS))

    async def attend(self, wakeup: Wakeup, channel: str, *, seconds: float) -> None:
        """Return when the channel is notified, or after `seconds`; a long wait is no standstill."""
        while seconds > 0:
            self.beat()
            if await wakeup.notified(channel, seconds=min(seconds, REST_BEAT_SECONDS)):
                return
            seconds -= REST_BEAT_SECONDS

    def stand_still(self) -> None:
        self.standstills.append(time.monotonic())

    def begin(self) -> None:
        self.began_at = time.monotonic()

    def settled(self) -> bool:
        return time.monotonic() - self.began_at > SETTLED_AFTER_SECONDS

    def fail(self) -> None:
        if self.failing_since is None or self.settled():
            self.failing_since = time.monotonic()

    def stalled(self) -> bool:
        """No progress for too long: it does not come round, or only to fail or to stand still."""
        now = time.monotonic()
        again_and_again = (
            len(self.standstills) == STANDSTILLS
            and now - self.standstills[0] < STANDSTILL_WINDOW_SECONDS
        )
        failing = self.failing_since is not None and not self.settled()
        since = self.failing_since if failing and self.failing_since is not None else now
        return again_and_again or max(now - self.beat_at, now - since) > STALLED_AFTER_SECONDS


@dataclass(eq=False)
class Loop:
    """`run` works until cancelled and calls `progress.beat()` each time round.

    What is in hand at cancellation is a transaction that rolls back: nothing half done remains.
    """

    name: str
    run: Callable[[Progress], Coroutine[Any, Any, None]]
    progress: Progress = field(default_factory=Progress)


class LoopEndedError(Exception):
    """A loop has returned, though its work never ends."""


async def keep(loop: Loop) -> None:
    """Run one loop for ever: whatever ends it, it starts again after a pause.

    Only a cancellation of this very task ends it: not one that leaks out of what the loop awaits.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        loop.progress.begin()
        try:
            await _run_for_ever(loop)
        except (GeneratorExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # SystemExit of what it calls, and leaked cancellations, too
            if isinstance(error, asyncio.CancelledError) and _is_cancelled():
                raise
            _note(loop, error)
        if loop.progress.settled():
            pause = FIRST_PAUSE_SECONDS
        loop.progress.restarts += 1
        await asyncio.sleep(pause * random.uniform(0.7, 1.0))  # noqa: S311  jitter, not a secret
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def _run_for_ever(loop: Loop) -> None:
    await loop.run(loop.progress)
    raise LoopEndedError


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _note(loop: Loop, error: BaseException) -> None:
    """Log why a run has ended, and count a fault of our own as no progress."""
    unavailable = isinstance(error, ServiceError) and error.kind is Kind.UNAVAILABLE
    if isinstance(error, ServiceError) and error.kind is Kind.UNAVAILABLE:
        loop.progress.beat(outage=error.slug())
        loop.progress.failing_since = None
    else:
        loop.progress.outage = cause_of(error)
        loop.progress.fail()
    with suppress(Exception):  # a log that fails must not end the keeper of all loops
        if isinstance(error, ServiceError):
            level = "warning" if unavailable else "error"
            reason, cause = error.slug(), cause_of(error)
            getattr(log, level)("loop.stopped", loop=loop.name, reason=reason, error=cause)
        else:
            log.error("loop.failed", loop=loop.name, exc_info=error)


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

    def on_signal(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    running_loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running_loop.add_signal_handler(number, on_signal, number)
    await stop.wait()
