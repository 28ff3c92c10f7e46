"""The log between services, as its two implementations (Kafka, PostgreSQL) keep it.

One law: every wait has a deadline, and an outage is an UnavailableError, never an empty answer.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from shared.contracts.catalog import Topic


class Partition(NamedTuple):
    topic: str
    number: int


@dataclass(frozen=True, slots=True)
class Message:
    """What is published: the key alone decides the partition."""

    topic: str
    key: str
    payload: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """What is read. Payload and headers are as found: they may be anything."""

    partition: Partition
    offset: int
    key: bytes | None
    payload: bytes | None
    headers: Sequence[tuple[str, bytes]]


class PositionLostError(Exception):
    """The log no longer holds (`offset` < `begin`), or does not yet hold, what was to be read."""

    def __init__(self, partition: Partition, *, begin: int) -> None:
        super().__init__(f"{partition.topic}[{partition.number}] begins at {begin}")
        self.partition = partition
        self.begin = begin


def hearing_group(service: str) -> str:
    """The group in which the members of a service share what it hears."""
    return service


def own_voice_group(service: str) -> str:
    """The group in which a service reads what it has said itself."""
    return f"{service}-own-voice"


# Where to begin in newly assigned partitions: our own positions, never the broker's.
Positions = Callable[[Sequence[Partition]], Awaitable[Mapping[Partition, int]]]


class Reader(Protocol):
    """One member of a group. Not safe for concurrent use: one loop owns it."""

    async def fetch(
        self, *, limit: int, wait_seconds: float
    ) -> Mapping[Partition, Sequence[Record]]:
        """Records in offset order per partition; empty when nothing came in time.

        Raises UnavailableError when the log cannot be reached, PositionLostError for one partition.
        """
        ...

    def assigned(self) -> frozenset[Partition]: ...

    async def seek(self, partition: Partition, offset: int) -> None: ...

    async def bounds(self, partition: Partition) -> tuple[int, int]:
        """First offset held, and the one the next record will get."""
        ...

    async def ends(self) -> Mapping[Partition, int]:
        """Of each assigned partition the offset the next record will get; one question for all."""
        ...

    async def hint(self, positions: Mapping[Partition, int]) -> None:
        """Tell the log how far we are, for its own lag displays; failure is of no matter."""
        ...

    async def close(self) -> None: ...


class Bus(Protocol):
    async def log_id(self) -> str:
        """Which log this is: another id means other positions. Raises UnavailableError."""
        ...

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        """Create what is missing; partition counts only grow. Raises UnavailableError."""
        ...

    async def publish(self, messages: Sequence[Message], *, seconds: float) -> Sequence[bool]:
        """Send in order; True where the log has acknowledged within the deadline.

        False means unknown: the message may yet arrive. Order holds within a key among those
        acknowledged. Never raises for an outage: then all are False.
        """
        ...

    async def reader(self, group: str, topics: Sequence[str], *, positions: Positions) -> Reader:
        """Join the group. Raises UnavailableError."""
        ...

    async def close(self) -> None: ...
