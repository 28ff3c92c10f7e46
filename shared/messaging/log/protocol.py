"""What a consumer and a relay need of a log."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from shared.contracts.catalog import Topic
from shared.messaging.decoding import Received

FETCH_EVENTS = 500  # most that one fetch gives
PACED_EVENTS = 2_000  # the same where nobody waits: more of what is about one lead comes together
FETCH_BYTES = 4 * 1_048_576  # of payloads in one fetch, unless a single event is larger


@dataclass(frozen=True, slots=True)
class Message:
    """What is published: the key alone decides the partition."""

    topic: str
    key: str
    payload: bytes
    headers: Mapping[str, str]


class Acknowledged(NamedTuple):
    """Where the log has put a message."""

    partition: int
    offset: int


class Subscription(Protocol):
    """One service's share of what travels on its topics. One loop owns it.

    `closed`: it has lost something and gives nothing until it is opened again;
    `in_hand_since` is when (monotonic) the oldest event came that is not yet done, None without;
    `arrived_at` is when the last one came.
    """

    closed: bool
    arrived_at: float

    @property
    def in_hand_since(self) -> float | None: ...

    async def fetch(self, *, limit: int, wait_seconds: float) -> Sequence[Received]:
        """What has come, in order within each stream where the log keeps it; empty when nothing
        came in time. Raises UnavailableError when the log cannot be reached.
        """
        ...

    async def done(self) -> None:
        """All that was fetched has taken effect or is held."""
        ...

    def open(self) -> None: ...

    async def close(self) -> None: ...


class Log(Protocol):
    async def subscribe(self, service: str, topics: Sequence[str]) -> Subscription:
        """Raises UnavailableError."""
        ...

    async def close(self) -> None: ...


class ReadBack(NamedTuple):
    """Records of one's own topics, and the offset up to which each (topic, partition) is read."""

    received: Sequence[Received]
    ends: Mapping[tuple[str, int], int]


class OwnTopics(Protocol):
    """The log as a restored producer reads it, without a group."""

    async def cluster_id(self) -> str: ...

    def read_back(
        self, topics: Sequence[str], after: Mapping[tuple[str, int], int]
    ) -> AsyncIterator[ReadBack]:
        """From these offsets, or a partition's beginning, to the ends as they are now.

        Raises UnavailableError.
        """
        ...


class Publisher(Protocol):
    """The log as the relay writes it."""

    async def cluster_id(self) -> str:
        """Which log this is: in another one offsets mean other places. Raises UnavailableError."""
        ...

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        """Create what is missing; partition counts only grow. Raises UnavailableError."""
        ...

    async def publish(
        self, messages: Sequence[Message], *, seconds: float
    ) -> Sequence[Acknowledged | None]:
        """Send in order; where the log has put each, if it answered within the deadline.

        None means unknown: the message may yet arrive. Order holds within a key among those
        acknowledged. Never raises for an outage: then all are None.
        """
        ...

    async def close(self) -> None: ...
