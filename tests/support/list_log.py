"""A log made of lists: it can reorder, duplicate, lose, refuse, forget and be replaced on demand.

One law: it keeps the protocol of `shared.messaging.bus` except for what a test asks it to break.
"""

import asyncio
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from shared.contracts.catalog import Topic
from shared.errors import UnavailableError
from shared.messaging.bus import Message, Partition, PositionLostError, Positions, Record

_numbers = count(1)


@dataclass(eq=False)
class ListLog:
    """The broker. `stored` and `acknowledged` say what becomes of each message sent."""

    log_id: str = field(default_factory=lambda: f"list-{next(_numbers)}")
    widths: dict[str, int] = field(default_factory=dict)
    lists: defaultdict[Partition, list[Record]] = field(default_factory=lambda: defaultdict(list))
    begins: defaultdict[Partition, int] = field(default_factory=lambda: defaultdict(int))
    ends: defaultdict[Partition, int] = field(default_factory=lambda: defaultdict(int))
    down: bool = False
    copies: int = 1
    arrange: Callable[[list[Message]], list[Message]] = lambda messages: messages
    stored: Callable[[Message], bool] = lambda _message: True
    acknowledged: Callable[[Message], bool] = lambda _message: True
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    publishing: asyncio.Event | None = None  # if set, a publish waits for it after sending

    def partition(self, topic: str, key: str) -> Partition:
        return Partition(topic, zlib.crc32(key.encode()) % self.widths[topic])

    def end(self, partition: Partition) -> int:
        return self.ends[partition]

    def append(self, message: Message) -> None:
        self.put(
            self.partition(message.topic, message.key),
            key=message.key.encode(),
            payload=message.payload,
            headers=[(name, value.encode()) for name, value in message.headers.items()],
        )

    def put(
        self,
        partition: Partition,
        *,
        key: bytes | None,
        payload: bytes | None,
        headers: Sequence[tuple[str, bytes]],
    ) -> None:
        """Append anything at all."""
        offset = self.end(partition)
        self.lists[partition].append(Record(partition, offset, key, payload, headers))
        self.ends[partition] = offset + 1
        self.arrived.set()

    def skip(self, partition: Partition) -> None:
        """Use up an offset that no reader will ever see, as Kafka's own markers do."""
        self.ends[partition] += 1

    def cut_back(self) -> None:
        """The broker lost what it had acknowledged, and does not know it."""
        self.lists.clear()
        self.ends.clear()

    def trim(self) -> None:
        """Retention passed: every partition begins where it ended."""
        for partition in list(self.lists):
            self.begins[partition] = self.end(partition)
            self.lists[partition].clear()

    def wipe(self) -> None:
        """Everything is gone, and it is another log now."""
        self.lists.clear()
        self.begins.clear()
        self.ends.clear()
        self.log_id = f"list-{next(_numbers)}"
        self.arrived.set()

    def everything(self) -> list[Record]:
        return [record for partition in sorted(self.lists) for record in self.lists[partition]]


class ListBus:
    """See `shared.messaging.bus.Bus`."""

    def __init__(self, log: ListLog) -> None:
        self.log = log

    def _require(self) -> None:
        if self.log.down:
            raise UnavailableError("The log is down.")

    async def log_id(self) -> str:
        self._require()
        return self.log.log_id

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        self._require()
        for topic in topics:
            self.log.widths[topic.name] = max(topic.partitions, self.log.widths.get(topic.name, 0))

    async def publish(self, messages: Sequence[Message], *, seconds: float) -> Sequence[bool]:
        if self.log.down:
            return [False] * len(messages)
        sent = [item for item in messages if self.log.stored(item) for _ in range(self.log.copies)]
        for item in self.log.arrange(sent):
            self.log.append(item)
        if self.log.publishing is not None:
            await self.log.publishing.wait()
        return [self.log.acknowledged(item) for item in messages]

    async def reader(
        self, group: str, topics: Sequence[str], *, positions: Positions
    ) -> "ListReader":
        self._require()
        partitions = [
            Partition(topic, number)
            for topic in topics
            for number in range(self.log.widths.get(topic, 0))
        ]
        return ListReader(self.log, dict(await positions(partitions)))

    async def close(self) -> None:
        pass


class ListReader:
    """See `shared.messaging.bus.Reader`: the only member of its group."""

    def __init__(self, log: ListLog, places: dict[Partition, int]) -> None:
        self.log = log
        self.places = places
        self.log_id = log.log_id
        self.hints: dict[Partition, int] = {}

    async def fetch(
        self, *, limit: int, wait_seconds: float
    ) -> Mapping[Partition, Sequence[Record]]:
        self.log.arrived.clear()
        found = self._ready(limit)
        if not found:
            try:
                async with asyncio.timeout(min(wait_seconds, 0.05)):
                    await self.log.arrived.wait()
            except TimeoutError:
                return {}
            found = self._ready(limit)
        return found

    def _ready(self, limit: int) -> dict[Partition, Sequence[Record]]:
        if self.log.down or self.log.log_id != self.log_id:
            raise UnavailableError("The log is down.")
        found: dict[Partition, Sequence[Record]] = {}
        for partition, place in self.places.items():
            begin, end = self.log.begins[partition], self.log.end(partition)
            if not begin <= place <= end:
                raise PositionLostError(partition, begin=begin)
            records = [item for item in self.log.lists[partition] if item.offset >= place][:limit]
            if records:
                found[partition] = list(records)
                self.places[partition] = records[-1].offset + 1
                limit -= len(records)
        return found

    def assigned(self) -> frozenset[Partition]:
        return frozenset(self.places)

    async def seek(self, partition: Partition, offset: int) -> None:
        self.places[partition] = offset

    async def bounds(self, partition: Partition) -> tuple[int, int]:
        return self.log.begins[partition], self.log.end(partition)

    async def ends(self) -> Mapping[Partition, int]:
        return {partition: self.log.end(partition) for partition in self.assigned()}

    async def hint(self, positions: Mapping[Partition, int]) -> None:
        self.hints.update(positions)

    async def close(self) -> None:
        pass
