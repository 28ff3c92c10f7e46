"""Kafka as the log: its topics, who publishes and who subscribes."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidPartitionsError,
    TopicAuthorizationFailedError,
    for_code,
)

from shared.contracts.catalog import TOPIC_BY_NAME, Topic
from shared.errors import UnavailableError
from shared.messaging.log.kafka.client import Clients, KafkaSettings, ask, refusal
from shared.messaging.log.kafka.publishing import KafkaPublisher
from shared.messaging.log.kafka.reading_back import read_to_ends
from shared.messaging.log.kafka.subscription import KafkaSubscription
from shared.messaging.log.protocol import FETCH_BYTES, Acknowledged, Message, ReadBack

RETENTION_MS = 30 * 24 * 60 * 60 * 1000
TOPICS_SECONDS = 20.0
SETTLE_SECONDS = 0.1
FETCH_WAIT_MS = 100
ALREADY_EXISTS = 36  # Kafka's error code TOPIC_ALREADY_EXISTS
# The same for a topic or a cluster that we may not change: the administrator makes topics.
REFUSED = frozenset({TopicAuthorizationFailedError.errno, ClusterAuthorizationFailedError.errno})


class KafkaLog:
    """See `shared.messaging.log.protocol`: a Log and a Publisher."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._admin: AIOKafkaAdminClient | None = None
        self._starting = asyncio.Lock()
        self._clients = Clients(settings)
        self._publisher = KafkaPublisher(settings, self._clients)

    # -- what and where the log is -----------------------------------------------------------

    async def cluster_id(self) -> str:
        """As the broker answers now: after a wipe, another broker answers at the same address."""
        description = await self._ask_admin("describe_cluster", doing="cluster id")
        return str(description["cluster_id"])

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        counts = {topic.name: topic.partitions for topic in topics}
        deadline = asyncio.get_running_loop().time() + TOPICS_SECONDS
        while True:
            present = await self._partition_counts()
            missing = {name: count for name, count in counts.items() if name not in present}
            short = {
                name: NewPartitions(total_count=count)
                for name, count in counts.items()
                if name in present and present[name] < count
            }
            if not missing and not short:
                return
            if asyncio.get_running_loop().time() > deadline:
                raise UnavailableError("Kafka does not come to have the topics asked for.")
            if missing:
                await self._create(missing)
            if short:
                await self._grow(short)
            # The broker answers before every node knows of the change.
            await asyncio.sleep(SETTLE_SECONDS)

    async def _partition_counts(self) -> Mapping[str, int]:
        """Partitions that have a leader, by topic."""
        topics = await self._ask_admin("describe_topics", doing="topics")
        return {
            item["topic"]: sum(1 for part in item["partitions"] if part["leader"] >= 0)
            for item in topics
        }

    async def _create(self, missing: Mapping[str, int]) -> None:
        new = [
            NewTopic(
                name,
                count,
                -1,  # as many replicas as the broker's default
                replica_assignments={},
                topic_configs={"retention.ms": str(RETENTION_MS)},
            )
            for name, count in missing.items()
        ]
        response = await self._ask_admin("create_topics", new, doing="create topics")
        for topic, code, *reason in response.topic_errors:
            if code in REFUSED:
                denial = for_code(code)()
                raise refusal(denial, doing=f"create topic {topic}") from denial
            if code not in {0, ALREADY_EXISTS}:
                raise UnavailableError(f"Kafka refuses topic {topic}: error {code} {reason}")

    async def _grow(self, short: Mapping[str, NewPartitions]) -> None:
        try:
            await self._ask_admin("create_partitions", short, doing="add partitions")
        except UnavailableError as error:
            # Another process may have been quicker; the next look at the topics shows it.
            if not isinstance(error.__cause__, InvalidPartitionsError):
                raise

    async def _ask_admin(self, call: str, *arguments: Any, doing: str) -> Any:
        try:
            admin = await self._open_admin()
            return await ask(self._settings.request, getattr(admin, call)(*arguments), doing=doing)
        except UnavailableError as error:
            if not isinstance(error.__cause__, InvalidPartitionsError):
                self._clients.drop(self._admin)
                self._admin = None
            raise

    async def _open_admin(self) -> AIOKafkaAdminClient:
        async with self._starting:
            if self._admin is None:
                admin = AIOKafkaAdminClient(
                    **self._settings.connection(),
                    request_timeout_ms=int(self._settings.request * 1000),
                )
                await self._clients.start(admin, seconds=self._settings.request)
                self._admin = admin
            return self._admin

    async def publish(
        self, messages: Sequence[Message], *, seconds: float
    ) -> Sequence[Acknowledged | None]:
        return await self._publisher.publish(messages, seconds=seconds)

    # -- reading -----------------------------------------------------------------------------

    async def subscribe(self, service: str, topics: Sequence[str]) -> KafkaSubscription:
        """Joins the group of the service's members, at what is new for a group without offsets."""
        # Joined before its topics exist, a group would learn of them half a minute late.
        await self.ensure_topics([TOPIC_BY_NAME[topic] for topic in topics])
        settings = self._settings
        consumer = AIOKafkaConsumer(
            *topics,
            **settings.connection(),
            group_id=service,  # its members share what the service consumes
            auto_offset_reset="latest",
            enable_auto_commit=False,
            # A join is answered only after the others have joined or their sessions have ended.
            request_timeout_ms=int((settings.session + settings.request) * 1000),
            session_timeout_ms=int(settings.session * 1000),
            heartbeat_interval_ms=int(settings.heartbeat * 1000),
            metadata_max_age_ms=int(settings.metadata_age * 1000),
            # The broker answers one connection's questions in turn: while it waits for records
            # to come, it answers no other.
            fetch_max_wait_ms=FETCH_WAIT_MS,
            fetch_max_bytes=FETCH_BYTES,
        )
        await self._clients.start(consumer, seconds=settings.start)
        subscription = KafkaSubscription(
            service, consumer, settings=settings, clients=self._clients
        )
        await subscription.settle()
        return subscription

    async def read_back(
        self, topics: Sequence[str], after: Mapping[tuple[str, int], int]
    ) -> AsyncIterator[ReadBack]:
        counts = await self._partition_counts()
        partitions = [
            TopicPartition(topic, number)
            for topic in topics
            for number in range(counts.get(topic, 0))
        ]
        settings = self._settings
        consumer = AIOKafkaConsumer(
            **settings.connection(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=int(settings.request * 1000),
            fetch_max_wait_ms=FETCH_WAIT_MS,
            fetch_max_bytes=FETCH_BYTES,
        )
        await self._clients.start(consumer, seconds=settings.start)
        try:
            async for batch in read_to_ends(consumer, partitions, after, settings=settings):
                yield batch
        finally:
            self._clients.drop(consumer)

    async def close(self) -> None:
        self._publisher.close()
        self._clients.drop(self._admin)
        self._admin = None
        await self._clients.ended()
