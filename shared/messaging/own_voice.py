"""After a restore: complete journal and streams from what the log shows we had already spoken.

One law: a version that others may have heard is never given to another event.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from shared.contracts.catalog import spoken_by
from shared.contracts.envelope import Envelope
from shared.database import Database, Session, transaction
from shared.messaging.bus import (
    Bus,
    Partition,
    PositionLostError,
    Reader,
    Record,
    own_voice_group,
)
from shared.messaging.decoding import Arrived, decode_record
from shared.messaging.ordering import Stream
from shared.messaging.refilling import generation

log = structlog.get_logger()
BATCH = 500
FETCH_SECONDS = 1.0

Restore = Callable[[Session, Sequence[Envelope]], Awaitable[None]]

_COMPARED = "SELECT 1 FROM relayed_log WHERE log_id = :log_id AND generation = :generation"
_LOCK = """
SELECT s.version FROM stream AS s
JOIN unnest(CAST(:topics AS text[]), CAST(:keys AS text[])) AS k(topic, key) USING (topic, key)
ORDER BY s.topic, s.key FOR UPDATE OF s
"""
_KNOWN = """
SELECT j.topic, j.key, j.version, j.event_id FROM journal AS j
JOIN unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:versions AS bigint[]))
    AS k(topic, key, version) USING (topic, key, version)
"""
_PUT_BACK = """
INSERT INTO journal
    (topic, key, version, event_id, type, source, payload, traceparent, causation_id, spoken_at)
VALUES (:topic, :key, :version, :event_id, :type, :source, CAST(:payload AS json), :traceparent,
    :causation_id, :spoken_at)
"""
_RAISE = """
INSERT INTO stream AS s (topic, key, version) VALUES (:topic, :key, :version)
ON CONFLICT (topic, key) DO UPDATE SET version = greatest(s.version, excluded.version)
"""
# Two steps, because two rows may not share a version even for a moment.
_STEP_ASIDE = """
UPDATE journal SET version = -version
WHERE topic = :topic AND key = :key AND version >= :first
    AND event_id <> ALL (CAST(:heard AS uuid[]))
"""
_STEP_BEHIND = """
WITH behind AS (
    SELECT max(version) AS version FROM journal WHERE topic = :topic AND key = :key
), moved AS (
    UPDATE journal AS j SET version = behind.version + aside.place
    FROM behind, (
        SELECT id, row_number() OVER (ORDER BY version DESC) AS place FROM journal
        WHERE topic = :topic AND key = :key AND version < 0
    ) AS aside
    WHERE j.id = aside.id
    RETURNING j.version
)
UPDATE stream SET version = (SELECT max(version) FROM moved) WHERE topic = :topic AND key = :key
"""


@dataclass(eq=False)
class Collision:
    """A stream in which other events stand under versions that were heard: those heard, and all
    event ids that the log has of it from there on.
    """

    displaced: dict[int, Envelope] = field(default_factory=dict)
    heard: set[UUID] = field(default_factory=set)


async def complete_from_own_voice(
    database: Database,
    bus: Bus,
    *,
    log_id: str,
    restore: Restore | None = None,
    beat: Callable[[], None] = lambda: None,
) -> int:
    """Read our own topics once per log and life of the data; how many events were put back.

    `restore` brings the service's own state up to date with events it had forgotten, in stream
    order, in the transaction that puts them back. Raises UnavailableError; it may be run again.
    """
    life = await generation(database)
    async with transaction(database) as session:
        if await session.scalar(_COMPARED, {"log_id": log_id, "generation": life}):
            return 0
    topics = spoken_by(database.service)
    reader = await bus.reader(own_voice_group(database.service), topics, positions=_beginning)
    collisions: dict[Stream, Collision] = {}
    count = 0
    try:
        ends = await reader.ends()
        reached = {place: 0 for place, end in ends.items() if end > 0}
        while any(reached[place] < ends[place] for place in reached):
            beat()
            for partition, records in (await _fetch(reader, reached)).items():
                if partition in reached and records:
                    count += await _compare(database, _events(records, log_id), collisions, restore)
                    reached[partition] = records[-1].offset + 1
    finally:
        await reader.close()
    for stream, collision in collisions.items():
        count += await _make_way(database, stream, collision, restore)
    if count:
        log.warning("own_voice.completed", service=database.service, events=count)
    return count


async def _beginning(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
    return dict.fromkeys(partitions, 0)


async def _fetch(
    reader: Reader, reached: dict[Partition, int]
) -> Mapping[Partition, Sequence[Record]]:
    try:
        return await reader.fetch(limit=BATCH, wait_seconds=FETCH_SECONDS)
    except PositionLostError as lost:
        reached[lost.partition] = max(reached.get(lost.partition, 0), lost.begin)
        await reader.seek(lost.partition, lost.begin)
        return {}


def _events(records: Sequence[Record], log_id: str) -> list[Envelope]:
    """The events of a batch, each once, in stream order."""
    found = {}
    for record in records:
        item = decode_record(record, log_id=log_id)
        if isinstance(item, Arrived):
            found[(*item.stream, item.version)] = item.envelope
    return [found[place] for place in sorted(found)]


async def _compare(
    database: Database,
    envelopes: Sequence[Envelope],
    collisions: dict[Stream, Collision],
    restore: Restore | None,
) -> int:
    """Put back what the journal lacks; note where another event has taken a version."""
    if not envelopes:
        return 0
    places = {
        "topics": [item.topic for item in envelopes],
        "keys": [item.key for item in envelopes],
    }
    async with transaction(database) as session:
        await session.execute(_LOCK, places)
        rows = await session.execute(
            _KNOWN, {**places, "versions": [item.version for item in envelopes]}
        )
        known = {(row.topic, row.key, row.version): row.event_id for row in rows}
        missing = []
        for item in envelopes:
            own = known.get((item.topic, item.key, item.version))
            if own is None:
                missing.append(item)
            elif own != item.event_id:
                stream = (item.topic, item.key)
                collisions.setdefault(stream, Collision()).displaced[item.version] = item
            if (item.topic, item.key) in collisions:
                collisions[item.topic, item.key].heard.add(item.event_id)
        await _put_back(session, missing, restore)
    return len(missing)


async def _put_back(
    session: Session, envelopes: Sequence[Envelope], restore: Restore | None
) -> None:
    for item in envelopes:
        place = {"topic": item.topic, "key": item.key, "version": item.version}
        await session.execute(_RAISE, place)
        await session.execute(
            _PUT_BACK,
            {
                **place,
                "event_id": item.event_id,
                "type": item.type,
                "source": item.source,
                "payload": item.payload,
                "traceparent": item.traceparent,
                "causation_id": item.causation_id,
                "spoken_at": item.time,
            },
        )
    if envelopes and restore is not None:
        await restore(session, envelopes)


async def _make_way(
    database: Database, stream: Stream, collision: Collision, restore: Restore | None
) -> int:
    """Something was said after the restore, under versions that others had already heard. It was
    never sent, so it takes the next free versions, in its order.
    """
    topic, key = stream
    place = {"topic": topic, "key": key}
    async with transaction(database) as session:
        await session.execute(_LOCK, {"topics": [topic], "keys": [key]})
        first = min(collision.displaced)
        heard = {"first": first, "heard": list(collision.heard)}
        await session.execute(_STEP_ASIDE, {**place, **heard})
        envelopes = [item for _, item in sorted(collision.displaced.items())]
        await _put_back(session, envelopes, restore)
        await session.execute(_STEP_BEHIND, place)
    return len(envelopes)
