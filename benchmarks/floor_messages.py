"""How the floor emits and consumes: parts of statements, and events handed over in memory.

Nothing is handed over before its transaction has committed.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from shared.ids import new_id

T = TypeVar("T")

# $1 topics, $2 keys, $3 event ids, $4 types, $5 payloads; ends with `written`.
EMIT: Final = """
emitted AS (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::text[])
        WITH ORDINALITY AS e(topic, key, event_id, type, payload, place)
), raised AS (
    INSERT INTO stream AS s (topic, key, version)
    SELECT topic, key, count(*) FROM emitted GROUP BY topic, key ORDER BY topic, key
    ON CONFLICT (topic, key) DO UPDATE SET version = s.version + excluded.version
    RETURNING topic, key, version
), written AS (
    INSERT INTO journal (topic, key, version, event_id, type, payload, recorded_at)
    SELECT topic, key,
        version - count(*) OVER (PARTITION BY topic, key)
            + row_number() OVER (PARTITION BY topic, key ORDER BY place),
        event_id, type, payload::json, now()
    FROM emitted JOIN raised USING (topic, key) ORDER BY place
    RETURNING id, version
)"""

# $1 topics, $2 keys, $3 versions before the run's first, $4 the runs' last; ends with `claimed`.
# A stream whose earlier version is missing is not claimed, and CLAIMED_ALL then ends the statement.
CLAIM: Final = """
claimed AS (
    INSERT INTO seen AS s (topic, key, version, before, holding)
    SELECT topic, key, last, before, false
    FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[]) AS r(topic, key, before, last)
    ORDER BY topic, key
    ON CONFLICT (topic, key) DO UPDATE SET version = excluded.version, before = excluded.before
    WHERE s.version = excluded.before AND NOT s.holding
    RETURNING old.version IS NOT NULL OR before = 0 AS contiguous
)"""
CLAIMED_ALL: Final = """
SELECT 1 / (count(*) FILTER (WHERE contiguous) = cardinality($2))::int FROM claimed"""


class Draft(NamedTuple):
    """An event before it has a version. Keys are contact ids or lead ids."""

    topic: str
    key: UUID
    type: str
    fields: Mapping[str, Any]
    payload: str
    event_id: UUID


class Event(NamedTuple):
    """An event as it is handed over: decoded once, and its text for who stores it."""

    version: int
    draft: Draft


def draft(topic: str, key: UUID, type_: str, fields: Mapping[str, Any]) -> Draft:
    return Draft(topic, key, type_, fields, json.dumps(fields, ensure_ascii=False), new_id())


def emit_columns(drafts: Sequence[Draft]) -> tuple[list[Any], ...]:
    """The first five parameters of a statement that begins with EMIT."""
    return (
        [item.topic for item in drafts],
        [item.key for item in drafts],
        [item.event_id for item in drafts],
        [item.type for item in drafts],
        [item.payload for item in drafts],
    )


def claim_columns(events: Iterable[Event]) -> tuple[list[Any], ...]:
    """The first four parameters of a statement that begins with CLAIM."""
    runs: dict[tuple[str, UUID], tuple[int, int]] = {}
    for version, item in events:
        stream = item.topic, item.key
        runs[stream] = runs.get(stream, (version - 1, 0))[0], version
    return (
        [topic for topic, _ in runs],
        [key for _, key in runs],
        [before for before, _ in runs.values()],
        [last for _, last in runs.values()],
    )


class Inbox(Generic[T]):
    """What waits for one stage; whoever takes gets all that has gathered, at most `limit`."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._queue: asyncio.Queue[T] = asyncio.Queue()

    def put(self, items: Iterable[T]) -> None:
        for item in items:
            self._queue.put_nowait(item)

    async def take(self) -> list[T]:
        batch = [await self._queue.get()]
        while len(batch) < self.limit and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        return batch
