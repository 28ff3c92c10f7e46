"""A log made of lists: it reorders, doubles, loses, refuses and forgets on demand.

It keeps the protocol of `shared.messaging.log.protocol` except for what a test asks it to break.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from shared.contracts.catalog import Topic
from shared.errors import UnavailableError
from shared.messaging.decoding import Received, decode
from shared.messaging.log.protocol import Acknowledged, Message, ReadBack

_numbers = count(1)


def decoded(message: Message) -> Received:
    return decode(message.topic, message.headers, message.payload)


@dataclass(eq=False)
class ScriptedSubscription:
    """Reads everything from where it subscribed."""

    log: "ScriptedLog"
    place: int
    topics: frozenset[str]
    closed: bool = False
    arrived_at: float = field(default_factory=time.monotonic)
    working_since: float | None = None

    @property
    def in_hand_since(self) -> float | None:
        return self.working_since

    async def fetch(self, *, limit: int, wait_seconds: float) -> Sequence[Received]:
        self.log.require()
        if self.place >= len(self.log.messages):
            self.log.arrived.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(wait_seconds, 0.05)):
                    await self.log.arrived.wait()
        self.log.require()
        messages = self.log.messages[self.place : self.place + limit]
        self.place += len(messages)
        if messages:
            self.arrived_at = self.working_since = time.monotonic()
        return [decoded(item) for item in messages if item.topic in self.topics]

    async def done(self) -> None:
        self.working_since = None
        self.log.done = self.place

    def open(self) -> None:
        self.closed = False

    async def close(self) -> None:
        self.closed = True


@dataclass(eq=False)
class ScriptedLog:
    """`stored` and `acknowledged` say what becomes of each message sent. A subscription begins at
    `done`, as a group with committed offsets does.
    """

    identity: str = field(default_factory=lambda: f"scripted-{next(_numbers)}")
    messages: list[Message] = field(default_factory=list)
    done: int = 0
    down: bool = False
    copies: int = 1
    arrange: Callable[[list[Message]], list[Message]] = lambda messages: messages
    stored: Callable[[Message], bool] = lambda _message: True
    acknowledged: Callable[[Message], bool] = lambda _message: True
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    publishing: asyncio.Event | None = None  # if set, a publish waits for it after sending

    def require(self) -> None:
        if self.down:
            raise UnavailableError("The log is down.")

    def append(self, message: Message) -> None:
        self.messages.append(message)
        self.arrived.set()

    def wipe(self) -> None:
        """Everything is gone, and it is another log now."""
        self.messages.clear()
        self.done = 0
        self.identity = f"scripted-{next(_numbers)}"

    async def cluster_id(self) -> str:
        self.require()
        return self.identity

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        self.require()

    async def publish(
        self, messages: Sequence[Message], *, seconds: float
    ) -> Sequence[Acknowledged | None]:
        if self.down:
            return [None] * len(messages)
        sent = [item for item in messages if self.stored(item) for _ in range(self.copies)]
        for item in self.arrange(sent):
            self.append(item)
        if self.publishing is not None:
            await self.publishing.wait()
        return [
            Acknowledged(0, len(self.messages) - 1) if self.acknowledged(item) else None
            for item in messages
        ]

    async def subscribe(self, service: str, topics: Sequence[str]) -> ScriptedSubscription:
        self.require()
        return ScriptedSubscription(self, min(self.done, len(self.messages)), frozenset(topics))

    async def read_back(
        self, topics: Sequence[str], after: Mapping[tuple[str, int], int]
    ) -> AsyncIterator[ReadBack]:
        self.require()
        yield ReadBack(
            [
                decoded(item)
                for place, item in enumerate(self.messages)
                if item.topic in topics and place >= after.get((item.topic, 0), 0)
            ],
            {(topic, 0): len(self.messages) for topic in topics},
        )

    async def close(self) -> None:
        pass
