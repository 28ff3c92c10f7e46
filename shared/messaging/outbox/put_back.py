"""Put back from the log what others have consumed and this database has forgotten.

Invariant: a version that others may have consumed is never given to another event.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shared.contracts.contacts import ContactErased
from shared.contracts.envelope import Envelope, Stream
from shared.contracts.erasing import blanked_payload, contact_of
from shared.contracts.streams import StreamGap
from shared.database import Database, Session, transaction
from shared.messaging.decoding import Received, ReceivedEvent, Unreadable, decode_envelope
from shared.messaging.erased import erased_among
from shared.statements import columns

# `opened` names no transaction any more: a recovery that is cut off here begins a new life when it
# is done again, though the log has nothing more to give.
_PUT_BACK = """
WITH logged AS (
    SELECT * FROM unnest(
        CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:versions AS bigint[]),
        CAST(:ids AS uuid[]), CAST(:types AS text[]), CAST(:sources AS text[]),
        CAST(:payloads AS text[]), CAST(:traceparents AS text[]), CAST(:causes AS uuid[]),
        CAST(:times AS timestamptz[])
    ) WITH ORDINALITY AS t(topic, key, version, event_id, type, source, payload, traceparent,
        cause, at, place)
), written AS (
    INSERT INTO journal
        (topic, key, version, event_id, type, source, payload, traceparent, causation_id,
        recorded_at)
    SELECT topic, key, version, event_id, type, source, CAST(payload AS json), traceparent, cause,
        at
    FROM logged ORDER BY place
    ON CONFLICT (topic, key, version) DO NOTHING
    RETURNING topic, key, version, event_id
), raised AS (
    INSERT INTO stream AS s (topic, key, version)
    SELECT topic, key, max(version) FROM written GROUP BY topic, key ORDER BY topic, key
    ON CONFLICT (topic, key) DO UPDATE SET version = greatest(s.version, excluded.version)
), touched AS (
    UPDATE producer SET opened = '0' WHERE EXISTS (SELECT 1 FROM written)
)
SELECT event_id FROM written
"""
_COLUMNS = "topics keys versions ids types sources payloads traceparents causes times"
_BEHIND = """
SELECT k.key, k.height
FROM unnest(CAST(:keys AS text[]), CAST(:heights AS bigint[])) AS k(key, height)
LEFT JOIN LATERAL (
    SELECT version FROM stream WHERE stream.topic = :topic AND stream.key = k.key) AS s ON true
WHERE k.height > coalesce(s.version, 0)
"""
_RAISE = """
INSERT INTO stream AS s (topic, key, version)
SELECT topic, key, height
FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:heights AS bigint[]))
    AS k(topic, key, height)
ORDER BY topic COLLATE "C", key COLLATE "C"
ON CONFLICT (topic, key) DO UPDATE SET version = greatest(s.version, excluded.version)
"""


class Restore(Protocol):
    """How a service brings its own tables to what its own events say."""

    async def __call__(
        self, session: Session, events: Sequence[ReceivedEvent], *, now: datetime
    ) -> None:
        """Write what the events say, in the caller's transaction and without emitting anything.

        Each event is given once, those of a stream in its order. Streams come in any order, and a
        stream may lack versions that nobody has any more.
        """
        ...


def in_order(topics: Sequence[str]) -> Sequence[Sequence[str]]:
    """The topics in the order in which they are put back: erasures come first, so that nothing
    about an erased person is restored.
    """
    first = [topic for topic in topics if topic == ContactErased.TOPIC]
    rest = [topic for topic in topics if topic != ContactErased.TOPIC]
    return [part for part in (first, rest) if part]


def events_of(records: Sequence[Received], *, life: UUID) -> list[Envelope]:
    """The events of these records, without those of earlier lives, which every consumer of our
    journal skips. Lives are ordered by when they began.
    """
    return [
        item.envelope
        for item in records
        if not isinstance(item, Unreadable)
        and (item.envelope.life is None or item.envelope.life >= str(life))
    ]


async def put_back(
    database: Database, envelopes: Sequence[Envelope], restore: Restore | None, *, now: datetime
) -> int:
    """Insert the events that the journal lacks; how many there were.

    `restore` brings the service's own tables to the same state, in the same transaction.
    """
    if not envelopes:
        return 0
    async with transaction(database) as session:
        envelopes = await _without_the_erased(session, envelopes)
        rows = await session.execute(_PUT_BACK, columns(_COLUMNS, map(_row, envelopes)))
        missing = {row.event_id for row in rows}
        if missing and restore is not None:
            # A record may stand in the log twice: it is restored once.
            lacking = {item.event_id: item for item in envelopes if item.event_id in missing}
            await restore(session, facts_of(lacking.values()), now=now)
    return len(missing)


async def _without_the_erased(
    session: Session, envelopes: Sequence[Envelope]
) -> Sequence[Envelope]:
    """The same; those about people whose erasure is known, blanked: the log has them whole."""
    items = [(one, decode_envelope(one)) for one in envelopes]
    people = {
        one.event_id: contact_id
        for one, item in items
        if isinstance(item, ReceivedEvent) and (contact_id := contact_of(item.event)) is not None
    }
    erased = await erased_among(session, set(people.values()))
    return [
        one._replace(payload=blanked_payload(one.type, one.payload))
        if people.get(one.event_id) in erased
        else one
        for one in envelopes
    ]


def facts_of(envelopes: Iterable[Envelope]) -> list[ReceivedEvent]:
    """What can be read of these events. A gap says nothing."""
    items = map(decode_envelope, envelopes)
    return [
        item
        for item in items
        if isinstance(item, ReceivedEvent) and not isinstance(item.event, StreamGap)
    ]


def _row(item: Envelope) -> Sequence[object]:
    return (
        *(item.topic, item.key, item.version, item.event_id, item.type, item.source),
        *(item.payload, item.traceparent, item.causation_id, item.time),
    )


async def behind(session: Session, topic: str, heights: Mapping[str, int]) -> Mapping[Stream, int]:
    """Those of the heights, by stream key, that are above our own."""
    rows = await session.execute(
        _BEHIND, {"topic": topic, "keys": list(heights), "heights": list(heights.values())}
    )
    return {(topic, row.key): row.height for row in rows}


async def raise_streams(session: Session, heights: Mapping[Stream, int]) -> None:
    rows = [(*stream, height) for stream, height in heights.items()]
    await session.execute(_RAISE, columns("topics keys heights", rows))
