"""Reading the log in PostgreSQL: every partition of the topics, from our own positions.

One law: nothing is deleted that is younger than 30 days, or that some reader has not yet passed.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from shared.clock import Clock
from shared.database import Database, reading, sqlstate, transaction
from shared.errors import UnavailableError
from shared.messaging.bus import Partition, PositionLostError, Positions, Record
from shared.messaging.deadline import within

T = TypeVar("T")
POLL_SECONDS = 0.5
ASK_SECONDS = 10.0
RETENTION = timedelta(days=30)
TRIM_SECONDS = 60.0
TRIM_ROWS = 1000
HINT_SECONDS = 1.0
GONE = ("42P01", "3D000")  # the tables, or the database, are not there any more

_STATE = """
SELECT id, topic, partition, first_offset, next_offset
FROM log_identity LEFT JOIN log_partition ON topic = ANY(CAST(:topics AS text[]))
ORDER BY topic, partition
"""

_READ = """
SELECT r.topic, r.partition, r."offset", r.key, r.payload, CAST(r.headers AS text)
FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[]), CAST(:offsets AS bigint[]))
    WITH ORDINALITY AS wanted(topic, partition, "offset", place)
CROSS JOIN LATERAL (
    SELECT * FROM log_record AS one
    WHERE one.topic = wanted.topic AND one.partition = wanted.partition
        AND one."offset" >= wanted."offset"
    ORDER BY one."offset" LIMIT :limit
) AS r
ORDER BY wanted.place, r."offset"
LIMIT :limit
"""

_HINT = """
INSERT INTO log_position AS p (reader, topic, partition, next_offset)
SELECT CAST(:reader AS text), * FROM unnest(
    CAST(:topics AS text[]), CAST(:partitions AS integer[]), CAST(:offsets AS bigint[]))
ON CONFLICT (reader, topic, partition) DO UPDATE SET next_offset = excluded.next_offset
"""

_TRIM = """
WITH passed AS (
    SELECT min(next_offset) AS until FROM log_position
    WHERE topic = :topic AND partition = :partition
), oldest AS (
    SELECT "offset", at FROM log_record
    WHERE topic = :topic AND partition = :partition ORDER BY "offset" LIMIT :rows
), cut AS (
    SELECT max("offset") + 1 AS until FROM oldest, passed
    WHERE at < :before AND "offset" < passed.until
), moved AS (
    UPDATE log_partition SET first_offset = cut.until FROM cut
    WHERE topic = :topic AND partition = :partition AND cut.until > first_offset
    RETURNING first_offset
)
DELETE FROM log_record USING moved
WHERE topic = :topic AND partition = :partition AND "offset" < moved.first_offset
"""


class PgLogReader:
    """See `shared.messaging.bus.Reader`."""

    def __init__(
        self,
        database: Database,
        *,
        group: str,
        topics: Sequence[str],
        positions: Positions,
        log_id: UUID,
        clock: Clock,
        waker: asyncio.Event,
        on_close: Callable[[], None],
    ) -> None:
        self._database = database
        self._group = group
        self._topics = list(topics)
        self._positions = positions
        self._log_id = log_id
        self._clock = clock
        self._waker = waker
        self._on_close = on_close
        self._next: dict[Partition, int] = {}
        self._turn = 0
        self._tell_lost = False
        self._hints: dict[Partition, int] = {}
        self._hinted_at = time.monotonic()
        self._trimmed_at = time.monotonic()

    async def fetch(
        self, *, limit: int, wait_seconds: float
    ) -> Mapping[Partition, Sequence[Record]]:
        deadline = time.monotonic() + wait_seconds
        while True:
            self._waker.clear()  # before looking: a record that comes after the look rings again
            found = await self._look(limit)
            left = deadline - time.monotonic()
            if found or left <= 0:
                return found
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, POLL_SECONDS)):
                    await self._waker.wait()

    async def _look(self, limit: int) -> Mapping[Partition, Sequence[Record]]:
        bounds = await self._ask(_bounds(self._database, self._topics, self._log_id), doing="look")
        new = sorted(bounds.keys() - self._next.keys())
        if new:
            wanted = await self._positions(new)
            placed = {partition: wanted.get(partition, 0) for partition in new}
            # Told at once: until then, nobody would keep these records for us.
            await self._ask(self.note_hints(placed), doing="hint")
            self._next.update(placed)
        at = self._next
        lost = [p for p, (first, end) in bounds.items() if not first <= at[p] <= end]
        # Told every other time: one lost partition must not keep the others from being read.
        self._tell_lost = bool(lost) and not self._tell_lost
        if self._tell_lost:
            raise PositionLostError(lost[0], begin=bounds[lost[0]][0])
        ahead = [p for p, (first, end) in bounds.items() if first <= at[p] < end]
        if not ahead:
            return {}
        # A long backlog in one partition must not starve the others.
        self._turn = (self._turn + 1) % len(ahead)
        wanted_now = {p: self._next[p] for p in ahead[self._turn :] + ahead[: self._turn]}
        found = await self._ask(_read(self._database, wanted_now, limit), doing="fetch")
        for partition, records in found.items():
            self._next[partition] = records[-1].offset + 1
        return found

    def assigned(self) -> frozenset[Partition]:
        return frozenset(self._next)

    async def seek(self, partition: Partition, offset: int) -> None:
        self._next[partition] = offset

    async def bounds(self, partition: Partition) -> tuple[int, int]:
        found = await self._ask(
            _bounds(self._database, [partition.topic], self._log_id), doing="bounds"
        )
        if partition not in found:
            raise UnavailableError(f"The log has no partition {partition}.")
        return found[partition]

    async def ends(self) -> Mapping[Partition, int]:
        found = await self._ask(_bounds(self._database, self._topics, self._log_id), doing="ends")
        return {place: end for place, (_, end) in found.items()}

    async def hint(self, positions: Mapping[Partition, int]) -> None:
        self._hints.update(positions)
        now = time.monotonic()
        if now - self._hinted_at < HINT_SECONDS:
            return
        self._hinted_at = now
        with contextlib.suppress(UnavailableError):
            await self._ask(self.note_hints(self._hints), doing="hint")
            self._hints.clear()
            if now - self._trimmed_at > TRIM_SECONDS:
                self._trimmed_at = now
                await self._ask(self.trim(), doing="trim")

    async def note_hints(self, positions: Mapping[Partition, int]) -> None:
        """Below the least of all readers' positions records may be deleted, once they are old."""
        columns = _columns(sorted(positions.items()))
        async with transaction(self._database) as session:
            await session.execute(_HINT, columns | {"reader": self._group})

    async def trim(self) -> None:
        """Delete a little of what is old and passed by every reader, in each partition."""
        for partition in sorted(self._next):
            async with transaction(self._database) as session:
                await session.execute(
                    _TRIM,
                    {
                        "topic": partition.topic,
                        "partition": partition.number,
                        "before": self._clock() - RETENTION,
                        "rows": TRIM_ROWS,
                    },
                )

    async def close(self) -> None:
        self._on_close()

    async def _ask(self, work: Coroutine[Any, Any, T], *, doing: str) -> T:
        try:
            return await within(ASK_SECONDS, work, doing=doing)
        except asyncpg.PostgresError as error:
            if sqlstate(error) in GONE:
                raise UnavailableError("The log's tables are gone.") from error
            raise


def _columns(pairs: Sequence[tuple[Partition, int]]) -> dict[str, Any]:
    return {
        "topics": [partition.topic for partition, _ in pairs],
        "partitions": [partition.number for partition, _ in pairs],
        "offsets": [offset for _, offset in pairs],
    }


async def _bounds(
    database: Database, topics: Sequence[str], log_id: UUID
) -> dict[Partition, tuple[int, int]]:
    async with reading(database) as session:
        rows = await session.execute(_STATE, {"topics": list(topics)})
    if not rows or rows[0].id != log_id:
        raise UnavailableError("The log is another one than before.")
    return {
        Partition(row.topic, row.partition): (row.first_offset, row.next_offset)
        for row in rows
        if row.topic is not None
    }


async def _read(
    database: Database, wanted: Mapping[Partition, int], limit: int
) -> dict[Partition, list[Record]]:
    async with reading(database) as session:
        columns = _columns(list(wanted.items()))
        rows = await session.execute(_READ, columns | {"limit": limit})
    found: dict[Partition, list[Record]] = {}
    for row in rows:
        topic, number, offset, key, payload, headers = tuple(row)
        partition = Partition(topic, number)
        records = found.setdefault(partition, [])
        # Deleted between the two statements: the next look tells that the position is lost.
        if offset != wanted[partition] + len(records):
            continue
        pairs = tuple((name, value.encode()) for name, value in json.loads(headers))
        records.append(Record(partition, offset, key, payload, pairs))
    return {partition: records for partition, records in found.items() if records}
