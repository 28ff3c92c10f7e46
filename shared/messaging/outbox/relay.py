"""Relay: what lies in `pending` travels into the log, in order, until the log has acknowledged it.

An event with an unknown outcome stays pending, and no transaction is open during a send. Nothing is
set aside: sizes are bounded when events are emitted, and catch-up brings what the log loses.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from shared.contracts.catalog import TOPIC_BY_NAME, produced_by
from shared.contracts.envelope import Stream
from shared.database import Database, Session, autocommit
from shared.messaging.log.protocol import Acknowledged, Message, Publisher
from shared.messaging.outbox.gate import IS_OPEN
from shared.messaging.outbox.journal import envelope_of
from shared.messaging.outbox.publish import OUTBOX
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Loop, Progress
from shared.statements import columns

log = structlog.get_logger()
BATCH = 500
BATCH_BYTES = 8 * 1_048_576  # of payloads read at once, unless a single event is larger
SEND_SECONDS = 5.0
POLL_SECONDS = 1.0
REFUSED_PAUSE_SECONDS = 0.5
TOPIC_CHECK_SECONDS = 60.0

# In one statement what the log has acknowledged is struck out and what is due next is read. Sending
# again is harmless, so nobody waits for the disk. While the gate is closed nothing is due.
# LATERAL: a kept plan must not walk the whole journal for a few pending rows.
_NEXT = f"""
WITH gate AS (
    SELECT life FROM producer
    WHERE {IS_OPEN} AND set_config('synchronous_commit', 'off', true) IS NOT NULL
), places AS (
    INSERT INTO acknowledged AS a (cluster_id, topic, partition, next_offset)
    SELECT CAST(:cluster_id AS text), topic, partition, next_offset
    FROM unnest(
        CAST(:topics AS text[]), CAST(:partitions AS integer[]), CAST(:offsets AS bigint[])
    ) AS k(topic, partition, next_offset)
    WHERE EXISTS (SELECT 1 FROM gate)
    ORDER BY topic, partition
    ON CONFLICT (cluster_id, topic, partition) DO UPDATE
        SET next_offset = greatest(a.next_offset, excluded.next_offset)
), struck_out AS (
    DELETE FROM pending
    WHERE id = ANY(CAST(:sent AS bigint[])) AND EXISTS (SELECT 1 FROM gate)
)
SELECT * FROM (
    SELECT p.id, (SELECT CAST(life AS text) FROM gate) AS life, j.*,
        sum(octet_length(j.payload)) OVER (ORDER BY p.id) AS size
    FROM (
        (SELECT id FROM pending WHERE id > :after
            ORDER BY id LIMIT CAST(:limit AS bigint) + cardinality(CAST(:sent AS bigint[])))
        EXCEPT SELECT unnest(CAST(:sent AS bigint[])) ORDER BY id LIMIT :limit
    ) AS p
    CROSS JOIN LATERAL (
        SELECT topic, key, version, event_id, type, source, CAST(payload AS text) AS payload,
            traceparent, causation_id, recorded_at
        FROM journal WHERE journal.id = p.id LIMIT 1) AS j
    WHERE (SELECT true FROM gate)
) AS due
WHERE size - octet_length(payload) < :bytes ORDER BY id
"""
_STATE = """
SELECT count(*) AS number, min(j.recorded_at) AS oldest
FROM pending AS p LEFT JOIN LATERAL (
    SELECT recorded_at FROM journal WHERE id = p.id AND p.id = (SELECT min(id) FROM pending)
) AS j ON true
"""


@dataclass(eq=False)
class Relay:
    """The state of one relay. A pass goes once through what is pending: `after` is how far it is,
    `stopped` the streams that a refusal stopped; they continue in the next pass. A batch of which
    nothing was taken makes a pause, not a new pass: others may stand behind what is refused.
    `acknowledged` is what the log has acknowledged since the last look, by id.
    """

    database: Database
    publisher: Publisher
    cluster_id: str = ""
    after: int = 0
    stopped: set[Stream] = field(default_factory=set)
    at_end: bool = False
    acknowledged: dict[int, tuple[str, Acknowledged]] = field(default_factory=dict)


def relay_loop(database: Database, publisher: Publisher) -> Loop:
    """The relay of one database; it belongs under the leader's lease, which also stops it."""
    relay = Relay(database, publisher)
    return Loop("relay", lambda progress: run(relay, progress))


async def run(relay: Relay, progress: Progress) -> None:
    """Send until cancelled. Raises UnavailableError for an outage."""
    topics = [TOPIC_BY_NAME[topic] for topic in produced_by(relay.database.service)]
    relay.acknowledged.clear()  # after an outage these may be the numbers of other events
    while True:
        await relay.publisher.ensure_topics(topics)
        relay.cluster_id = await relay.publisher.cluster_id()
        checked_at = time.monotonic()
        is_refused = False  # then it may be another log by now, without topics
        while not is_refused and time.monotonic() - checked_at < TOPIC_CHECK_SECONDS:
            busy = await send_batch(relay)
            progress.beat(outage="log-refuses" if relay.stopped else None)
            if not busy:
                is_refused = bool(relay.stopped)
                if relay.at_end:
                    relay.after, relay.stopped = 0, set()
                pause = REFUSED_PAUSE_SECONDS if is_refused else POLL_SECONDS
                await relay.database.wakeup.wait(OUTBOX, seconds=pause)


async def send_batch(relay: Relay) -> bool:
    """Strike out what was sent, and send the next of this pass. Returns whether the pass should go
    on at once, without waiting for a wake-up.
    """
    due = await read_due(relay)
    relay.at_end = not is_full(due)
    if not due:
        return False
    relay.after = max(due)
    sendable = {number: item for number, item in due.items() if _stream(item) not in relay.stopped}
    if sendable:
        acknowledged = await relay.publisher.publish(list(sendable.values()), seconds=SEND_SECONDS)
        relay.acknowledged = acknowledged_prefix(sendable, acknowledged)
        _count(relay)
        relay.stopped.update(
            _stream(item) for number, item in sendable.items() if number not in relay.acknowledged
        )
        if not relay.acknowledged:
            return False  # the whole log may be away
    return not relay.at_end


async def read_due(relay: Relay) -> Mapping[int, Message]:
    """The next pending events by id, in the order they were emitted in, bounded in number and
    bytes; what was sent before is struck out.
    """
    ends: dict[tuple[str, int], int] = {}
    for topic, place in relay.acknowledged.values():
        partition = (topic, place.partition)
        ends[partition] = max(ends.get(partition, 0), place.offset + 1)
    parameters = {
        **columns("topics partitions offsets", [(*place, end) for place, end in ends.items()]),
        "sent": list(relay.acknowledged),
        "cluster_id": relay.cluster_id,
        "after": relay.after,
        "limit": BATCH,
        "bytes": BATCH_BYTES,
    }
    async with autocommit(relay.database) as session:
        rows = await session.execute(_NEXT, parameters)
    relay.acknowledged = {}
    return {row.id: _message(row) for row in rows}


def _message(row: Any) -> Message:
    """A row of what is due, marked with the life of this producer's data."""
    envelope = envelope_of(row)._replace(life=row.life)
    return Message(envelope.topic, envelope.key, envelope.payload.encode(), envelope.headers())


def _stream(item: Message) -> Stream:
    return item.topic, item.key


def is_full(due: Mapping[int, Message]) -> bool:
    """Whether more may be pending than these."""
    return len(due) >= BATCH or sum(len(item.payload) for item in due.values()) >= BATCH_BYTES


def acknowledged_prefix(
    due: Mapping[int, Message], acknowledged: Sequence[Acknowledged | None]
) -> dict[int, tuple[str, Acknowledged]]:
    """What the log certainly has, by id, with topic and place: of each stream, all events before
    its first missing answer.
    """
    incomplete: set[Stream] = set()
    places: dict[int, tuple[str, Acknowledged]] = {}
    for (number, item), place in zip(due.items(), acknowledged, strict=True):
        if place is None:
            incomplete.add(_stream(item))
        elif _stream(item) not in incomplete:
            places[number] = (item.topic, place)
    return places


def _count(relay: Relay) -> None:
    counter = metrics_of(relay.database.service).published
    for topic, _ in relay.acknowledged.values():
        counter.labels(relay.database.service, topic).inc()


async def pending_state(session: Session) -> tuple[int, datetime | None]:
    """For health and metrics: how many events wait to be sent, and when the oldest was emitted."""
    row = (await session.execute(_STATE)).one()
    return row.number, row.oldest
