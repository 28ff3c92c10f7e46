"""Speak: what a transaction says is written once, at its end, into stream, journal and pending.

The stream's row lock serialises the writers of one key, so journal order is version order.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.envelope import MAX_EVENT_BYTES, Event
from shared.database import Session
from shared.errors import TooLargeError
from shared.ids import new_id
from shared.observability.tracing import current_traceparent

SPOKEN = "spoken"  # the bell's channel: something lies in `pending`

_WRITE = """
WITH said AS (
    SELECT * FROM unnest(
        CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:ids AS uuid[]),
        CAST(:types AS text[]), CAST(:payloads AS text[]), CAST(:traceparents AS text[]),
        CAST(:causes AS uuid[]), CAST(:times AS timestamptz[])
    ) WITH ORDINALITY AS t(topic, key, event_id, type, payload, traceparent, cause, at, place)
), bumped AS (
    INSERT INTO stream AS s (topic, key, version)
    SELECT topic, key, count(*) FROM said GROUP BY topic, key ORDER BY topic, key
    ON CONFLICT (topic, key) DO UPDATE SET version = s.version + excluded.version
    RETURNING topic, key, version
), written AS (
    INSERT INTO journal
        (topic, key, version, event_id, type, source, payload, traceparent, causation_id, spoken_at)
    SELECT said.topic, said.key,
        bumped.version - count(*) OVER (PARTITION BY said.topic, said.key)
            + row_number() OVER (PARTITION BY said.topic, said.key ORDER BY said.place),
        event_id, type, CAST(:source AS text), CAST(payload AS json), traceparent, cause, at
    FROM said JOIN bumped USING (topic, key)
    ORDER BY said.place
    RETURNING id
)
INSERT INTO pending (id) SELECT id FROM written
"""


@dataclass(frozen=True, slots=True)
class Said:
    event: Event
    payload: str
    event_id: UUID
    at: datetime
    cause: UUID | None
    traceparent: str | None


def say(
    session: Session,
    event: Event,
    *,
    now: datetime,
    cause: UUID | None = None,
    traceparent: str | None = None,
) -> UUID:
    """Collect an event of this transaction and return its id; it is written when the block ends.

    `cause` is the event that led to it; `traceparent` defaults to the request's or event's in hand.
    Raises TooLargeError when the event could not travel through the log.
    """
    payload = event.model_dump_json()
    if len(payload.encode()) > MAX_EVENT_BYTES:
        raise TooLargeError(f"an event of {event.TYPE} would exceed {MAX_EVENT_BYTES} bytes")
    if not session.said:
        session.before_commit.append(_write_said)
    said = Said(event, payload, new_id(), now, cause, traceparent or current_traceparent())
    session.said.append(said)
    return said.event_id


async def _write_said(session: Session) -> None:
    # Streams are locked in one order by every transaction: no two can wait for each other.
    said: list[Said] = session.said
    await session.execute(
        _WRITE,
        {
            "topics": [item.event.TOPIC for item in said],
            "keys": [item.event.stream_key() for item in said],
            "ids": [item.event_id for item in said],
            "types": [item.event.TYPE for item in said],
            "payloads": [item.payload for item in said],
            "traceparents": [item.traceparent for item in said],
            "causes": [item.cause for item in said],
            "times": [item.at for item in said],
            "source": f"/leadflow/{session.database.service}",
        },
    )
    session.ring_after_commit(SPOKEN)
