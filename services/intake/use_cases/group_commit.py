"""Group commit: requests queue, one writer writes whatever has gathered, each waits for its commit.

Its law: a waiter is answered after its own commit or told that nothing is known; none is forgotten.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from services.intake.repository.arrivals import Arrival, ArrivalStore, Kept
from shared.errors import BusyError, InvalidError, UnavailableError

log = structlog.get_logger()
MAX_BATCH_ROWS = 500
MAX_BATCH_BYTES = 16 * 1_048_576
RETRY_AFTER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class _Waiter:
    arrival: Arrival
    answer: "asyncio.Future[Kept]"


@dataclass(eq=False)
class GroupCommit:
    """A bounded queue before one writer. `on_stored` is called after each commit."""

    store: ArrivalStore
    max_requests: int
    max_bytes: int
    commit_seconds: float
    on_stored: Callable[[], None] = lambda: None
    queued: deque[_Waiter] = field(default_factory=deque)
    held_bytes: int = 0
    held_requests: int = 0
    batches: int = 0
    _closing: bool = False
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _task: "asyncio.Task[None] | None" = None
    _loop: asyncio.AbstractEventLoop = field(init=False)

    def start(self) -> None:
        if self._task is None or self._task.done():
            # Asked once: on CPython before 3.12 each asking is a system call.
            self._loop = asyncio.get_running_loop()
            self._task = asyncio.create_task(self._write_for_ever(), name="door-writer")

    async def stop(self) -> None:
        """Write what has gathered, then end; what cannot be written is told so."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait({self._task})
        self.store.drop()

    def add(self, arrival: Arrival) -> "asyncio.Future[Kept]":
        """Queue an arrival; the future ends after its commit. Raises BusyError when full.

        Whoever waits may leave or be cancelled: the row is written all the same.
        """
        full = self._closing or self.held_requests >= self.max_requests
        if full or (self.held_requests and self.held_bytes + arrival.weight > self.max_bytes):
            raise BusyError(
                "Too many requests are waiting.", retry_after_seconds=RETRY_AFTER_SECONDS
            )
        answer: asyncio.Future[Kept] = self._loop.create_future()
        self.queued.append(_Waiter(arrival, answer))
        self.held_bytes += arrival.weight
        self.held_requests += 1
        self._wake.set()
        return answer

    async def _write_for_ever(self) -> None:
        while self.queued or not self._closing:
            await self._wake.wait()
            self._wake.clear()
            while self.queued:
                await self._write_one_batch()

    async def _write_one_batch(self) -> None:
        batch = self._take()
        try:
            found = await self.store.store(
                [waiter.arrival for waiter in batch], seconds=self.commit_seconds
            )
        except asyncio.CancelledError:
            self._refuse(batch)
            raise
        except Exception as error:  # noqa: BLE001  the writer outlives whatever the store meets
            log.warning("door.unavailable", error=type(error).__name__, count=len(batch))
            self._refuse(batch)
            self._refuse([self.queued.popleft() for _ in range(len(self.queued))])
            return
        self.batches += 1
        for waiter, kept in zip(batch, found, strict=True):
            self._settle(waiter, kept)
        self.on_stored()

    def _take(self) -> list[_Waiter]:
        batch = [self.queued.popleft()]
        size = batch[0].arrival.weight
        while self.queued and len(batch) < MAX_BATCH_ROWS:
            size += self.queued[0].arrival.weight
            if size > MAX_BATCH_BYTES:
                break
            batch.append(self.queued.popleft())
        return batch

    def _settle(self, waiter: _Waiter, kept: Kept | Exception) -> None:
        self._release(waiter)
        if waiter.answer.done():
            return
        if isinstance(kept, Kept):
            waiter.answer.set_result(kept)
        else:
            waiter.answer.set_exception(InvalidError("The request cannot be stored."))

    def _refuse(self, waiters: list[_Waiter]) -> None:
        for waiter in waiters:
            self._release(waiter)
            if not waiter.answer.done():
                waiter.answer.set_exception(
                    UnavailableError(
                        "The request could not be stored now.",
                        retry_after_seconds=RETRY_AFTER_SECONDS,
                    )
                )

    def _release(self, waiter: _Waiter) -> None:
        self.held_bytes -= waiter.arrival.weight
        self.held_requests -= 1
