"""The log kept in PostgreSQL: append-only, gapless offsets, for one process. No groups, no leases.

One law: a partition's row lock is held until commit, so the order of offsets is the order of
commits, and a reader never passes by a record that is still in flight.
"""

import asyncio
import json
import zlib
from collections import defaultdict
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import structlog

from shared.clock import Clock, system_clock
from shared.contracts.catalog import Topic
from shared.database import Database, open_database, reading, sqlstate, transaction
from shared.errors import UnavailableError
from shared.messaging.bus import Message, Positions
from shared.messaging.deadline import within
from shared.messaging.pglog_reader import PgLogReader

log = structlog.get_logger()
T = TypeVar("T")

ASK_SECONDS = 10.0
POOL = 3
UNDEFINED_TABLE = "42P01"

# Readers of this process, by log: what one Bus publishes wakes the readers of all the others.
_wakers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

_APPEND = """
WITH said AS (
    SELECT * FROM unnest(
        CAST(:topics AS text[]), CAST(:keys AS bytea[]), CAST(:hashes AS bigint[]),
        CAST(:payloads AS bytea[]), CAST(:headers AS text[])
    ) WITH ORDINALITY AS t(topic, key, hash, payload, headers, place)
), width AS (
    SELECT topic, count(*) AS partitions FROM log_partition
    WHERE topic = ANY(CAST(:topics AS text[])) GROUP BY topic
), placed AS (
    SELECT said.*, CAST(hash % partitions AS integer) AS partition
    FROM said JOIN width USING (topic)
), moved AS (
    INSERT INTO log_partition AS p (topic, partition, next_offset)
    SELECT topic, partition, count(*) FROM placed
    GROUP BY topic, partition ORDER BY topic, partition
    ON CONFLICT (topic, partition) DO UPDATE SET next_offset = p.next_offset + excluded.next_offset
    RETURNING topic, partition, next_offset
), written AS (
    INSERT INTO log_record (topic, partition, "offset", key, payload, headers, at)
    SELECT topic, partition,
        next_offset - count(*) OVER (PARTITION BY topic, partition)
            + row_number() OVER (PARTITION BY topic, partition ORDER BY place) - 1,
        key, payload, CAST(headers AS json), :at
    FROM placed JOIN moved USING (topic, partition)
)
SELECT place FROM placed
"""

_ENSURE = """
INSERT INTO log_partition (topic, partition)
SELECT CAST(:topic AS text), number FROM generate_series(0, CAST(:partitions AS integer) - 1) number
ORDER BY number
ON CONFLICT DO NOTHING
"""


class PgLogBus:
    """See `shared.messaging.bus.Bus`."""

    def __init__(
        self, url: str, *, clock: Clock = system_clock, most_partitions: int = 1_000
    ) -> None:
        self._url = url
        self._most_partitions = most_partitions
        self._clock = clock
        self._database = open_database(url, service="log", pool_size=POOL, background=True)
        self._told_log_id: UUID | None = None

    async def log_id(self) -> str:
        found = await self._ask(_log_id(self._database), doing="log id")
        self._told_log_id = found
        return str(found)

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        widths = {topic.name: min(topic.partitions, self._most_partitions) for topic in topics}
        await self._ask(_ensure(self._database, widths), doing="topics")

    async def publish(self, messages: Sequence[Message], *, seconds: float) -> Sequence[bool]:
        if not messages:
            return []
        try:
            stored = await within(seconds, self._append(messages), doing="publish")
        except UnavailableError as error:
            log.warning("log.publish_failed", reason=error.slug())
            stored = frozenset()
        results = [place in stored for place in range(1, len(messages) + 1)]
        for topic in {
            m.topic for m, ok in zip(messages, results, strict=True) if not ok and stored
        }:
            log.error("log.unknown_topic", topic=topic)
        if stored:
            for waker in tuple(_wakers[self._url]):
                waker.set()
        return results

    async def _append(self, messages: Sequence[Message]) -> frozenset[int]:
        keys = [message.key.encode() for message in messages]
        async with transaction(self._database) as session:
            stored = await session.execute(
                _APPEND,
                {
                    "topics": [message.topic for message in messages],
                    "keys": keys,
                    "hashes": [zlib.crc32(key) for key in keys],
                    "payloads": [message.payload for message in messages],
                    "headers": [json.dumps(list(m.headers.items())) for m in messages],
                    "at": self._clock(),
                },
            )
            return frozenset(stored.scalars())

    async def reader(
        self, group: str, topics: Sequence[str], *, positions: Positions
    ) -> PgLogReader:
        log_id = self._told_log_id or UUID(await self.log_id())
        wakers = _wakers[self._url]
        waker = asyncio.Event()
        wakers.add(waker)
        return PgLogReader(
            self._database,
            group=group,
            topics=topics,
            positions=positions,
            log_id=log_id,
            clock=self._clock,
            waker=waker,
            on_close=lambda: wakers.discard(waker),
        )

    async def close(self) -> None:
        await self._ask(self._database.close(), doing="close")

    async def _ask(self, work: Coroutine[Any, Any, T], *, doing: str) -> T:
        return await within(ASK_SECONDS, work, doing=doing)


async def _log_id(database: Database) -> UUID:
    try:
        async with reading(database) as session:
            found = await session.scalar("SELECT id FROM log_identity")
    except asyncpg.PostgresError as error:
        if sqlstate(error) == UNDEFINED_TABLE:
            raise UnavailableError("The log's database has no tables yet.") from error
        raise
    if not isinstance(found, UUID):
        raise UnavailableError("The log's database has no identity yet.")
    return found


async def _ensure(database: Database, widths: Mapping[str, int]) -> None:
    async with transaction(database) as session:
        for topic, partitions in sorted(widths.items()):
            await session.execute(_ENSURE, {"topic": topic, "partitions": partitions})
