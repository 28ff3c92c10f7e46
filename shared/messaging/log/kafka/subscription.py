"""One member of a standard consumer group.

Its committed offsets only save work: catch-up brings what they skip by mistake, and an event that
a rebalance gives to two members takes effect once, by its version.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.util import commit_structure_validate

from shared.errors import UnavailableError, cause_of
from shared.messaging.decoding import Received, decode, headers_as_text
from shared.messaging.log.kafka.client import CLIENT_FAULTS, Clients, KafkaSettings, ask, outage
from shared.observability.metrics import metrics_of
from shared.runtime.deadline import within

log = structlog.get_logger()
PATIENCE_SECONDS = 2.0  # how much longer a look into what aiokafka knows may take
SILENCE_SECONDS = 5.0  # without records, and the broker is asked whether it is there
COMMIT_SECONDS = 1.0  # between two commits of offsets: what is read again is passed over
OLD_SECONDS = 3600.0  # records sent longer ago are catch-up's


class KafkaSubscription:
    """See `shared.messaging.log.protocol.Subscription`."""

    closed = False  # losses cannot be noticed here: catch-up walks on in any case

    def __init__(
        self, service: str, consumer: AIOKafkaConsumer, *, settings: KafkaSettings, clients: Clients
    ) -> None:
        self.arrived_at = time.monotonic()
        self._service = service
        self._consumer = consumer
        self._settings = settings
        self._clients = clients
        self._working_since: float | None = None
        self._fetched: dict[TopicPartition, int] = {}
        self._worked: dict[TopicPartition, int] = {}
        self._settled: frozenset[TopicPartition] = frozenset()
        self._committing: asyncio.Task[None] | None = None
        self._committed_at = float("-inf")
        self._silent_since = self._member_at = time.monotonic()
        self._behind: tuple[Mapping[TopicPartition, int], float] = ({}, time.monotonic())

    @property
    def in_hand_since(self) -> float | None:
        return self._working_since

    async def fetch(self, *, limit: int, wait_seconds: float) -> Sequence[Received]:
        if self._consumer.assignment() != self._settled:
            await self.settle()
        self._commit_soon()  # also what a rebalance or a slow coordinator has refused
        records = await self._records(limit, wait_seconds)
        if not records:
            await self._look_after_silence()
            return ()
        self.arrived_at = self._working_since = self._silent_since = time.monotonic()
        events: list[Received] = []
        oldest = 1000 * (time.time() - OLD_SECONDS)
        for partition, items in records.items():
            self._fetched[partition] = items[-1].offset + 1
            events.extend(
                decode(partition.topic, headers_as_text(item.headers), item.value)
                for item in items
                if item.timestamp >= oldest
            )
        if not events:
            await self.done()
        return events

    async def settle(self) -> None:
        """Note where new partitions begin, so that it is committed."""
        # A group without offsets would begin at the end after every rebalance, and miss what has
        # come meanwhile.
        partitions = self._consumer.assignment()
        try:
            for partition in partitions - self._settled:
                self._worked[partition] = await within(
                    PATIENCE_SECONDS, self._consumer.position(partition), doing="position"
                )
        except (UnavailableError, *CLIENT_FAULTS):
            return  # tried again; `_look_after_silence` finds out whether it is an outage
        self._settled = partitions

    async def _records(
        self, limit: int, wait_seconds: float
    ) -> Mapping[TopicPartition, Sequence[Any]]:
        try:
            records: Mapping[TopicPartition, Sequence[Any]] = await within(
                wait_seconds + PATIENCE_SECONDS,
                self._consumer.getmany(timeout_ms=int(wait_seconds * 1000), max_records=limit),
                doing="fetch",
            )
        except UnavailableError:
            # A rebalance, or a busy machine, keeps getmany waiting; `_look_after_silence` finds out
            # whether it is an outage. Records that it skipped are brought by catch-up.
            return {}
        except KafkaError as error:
            raise outage(error, doing="fetch") from error
        return {partition: items for partition, items in records.items() if items}

    async def _look_after_silence(self) -> None:
        """Raises UnavailableError for an outage, or when the client hangs behind records that are
        there: it reports neither.
        """
        now = time.monotonic()
        if now - self._silent_since < SILENCE_SECONDS:
            return
        self._silent_since = now
        partitions = list(self._consumer.assignment())
        self._require_membership(now, bool(partitions))
        ends: Mapping[TopicPartition, int] = await ask(
            self._settings.request,
            self._consumer.end_offsets(partitions or self._any_partition()),
            doing="last offset",
        )
        behind = {}
        for partition in self._consumer.assignment() & ends.keys():
            position = await ask(
                self._settings.request, self._consumer.position(partition), doing="position"
            )
            if position < ends[partition]:
                behind[partition] = position
        positions, since = self._behind
        if not behind or behind != positions:
            self._behind = (behind, now)
        elif now - since > self._settings.stuck:
            raise UnavailableError("Kafka's consumer is stuck.")

    def _require_membership(self, now: float, has_partitions: bool) -> None:
        """Raises UnavailableError when the client has been out of its group for too long."""
        # By itself it may try to come back for ever.
        if has_partitions or self._consumer._coordinator.generation > 0:  # noqa: SLF001  it has no public way
            self._member_at = now
        elif now - self._member_at > self._settings.start:
            raise UnavailableError("Kafka's consumer does not come back into its group.")

    def _any_partition(self) -> list[TopicPartition]:
        """Somewhere to ask while a rebalance has left us without any."""
        return [TopicPartition(topic, 0) for topic in sorted(self._consumer.subscription())[:1]]

    async def done(self) -> None:
        self._working_since = None
        self._worked.update(self._fetched)
        self._fetched.clear()
        self._commit_soon()

    def _commit_soon(self, *, pause: float = COMMIT_SECONDS) -> None:
        """Start a commit in the background unless one runs or the last was a moment ago."""
        # Consuming must not wait for a slow coordinator.
        is_due = time.monotonic() - self._committed_at >= pause
        if self._worked and is_due and (self._committing is None or self._committing.done()):
            self._committed_at = time.monotonic()
            self._committing = asyncio.create_task(self._commit())

    async def _commit(self) -> None:
        """Commit until nothing is left to commit, or until one try fails."""
        failing = metrics_of(self._service).commits_failing.labels(self._service)
        while self._worked:
            ours = self._consumer.assignment()
            offsets = {tp: offset for tp, offset in self._worked.items() if tp in ours}
            self._worked.clear()
            if not offsets:
                break
            try:
                await ask(self._settings.request, self._try_commit(offsets), doing="commit")
            except (UnavailableError, *CLIENT_FAULTS) as error:
                self._worked = offsets | self._worked
                failing.set(1)
                log.info("log.commit_failed", error=cause_of(error))
                return
        failing.set(0)

    async def _try_commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """One try to commit."""
        # aiokafka's own commit repeats for ever, and no deadline ends it.
        coordinator = self._consumer._coordinator  # noqa: SLF001  as above
        await coordinator.ensure_coordinator_known()
        await coordinator._do_commit_offsets(None, commit_structure_validate(offsets))  # noqa: SLF001

    def open(self) -> None:
        """It never closes by itself."""

    async def close(self) -> None:
        self._commit_soon(pause=0.0)
        if self._committing is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.request):
                    await asyncio.wait({self._committing})
            self._committing.cancel()
        self._clients.drop(self._consumer)
        await self._clients.ended()
