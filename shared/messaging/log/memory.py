"""The log within one process: what was committed is handed, as it is, to the consumers' queues."""

import asyncio
import time
from collections import deque
from collections.abc import Collection, Sequence
from contextlib import suppress

from shared.messaging.decoding import ReceivedEvent
from shared.messaging.log.protocol import FETCH_BYTES
from shared.turns import Turns

MOST_EVENTS = 20_000  # that wait for one consumer; more and its queue is emptied and closed
MOST_BYTES = 64 * 1_048_576  # of their payloads
RUSH_EVENTS = 250  # handed over in a second: some eighty new leads
CALM_SECONDS = 3.0  # without so many, and a rush is over: the next often follows at once


class MemorySubscription:
    """A bounded queue; see `Subscription`. What it loses by overflowing, catch-up brings."""

    def __init__(self, topics: Sequence[str]) -> None:
        self.topics = frozenset(topics)
        self.closed = False
        self.arrived_at = time.monotonic()
        self._queue: deque[tuple[ReceivedEvent, float]] = deque()
        self._bytes = 0
        self._working_since: float | None = None
        self._filled = asyncio.Event()
        self.ended = False

    @property
    def in_hand_since(self) -> float | None:
        if self._working_since is not None:
            return self._working_since
        return self._queue[0][1] if self._queue else None

    def offer(self, events: Sequence[ReceivedEvent]) -> None:
        if self.closed:
            return
        self.arrived_at = time.monotonic()
        for event in events:
            self._queue.append((event, self.arrived_at))
            self._bytes += len(event.envelope.payload)
        if overflows(events=len(self._queue), size=self._bytes):
            self.closed = True
            self._queue.clear()
            self._bytes = 0
        self._filled.set()

    async def fetch(self, *, limit: int, wait_seconds: float) -> Sequence[ReceivedEvent]:
        if not self._queue:
            self._filled.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_seconds):
                    await self._filled.wait()
        events: list[ReceivedEvent] = []
        size = 0
        while self._queue and len(events) < limit and size < FETCH_BYTES:
            event, arrived_at = self._queue.popleft()
            self._working_since = self._working_since or arrived_at
            events.append(event)
            size += len(event.envelope.payload)
        self._bytes -= size
        return events

    async def done(self) -> None:
        self._working_since = None

    def open(self) -> None:
        self.closed = False

    async def close(self) -> None:
        self.closed = self.ended = True
        self._queue.clear()


def overflows(*, events: int, size: int) -> bool:
    return events > MOST_EVENTS or size > MOST_BYTES


class MemoryLog:
    """One per process; every database of the process hands over to it."""

    def __init__(self) -> None:
        self.turns = Turns()
        self._subscriptions: list[MemorySubscription] = []
        self._lately: deque[tuple[float, int]] = deque()  # when how many events were handed over
        self._rushed_at = -CALM_SECONDS

    async def subscribe(self, service: str, topics: Sequence[str]) -> MemorySubscription:  # noqa: ARG002  the protocol's form
        subscription = MemorySubscription(topics)
        self._subscriptions = [item for item in self._subscriptions if not item.ended]
        self._subscriptions.append(subscription)
        return subscription

    def expect(self, topics: Collection[str]) -> None:
        """Something is about to be committed. Should its outcome stay unknown, catch-up looks."""
        for subscription in self._subscriptions:
            if not subscription.topics.isdisjoint(topics):
                subscription.arrived_at = time.monotonic()

    def hand_over(self, events: Sequence[ReceivedEvent]) -> None:
        """Called after the commit of the events; never when its outcome is unknown."""
        self._count(len(events))
        for subscription in self._subscriptions:
            interesting = [event for event in events if event.envelope.topic in subscription.topics]
            if interesting:
                subscription.offer(interesting)

    def is_rushed(self) -> bool:
        return time.monotonic() - self._rushed_at < CALM_SECONDS

    def _count(self, events: int) -> None:
        now = time.monotonic()
        self._lately.append((now, events))
        while self._lately[0][0] < now - 1.0:
            self._lately.popleft()
        if is_rush(sum(count for _, count in self._lately)):
            self._rushed_at = now

    async def close(self) -> None:
        for subscription in self._subscriptions:
            await subscription.close()


def is_rush(events: int) -> bool:
    return events > RUSH_EVENTS
