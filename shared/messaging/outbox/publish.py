"""Emit: a transaction's events are written once, at its end, into stream and journal.

The stream's row lock serialises the writers of one key, so journal order by id is version order.
After the commit they are handed to the log of this process, or wait in `pending` for the relay.
"""

from datetime import datetime
from functools import cache
from typing import NamedTuple, NoReturn
from uuid import UUID

from shared.contracts.envelope import MAX_EVENT_BYTES, Envelope, Event
from shared.contracts.erasing import blanked
from shared.database import Session
from shared.errors import TooLargeError
from shared.ids import new_id
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.outbox.gate import OutboxClosedError, is_open
from shared.observability.tracing import current_traceparent
from shared.statements import columns

OUTBOX = "outbox"  # the wake-up's channel: something lies in `pending`
CLOSED = "outbox_closed"  # another channel: a writer has met a closed gate

# While the gate is closed nothing is written, and the answer is empty.
_JOURNAL = """
WITH gate AS (
    SELECT 1 FROM producer WHERE {is_open}
), emitted AS (
    SELECT t.* FROM unnest(
        CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:ids AS uuid[]),
        CAST(:types AS text[]), CAST(:payloads AS text[]), CAST(:traceparents AS text[]),
        CAST(:causes AS uuid[]), CAST(:times AS timestamptz[])
    ) WITH ORDINALITY AS t(topic, key, event_id, type, payload, traceparent, cause, at, place)
    WHERE EXISTS (SELECT 1 FROM gate)
), bumped AS (
    INSERT INTO stream AS s (topic, key, version)
    SELECT topic, key, count(*) FROM emitted GROUP BY topic, key ORDER BY topic, key
    ON CONFLICT (topic, key) DO UPDATE SET version = s.version + excluded.version
    RETURNING topic, key, version
), written AS (
    INSERT INTO journal
        (topic, key, version, event_id, type, source, payload, traceparent, causation_id,
        recorded_at)
    SELECT emitted.topic, emitted.key,
        bumped.version - count(*) OVER (PARTITION BY emitted.topic, emitted.key)
            + row_number() OVER (PARTITION BY emitted.topic, emitted.key ORDER BY emitted.place),
        event_id, type, CAST(:source AS text), CAST(payload AS json), traceparent, cause, at
    FROM emitted JOIN bumped USING (topic, key)
    ORDER BY emitted.place
    RETURNING id, event_id, version
)"""
_TO_RELAY = f"""{_JOURNAL}, due AS (
    INSERT INTO pending (id) SELECT id FROM written
) SELECT 1 FROM gate"""
_TO_MEMORY = f"{_JOURNAL} SELECT event_id, version FROM written"

_IS_OPEN = "SELECT {is_open} FROM producer"


class Emitted(NamedTuple):
    event: Event
    payload: str
    event_id: UUID
    at: datetime
    cause: UUID | None
    traceparent: str | None


def emit(
    session: Session,
    event: Event,
    *,
    now: datetime,
    cause: UUID | None = None,
    traceparent: str | None = None,
) -> UUID:
    """Collect an event of this transaction and return its id; it is written when the block ends.

    `cause` is the event that led to it; `traceparent` defaults to the request's or event's in hand.
    Raises TooLargeError when the event could not travel through the log; the block's end raises
    OutboxClosedError while it is not certain what was emitted before a restart.
    """
    payload = event.model_dump_json()
    if len(payload.encode()) > MAX_EVENT_BYTES:
        raise TooLargeError(f"an event of {event.TYPE} would exceed {MAX_EVENT_BYTES} bytes")
    if not session.emitted:
        session.before_commit.append(_write)
    emitted = Emitted(event, payload, new_id(), now, cause, traceparent or current_traceparent())
    session.emitted.append(emitted)
    return emitted.event_id


def blank_emitted(session: Session) -> None:
    """Leave out what is personal of all that this transaction emits: its person was erased."""
    for place, item in enumerate(session.emitted):
        event = blanked(item.event)
        blank = item._replace(event=event, payload=event.model_dump_json())
        session.emitted[place] = blank


async def _write(session: Session) -> None:
    # Streams are locked in one order by every transaction: no two can wait for each other.
    emitted: list[Emitted] = session.emitted
    keys = [item.event.stream_key() for item in emitted]
    rows = [
        (
            *(item.event.TOPIC, key, item.event_id, item.event.TYPE),
            *(item.payload, item.traceparent, item.cause, item.at),
        )
        for item, key in zip(emitted, keys, strict=True)
    ]
    names = "topics keys ids types payloads traceparents causes times"
    session.notifications.update(session.database.on_emit)
    source = source_of(session)
    parameters = {**columns(names, rows), "source": source}
    outlet = session.database.outlet
    if outlet is None:
        if not await session.execute(_gated(_TO_RELAY, is_open()), parameters):
            _meet_a_closed_gate(session)
        session.notify_after_commit(OUTBOX)
        return
    outlet.expect({item.event.TOPIC for item in emitted})
    written = await session.execute(_gated(_TO_MEMORY, is_open()), parameters)
    if not written:
        _meet_a_closed_gate(session)
    versions = {row.event_id: row.version for row in written}
    events = [
        ReceivedEvent(
            _envelope(item, source=source, key=key, version=versions[item.event_id]), item.event
        )
        for item, key in zip(emitted, keys, strict=True)
    ]
    session.after_commit.append(lambda: outlet.hand_over(events))


async def require_open(session: Session) -> None:
    """For what emits nothing and yet may only happen once the tables are complete.

    Raises OutboxClosedError.
    """
    if not await session.scalar(_gated(_IS_OPEN, is_open())):
        _meet_a_closed_gate(session)


@cache
def _gated(statement: str, is_open: str) -> str:
    return statement.format(is_open=is_open)


def _meet_a_closed_gate(session: Session) -> NoReturn:
    session.database.wakeup.notify(CLOSED)
    raise OutboxClosedError


def source_of(session: Session) -> str:
    """Who produces, as the envelope names it."""
    return f"/leadflow/{session.database.service}"


def _envelope(item: Emitted, *, source: str, key: str, version: int) -> Envelope:
    return Envelope(
        event_id=item.event_id,
        type=item.event.TYPE,
        source=source,
        time=item.at,
        topic=item.event.TOPIC,
        key=key,
        version=version,
        payload=item.payload,
        traceparent=item.traceparent,
        causation_id=item.cause,
    )
