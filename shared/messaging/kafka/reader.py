"""One member of a consumer group.

One law: nothing is handed out before the partition stands where our own position says, and before
the broker has proved, at most a second ago, that it is alive and still the same log.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)

from shared.errors import UnavailableError
from shared.messaging.bus import Partition, PositionLostError, Positions, Record
from shared.messaging.deadline import within
from shared.messaging.kafka.client import Clients, KafkaSettings, ask, outage
from shared.messaging.kafka.membership import Membership

SLICE_SECONDS = 0.5  # one look into aiokafka's buffer; a rebalance is noticed in between
PATIENCE_SECONDS = 2.0  # how much longer a look may take before it is cut off
PATIENT_LOOKS = 20  # looks at a partition that is behind before it may be called stuck
HINT_SECONDS = 1.0


class KafkaReader:
    """See `shared.messaging.bus.Reader`."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        membership: Membership,
        *,
        positions: Positions,
        settings: KafkaSettings,
        clients: Clients,
        log_id: str,
        ask_log_id: Callable[[], Awaitable[str]],
    ) -> None:
        self._consumer = consumer
        self._membership = membership
        self._positions = positions
        self._settings = settings
        self._clients = clients
        self._log_id = log_id
        self._ask_log_id = ask_log_id
        self._placed: int | None = None
        self._next: dict[Partition, int] = {}
        self._proved_at = -float("inf")
        self._watched_at = time.monotonic()
        self._behind: dict[Partition, tuple[int, float, int]] = {}
        self._looks = 0
        self._hints: dict[Partition, int] = {}
        self._hinted_at = -float("inf")
        self._hinting: asyncio.Task[None] | None = None

    async def fetch(
        self, *, limit: int, wait_seconds: float
    ) -> Mapping[Partition, Sequence[Record]]:
        deadline = time.monotonic() + wait_seconds
        while True:
            left = max(0.0, deadline - time.monotonic())
            found = await self._look(limit, min(left, SLICE_SECONDS))
            if found:
                return found
            if time.monotonic() >= deadline:
                self._pass_hints_on()
                return {}

    async def _look(self, limit: int, seconds: float) -> Mapping[Partition, Sequence[Record]]:
        if not await self._settled(seconds) or not await self._place():
            return {}
        generation, self._placed = self._membership.generation, None
        # From here to the end the records belong to nobody: whatever breaks in, the next look
        # begins again at our own positions.
        try:
            found = await self._take(limit, seconds)
        except PositionLostError:
            self._placed = generation
            raise
        await self._prove()
        await self._watch()
        if found is None or self._membership.generation != generation:
            return {}
        self._placed = generation
        records = {_partition(tp): [_record(item) for item in items] for tp, items in found.items()}
        for partition, items in records.items():
            self._next[partition] = items[-1].offset + 1
        return records

    async def _settled(self, seconds: float) -> bool:
        """Whether no rebalance is going on; waits a little. One that never ends is an outage."""
        membership = self._membership
        if not membership.settled.is_set():
            if time.monotonic() - membership.rejoining_since > self._settings.start:
                raise UnavailableError("Kafka's group does not come to rest.")
            await self._prove()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await membership.settled.wait()
        return membership.settled.is_set()

    async def _place(self) -> bool:
        """Seek every assigned partition to our position, once per rebalance; False if another
        rebalance came in between.
        """
        generation = self._membership.generation
        if self._placed == generation:
            return True
        partitions = sorted(self.assigned())
        wanted = await self._positions(partitions) if partitions else {}
        if self._membership.generation != generation:
            return False
        self._next.clear()
        self._behind.clear()
        for partition in partitions:
            await self.seek(partition, wanted.get(partition, 0))
        return True

    async def _take(
        self, limit: int, seconds: float
    ) -> Mapping[TopicPartition, Sequence[Any]] | None:
        """What the client has; None when it is unknown where it stands now."""
        self._looks += 1
        try:
            return await within(
                seconds + PATIENCE_SECONDS,
                self._consumer.getmany(timeout_ms=int(seconds * 1000), max_records=limit),
                doing="fetch",
            )
        except OffsetOutOfRangeError as error:
            partition = _partition(next(iter(error.args[0])))
            begin, _ = await self.bounds(partition)
            raise PositionLostError(partition, begin=begin) from error
        except NoOffsetForPartitionError:
            return {}  # it looked for the broker's offset before we had sought ours
        except UnavailableError:
            # A rebalance, or a busy machine, keeps getmany waiting; _prove tells whether it is an
            # outage. Cut off, it may have passed over records it never gave: look again.
            return None
        except KafkaError as error:
            raise outage(error, doing="fetch") from error

    async def _prove(self) -> None:
        """The client is silent about an outage, and would read a wiped broker at old positions."""
        if time.monotonic() - self._proved_at < self._settings.proof:
            return
        if await self._ask_log_id() != self._log_id:
            raise UnavailableError("Kafka is another cluster than before.")
        self._proved_at = time.monotonic()

    async def _watch(self) -> None:
        """Raise UnavailableError when a partition is behind and nothing of it ever comes."""
        now = time.monotonic()
        if now - self._watched_at < self._settings.stuck / 4:
            return
        self._watched_at = now
        ends = await self._ends(self.assigned())
        for partition, end in ends.items():
            at = self._next.get(partition, 0)
            if at >= end:
                self._behind.pop(partition, None)
                continue
            seen, since, looks = self._behind.get(partition, (-1, now, self._looks))
            if seen != at:
                self._behind[partition] = (at, now, self._looks)
            elif now - since > self._settings.stuck and self._looks - looks > PATIENT_LOOKS + len(
                ends
            ):
                raise UnavailableError("Kafka's consumer is stuck.")

    def assigned(self) -> frozenset[Partition]:
        return frozenset(_partition(tp) for tp in self._consumer.assignment())

    async def seek(self, partition: Partition, offset: int) -> None:
        try:
            self._consumer.seek(TopicPartition(*partition), offset)
        except IllegalStateError:
            return  # it went to another member meanwhile
        self._next[partition] = offset

    async def bounds(self, partition: Partition) -> tuple[int, int]:
        tp = TopicPartition(*partition)
        begins = await ask(
            self._settings.request, self._consumer.beginning_offsets([tp]), doing="first offset"
        )
        return begins[tp], (await self._ends([partition]))[partition]

    async def ends(self) -> Mapping[Partition, int]:
        return await self._ends(self.assigned())

    async def _ends(
        self, partitions: Sequence[Partition] | frozenset[Partition]
    ) -> dict[Partition, int]:
        if not partitions:
            return {}
        tps = [TopicPartition(*partition) for partition in partitions]
        ends = await ask(
            self._settings.request, self._consumer.end_offsets(tps), doing="last offset"
        )
        return {_partition(tp): end for tp, end in ends.items()}

    async def hint(self, positions: Mapping[Partition, int]) -> None:
        self._hints.update(positions)
        if time.monotonic() - self._hinted_at > HINT_SECONDS:
            self._pass_hints_on()

    def _pass_hints_on(self) -> None:
        """Beside the reading, one at a time: a slow coordinator must not keep records waiting."""
        if self._hints and (self._hinting is None or self._hinting.done()):
            self._hinting = asyncio.create_task(self._commit_hints())

    async def _commit_hints(self) -> None:
        ours = self.assigned()
        offsets = {TopicPartition(*p): at for p, at in self._hints.items() if p in ours}
        self._hints.clear()
        self._hinted_at = time.monotonic()
        if not offsets:
            return
        with contextlib.suppress(UnavailableError):
            await ask(self._settings.request, self._consumer.commit(offsets), doing="commit")

    async def close(self) -> None:
        if self._hinting is not None:
            self._hinting.cancel()
            await asyncio.wait({self._hinting})
        self._clients.drop(self._consumer)
        await self._clients.ended()


def _partition(tp: TopicPartition) -> Partition:
    return Partition(tp.topic, tp.partition)


def _record(found: Any) -> Record:
    return Record(
        partition=Partition(found.topic, found.partition),
        offset=found.offset,
        key=found.key,
        payload=found.value,
        headers=found.headers,
    )
