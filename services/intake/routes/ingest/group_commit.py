"""Group commit: requests queue, one writer writes whatever has gathered, each waits for its commit.

Its law: a waiter is answered after its own commit or told that nothing is known; none is forgotten,
whatever ends the writing. A question whether the door stands open goes the same way.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from services.intake.repository.arrivals import Arrival, ArrivalStore, Kept
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
            # Asked once: on CPython before 3.12 each asking is a system call.
            self._events = asyncio.get_running_loop()
            self._task = asyncio.create_task(keep(self.loop), name=self.loop.name)

    async def stop(self) -> None:
        """Write what has gathered, then end; what cannot be written is told so."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            while self.queued or not self._idle.is_set():
                await asyncio.wait({self._task}, timeout=IDLE_SECONDS / 100)
            self._task.cancel()
            await asyncio.wait({self._task})
        if self._ticking is not None:
            self._ticking.cancel()
        self.store.drop()

    async def prove(self, samples: Callable[[], Sequence[Arrival]]) -> None:
        """Return when the writer has shown that it can store. Raises UnavailableError.

        A commit of a moment ago is proof. Else the writer itself rehearses one: after a failure
        with `samples`, which are written and rolled back; at peace with a commit of no row.
        """
        if not self._failing and self._events.time() - self._stored_at < FRESH_SECONDS:
            return
        if self._rehearsal is None or self._rehearsal[1].done():
            self._rehearsal = samples(), self._events.create_future()
            self._wake.set()
        answer = self._rehearsal[1]
        # Shared by all who ask at the same time, so that asking often costs no more.
        await asyncio.wait({answer}, timeout=self.commit_seconds + IDLE_SECONDS)
        if not answer.done() or answer.cancelled() or answer.exception() is not None:
            raise UnavailableError("The door cannot store now.")

    def add(self, arrival: Arrival) -> "asyncio.Future[Kept]":
        """Queue an arrival; the future ends after its commit. Raises BusyError when full.

        Whoever waits may leave or be cancelled: the row is written all the same.
        """
        full = self._closing or self.held_requests >= self.max_requests
        if full or (self.held_requests and self.held_bytes + arrival.weight > self.max_bytes):
            raise BusyError(
                "Too many requests are waiting.", retry_after_seconds=RETRY_AFTER_SECONDS
            )
        answer: asyncio.Future[Kept] = self._events.create_future()
        self.queued.append(_Waiter(arrival, answer))
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
            while self.queued:
                await self._write_one_batch()
                progress.beat()
            await self._rehearse()

    def _tick(self) -> None:
        # One timer that goes on by itself: a deadline for each wait would cost each batch.
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
            # First of all they are told; only then is anything done that might fail again.
            self._failing = True
            self._refuse(unanswered)
            self._refuse(self.queued)
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
        except Exception as error:  # noqa: BLE001  whoever asks is answered, whatever was met
            self._failing = True
            answer.cancel()
            log.warning("door.unavailable", error=cause_of(error), count=0)
            return
        self._stored()
        answer.set_result(None)

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

    def _refuse(self, waiters: deque[_Waiter]) -> None:
        """Tell them, and empty the queue they are in."""
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
