"""Group commit: requests queue, one writer stores them in batches, each waits for its commit.

Invariant: every waiter gets an answer, after its own commit or as an error, whatever ends the
writing. A readiness check goes through the same writer.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from services.intake.repository.arrivals import Arrival, ArrivalStore, Receipt
from shared.errors import BusyError, InvalidError, UnavailableError, cause_of
from shared.runtime.loop import Loop, Progress, keep

log = structlog.get_logger()
MAX_BATCH_ROWS = 500
MAX_BATCH_BYTES = 16 * 1_048_576
RETRY_AFTER_SECONDS = 2
IDLE_SECONDS = 1.0  # a writer without work comes round this often
FRESH_SECONDS = 1.0  # a commit this young proves that the next one will do


@dataclass(frozen=True, slots=True)
class _Waiter:
    arrival: Arrival
    answer: "asyncio.Future[Receipt]"


@dataclass(eq=False)
class GroupCommit:
    """A bounded queue before one writer. `on_stored` is called after each commit."""

    store: ArrivalStore
    max_requests: int
    max_bytes: int
    commit_seconds: float
    on_stored: Callable[[], None] = lambda: None
    queue: deque[_Waiter] = field(default_factory=deque)
    held_bytes: int = 0
    held_requests: int = 0
    batches: int = 0
    loop: Loop = field(init=False)
    _closing: bool = False
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _task: "asyncio.Task[None] | None" = None
    _ticking: asyncio.TimerHandle | None = None
    _stored_at: float = -FRESH_SECONDS
    _failing: bool = False
    _rehearsal: "tuple[Sequence[Arrival], asyncio.Future[None]] | None" = None
    _events: asyncio.AbstractEventLoop = field(init=False)

    def __post_init__(self) -> None:
        self.loop = Loop("door-writer", self._write_for_ever)

    def start(self) -> None:
        if self._task is None or self._task.done():
            # Once, because before CPython 3.12 each call of it is a system call.
            self._events = asyncio.get_running_loop()
            self._task = asyncio.create_task(keep(self.loop), name=self.loop.name)

    async def stop(self) -> None:
        """Write what is queued, then end; what cannot be written is refused."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            while self.queue or not self._idle.is_set():
                await asyncio.wait({self._task}, timeout=IDLE_SECONDS / 100)
            self._task.cancel()
            await asyncio.wait({self._task})
        if self._ticking is not None:
            self._ticking.cancel()
        self.store.drop()

    async def prove(self, samples: Callable[[], Sequence[Arrival]]) -> None:
        """Return if the writer can store. Raises UnavailableError.

        A commit within the last second is proof. Else the writer rehearses one: after a failure by
        writing `samples` and rolling them back, otherwise by a commit without a row.
        """
        if not self._failing and self._events.time() - self._stored_at < FRESH_SECONDS:
            return
        if self._rehearsal is None or self._rehearsal[1].done():
            self._rehearsal = samples(), self._events.create_future()
            self._wake.set()
        answer = self._rehearsal[1]
        # One rehearsal answers all checks that wait at the same time.
        await asyncio.wait({answer}, timeout=self.commit_seconds + IDLE_SECONDS)
        if not answer.done() or answer.cancelled() or answer.exception() is not None:
            raise UnavailableError("Nothing can be stored now.")

    def add(self, arrival: Arrival) -> "asyncio.Future[Receipt]":
        """Queue an arrival; the future ends after its commit. Raises BusyError when full.

        The row is written even if whoever waits is cancelled.
        """
        full = self._closing or self.held_requests >= self.max_requests
        if full or (self.held_requests and self.held_bytes + arrival.weight > self.max_bytes):
            raise BusyError(
                "Too many requests are waiting.", retry_after_seconds=RETRY_AFTER_SECONDS
            )
        answer: asyncio.Future[Receipt] = self._events.create_future()
        self.queue.append(_Waiter(arrival, answer))
        self.held_bytes += arrival.weight
        self.held_requests += 1
        self._wake.set()
        return answer

    async def _write_for_ever(self, progress: Progress) -> None:
        self._tick()
        while True:
            progress.beat()
            self._idle.set()
            await self._wake.wait()
            self._wake.clear()
            self._idle.clear()
            while self.queue:
                await self._write_one_batch()
                progress.beat()
            await self._rehearse()

    def _tick(self) -> None:
        # One periodic timer, because a timeout of every wait would cost time in every batch.
        self._wake.set()
        if self._ticking is not None:
            self._ticking.cancel()
        self._ticking = self._events.call_later(IDLE_SECONDS, self._tick)

    async def _write_one_batch(self) -> None:
        batch = self._take()
        unanswered = deque(batch)
        try:
            outcomes = await self.store.store(
                [waiter.arrival for waiter in batch], seconds=self.commit_seconds
            )
            for outcome in outcomes:
                self._settle(unanswered.popleft(), outcome)
        except BaseException as error:
            # The waiters come first: whatever else is done here might fail again.
            self._failing = True
            self._refuse(unanswered)
            self._refuse(self.queue)
            if not isinstance(error, Exception):
                raise
            log.warning("door.unavailable", error=cause_of(error), count=len(batch))
            return
        self.batches += 1
        self._stored()
        self.on_stored()

    def _stored(self) -> None:
        self._failing = False
        self._stored_at = self._events.time()

    async def _rehearse(self) -> None:
        if self._rehearsal is None or self._rehearsal[1].done():
            return
        samples, answer = self._rehearsal
        try:
            await self.store.rehearse(samples if self._failing else [], seconds=self.commit_seconds)
        except Exception as error:  # noqa: BLE001  whoever waits must get an answer
            self._failing = True
            answer.cancel()
            log.warning("door.unavailable", error=cause_of(error), count=0)
            return
        self._stored()
        answer.set_result(None)

    def _take(self) -> list[_Waiter]:
        batch = [self.queue.popleft()]
        size = batch[0].arrival.weight
        while self.queue and len(batch) < MAX_BATCH_ROWS:
            size += self.queue[0].arrival.weight
            if size > MAX_BATCH_BYTES:
                break
            batch.append(self.queue.popleft())
        return batch

    def _settle(self, waiter: _Waiter, outcome: Receipt | Exception) -> None:
        self._release(waiter)
        if waiter.answer.done():
            return
        if isinstance(outcome, Receipt):
            waiter.answer.set_result(outcome)
        else:
            waiter.answer.set_exception(InvalidError("The request cannot be stored."))

    def _refuse(self, waiters: deque[_Waiter]) -> None:
        """Answer all of them with UnavailableError and empty their queue."""
        while waiters:
            waiter = waiters.popleft()
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
