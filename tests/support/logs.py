"""Both logs behind one face, and messages such as a relay sends."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer

from shared.clock import system_clock
from shared.contracts.catalog import Topic
from shared.contracts.envelope import Envelope
from shared.contracts.managers import ManagerStatusChanged
from shared.ids import derived_id, new_id
from shared.messaging.decoding import Received, Unreadable, decode
from shared.messaging.log.kafka import KafkaLog
from shared.messaging.log.kafka.client import KafkaSettings
from shared.messaging.log.memory import MemoryLog
from shared.messaging.log.protocol import Log, Message, Subscription

_numbers = count(1)
PATIENCE_SECONDS = 30.0
SESSION_SECONDS = 6.0  # the least that a broker allows by default
TOPIC = "managers"  # what the messages travel on, unless a test says otherwise


def settings(bootstrap: str, **other: Any) -> KafkaSettings:
    """Those by which a death and new partitions are noticed soon."""
    quick = KafkaSettings(
        bootstrap=bootstrap, session=SESSION_SECONDS, heartbeat=0.5, metadata_age=2.0
    )
    return replace(quick, **other)


def unique(word: str = "test") -> str:
    """A name of a topic or group that no other test has."""
    return f"{word}{os.getpid()}_{next(_numbers)}"


def topic(partitions: int = 3, *, name: str | None = None) -> Topic:
    return Topic(name or unique(), "key", partitions, "nobody", (), (ManagerStatusChanged,))


def message(key: str, version: int = 1, *, where: str = TOPIC) -> Message:
    """An event of the manager of that name."""
    manager_id = derived_id("manager", key)
    event = ManagerStatusChanged(manager_id=manager_id, status="online", changed_at=system_clock())
    envelope = Envelope(
        event_id=new_id(),
        type=event.TYPE,
        source="/leadflow/routing",
        time=system_clock(),
        topic=where,
        key=str(manager_id),
        version=version,
        payload=event.model_dump_json(),
    )
    return Message(where, envelope.key, envelope.payload.encode(), envelope.headers())


def stream(key: str, versions: int) -> list[Message]:
    """The events of one stream, the first with version 1."""
    return [message(key, version) for version in range(1, versions + 1)]


def place_of(item: Received) -> tuple[str, int]:
    """Key and version."""
    assert not isinstance(item, Unreadable), item
    return item.envelope.key, item.version


def places(messages: Sequence[Message]) -> list[tuple[str, int]]:
    return [(item.key, int(item.headers["version"])) for item in messages]


async def read(subscription: Subscription, number: int, *, limit: int = 500) -> list[Received]:
    """What comes until `number` have come; each fetch is done at once."""
    received: list[Received] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(received) < number:
            received += await subscription.fetch(limit=limit, wait_seconds=0.5)
            await subscription.done()
    return received


class Site(Protocol):
    """A log and what is sent into it."""

    @property
    def log(self) -> Log: ...

    async def send(self, messages: Sequence[Message]) -> None: ...

    async def close(self) -> None: ...


class KafkaSite:
    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.log = KafkaLog(settings(bootstrap))

    async def send(self, messages: Sequence[Message]) -> None:
        assert all(await self.log.publish(messages, seconds=10))

    async def put(self, value: bytes | None, **other: Any) -> None:
        """What no relay would send."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        await producer.send_and_wait(TOPIC, value, **other)
        await producer.stop()

    async def close(self) -> None:
        await self.log.close()


class MemorySite:
    def __init__(self) -> None:
        self.log = MemoryLog()

    async def send(self, messages: Sequence[Message]) -> None:
        events: list[Any] = [decode(item.topic, item.headers, item.payload) for item in messages]
        self.log.hand_over(events)

    async def close(self) -> None:
        await self.log.close()
