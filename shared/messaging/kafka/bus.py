"""Kafka as the log: which cluster it is, its topics, who reads and who publishes.

One law: what the broker says is asked anew each time; a wiped broker answers at the old address.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidPartitionsError,
    TopicAuthorizationFailedError,
    for_code,
)

from shared.contracts.catalog import Topic
from shared.errors import UnavailableError
from shared.messaging.bus import Message, Positions
from shared.messaging.kafka.client import Clients, KafkaSettings, ask, refusal
from shared.messaging.kafka.membership import Membership
from shared.messaging.kafka.publishing import Publisher
from shared.messaging.kafka.reader import KafkaReader

RETENTION_MS = 30 * 24 * 60 * 60 * 1000
TOPICS_SECONDS = 20.0
SETTLE_SECONDS = 0.1
FETCH_WAIT_MS = 100
ALREADY_EXISTS = 36  # Kafka's error code TOPIC_ALREADY_EXISTS
# The same for a topic or a cluster that we may not change: the administrator makes topics.
REFUSED = frozenset({TopicAuthorizationFailedError.errno, ClusterAuthorizationFailedError.errno})


class KafkaBus:
    """See `shared.messaging.bus.Bus`."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._admin: AIOKafkaAdminClient | None = None
        self._told_log_id: str | None = None
        self._starting = asyncio.Lock()
        self._clients = Clients(settings)
        self._publisher = Publisher(settings, self._clients)

    # -- what and where the log is -----------------------------------------------------------

    async def log_id(self) -> str:
        self._told_log_id = await self.ask_log_id()
        return self._told_log_id

    async def ask_log_id(self) -> str:
        """The cluster's id, as the broker says it now; nothing is remembered between calls."""
        described = await self._ask_admin("describe_cluster", doing="cluster id")
        return str(described["cluster_id"])

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        wanted = {topic.name: topic.partitions for topic in topics}
        deadline = asyncio.get_running_loop().time() + TOPICS_SECONDS
        while True:
            found = await self._partition_counts()
            missing = {name: count for name, count in wanted.items() if name not in found}
            short = {
                name: NewPartitions(total_count=count)
                for name, count in wanted.items()
                if name in found and found[name] < count
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
        found = await self._ask_admin("describe_topics", doing="topics")
        return {
            item["topic"]: sum(1 for part in item["partitions"] if part["leader"] >= 0)
            for item in found
        }

    async def _create(self, missing: Mapping[str, int]) -> None:
        new = [
            NewTopic(
                name,
                count,
                -1,  # as many replicas as the broker's default says
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
            # Another process may have been quicker; the next look at the topics tells.
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

    async def publish(self, messages: Sequence[Message], *, seconds: float) -> Sequence[bool]:
        return await self._publisher.publish(messages, seconds=seconds)

    # -- reading -----------------------------------------------------------------------------

    async def reader(
        self, group: str, topics: Sequence[str], *, positions: Positions
    ) -> KafkaReader:
        log_id = self._told_log_id or await self.log_id()
        settings = self._settings
        membership = Membership()
        consumer = AIOKafkaConsumer(
            **settings.connection(),
            group_id=group,
            auto_offset_reset="none",
            enable_auto_commit=False,
            # A join is answered only after the others have joined or their sessions have ended.
            request_timeout_ms=int((settings.session + settings.request) * 1000),
            session_timeout_ms=int(settings.session * 1000),
            heartbeat_interval_ms=int(settings.heartbeat * 1000),
            metadata_max_age_ms=int(settings.metadata_age * 1000),
            # The broker answers one connection's questions in turn: while it waits for records
            # to come, it answers no other.
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )
        consumer.subscribe(list(topics), listener=membership)
        await self._clients.start(consumer, seconds=settings.start)
        return KafkaReader(
            consumer,
            membership,
            positions=positions,
            settings=settings,
            clients=self._clients,
            log_id=log_id,
            ask_log_id=self.ask_log_id,
        )

    async def close(self) -> None:
        self._publisher.close()
        self._clients.drop(self._admin)
        self._admin = None
        await self._clients.ended()
