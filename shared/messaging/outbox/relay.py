"""Relay: what lies in `pending` travels into the log, in order, until the log has acknowledged it.

Unknown is still pending, and no transaction is open while anything is sent. It sets nothing aside:
an event's size was bounded when it was emitted, and what the log loses catch-up brings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from shared.contracts.catalog import TOPIC_BY_NAME, produced_by
from shared.contracts.envelope import Envelope
from shared.database import Database, Session, reading, transaction
from shared.messaging.decoding import Stream
from shared.messaging.log.protocol import Acknowledged, Message, Publisher
from shared.messaging.outbox.gate import IS_OPEN
from shared.messaging.outbox.journal import envelope_of
from shared.messaging.outbox.publish import OUTBOX
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
BATCH = 500
BATCH_BYTES = 8 * 1_048_576  # of payloads read at once, unless a single event is larger
SEND_SECONDS = 5.0
POLL_SECONDS = 1.0
REFUSED_PAUSE_SECONDS = 0.5
TOPIC_CHECK_ROUNDS = 60

# LATERAL: a kept plan must not walk the whole journal for a few pending rows. While the gate is
# closed nothing is due.
_READ = f"""
SELECT * FROM (
    SELECT p.id, CAST(life AS text) AS life, j.*,
        sum(octet_length(j.payload)) OVER (ORDER BY p.id) AS size
    FROM (SELECT id FROM pending WHERE id > :after ORDER BY id LIMIT :limit) AS p
    CROSS JOIN (SELECT life FROM producer WHERE {IS_OPEN}) AS gate
    CROSS JOIN LATERAL (
        SELECT topic, key, version, event_id, type, source, CAST(payload AS text) AS payload,
            traceparent, causation_id, recorded_at
        FROM journal WHERE journal.id = p.id) AS j
) AS due
WHERE size - octet_length(payload) < :bytes ORDER BY id
"""
# Sending again is harmless, so nobody waits for the disk.
_DONE = """
WITH placed AS (
    INSERT INTO acknowledged AS a (cluster_id, topic, partition, next_offset)
    SELECT :cluster_id, topic, partition, next_offset
    FROM unnest(
        CAST(:topics AS text[]), CAST(:partitions AS integer[]), CAST(:offsets AS bigint[])
    ) AS k(topic, partition, next_offset)
    WHERE (SELECT set_config('synchronous_commit', 'off', true)) IS NOT NULL
    ORDER BY topic, partition
    ON CONFLICT (cluster_id, topic, partition) DO UPDATE
        SET next_offset = greatest(a.next_offset, excluded.next_offset)
)
DELETE FROM pending WHERE id = ANY(CAST(:ids AS bigint[]))
"""
_STATE = """
SELECT count(*) AS number, min(j.recorded_at) AS oldest
FROM pending AS p LEFT JOIN LATERAL (
    SELECT recorded_at FROM journal WHERE id = p.id AND p.id = (SELECT min(id) FROM pending)
) AS j ON true
"""


@dataclass(frozen=True, slots=True)
class Due:
    """One event that waits to be sent in a `life` of its producer's data."""

    id: int
    envelope: Envelope
    life: str = ""

    @property
    def stream(self) -> Stream:
        return self.envelope.topic, self.envelope.key


@dataclass(eq=False)
class Relay:
    """The state of one relay. A pass goes once through what is pending: `after` is how far it is,
    `stopped` the streams that a refusal stopped; they continue in the next pass. A batch of which
    nothing was taken makes a pause, not a new pass: others may stand behind what is refused.
    """

    database: Database
    publisher: Publisher
    cluster_id: str = ""
    after: int = 0
    stopped: set[Stream] = field(default_factory=set)
    at_end: bool = False


def relay_loop(database: Database, publisher: Publisher) -> Loop:
    """The relay of one database; it belongs under the leader's lease, which also stops it."""
    relay = Relay(database, publisher)
    return Loop("relay", lambda progress: run(relay, progress))


async def run(relay: Relay, progress: Progress) -> None:
    """Send until cancelled. Raises UnavailableError for an outage."""
    topics = [TOPIC_BY_NAME[topic] for topic in produced_by(relay.database.service)]
    while True:
        await relay.publisher.ensure_topics(topics)
        relay.cluster_id = await relay.publisher.cluster_id()
        for _ in range(TOPIC_CHECK_ROUNDS):
            busy = await send_batch(relay)
            progress.beat(outage="log-refuses" if relay.stopped else None)
            if not busy:
                refused = bool(relay.stopped)
                pause = REFUSED_PAUSE_SECONDS if refused else POLL_SECONDS
                if relay.at_end:
                    relay.after, relay.stopped = 0, set()
                await relay.database.wakeup.wait(OUTBOX, seconds=pause)
                if refused:
                    break  # it may be another log by now, without topics


async def send_batch(relay: Relay) -> bool:
    """Send the next of this pass. Returns whether the pass should go on at once."""
    due = await read_due(relay.database, after=relay.after)
    relay.at_end = not due
    if not due:
        return False
    relay.after = due[-1].id
    sendable = [item for item in due if item.stream not in relay.stopped]
    if not sendable:
        return True
    acknowledged = await relay.publisher.publish(
        [message(item) for item in sendable], seconds=SEND_SECONDS
    )
    places = acknowledged_prefix(sendable, acknowledged)
    relay.stopped.update(item.stream for item in sendable if item.id not in places)
    if not places:
        return False  # the whole log may be away
    await _strike_out(relay, sendable, places)
    return True


async def read_due(database: Database, *, after: int = 0) -> Sequence[Due]:
    """Pending events in the order they were emitted in, bounded in number and bytes."""
    async with reading(database) as session:
        rows = await session.execute(_READ, {"after": after, "limit": BATCH, "bytes": BATCH_BYTES})
        return [Due(row.id, envelope_of(row), row.life) for row in rows]


def acknowledged_prefix(
    due: Sequence[Due], acknowledged: Sequence[Acknowledged | None]
) -> Mapping[int, Acknowledged]:
    """What the log has for certain: of each stream, all before its first missing answer."""
    broken: set[Stream] = set()
    places: dict[int, Acknowledged] = {}
    for item, place in zip(due, acknowledged, strict=True):
        if place is None:
            broken.add(item.stream)
        elif item.stream not in broken:
            places[item.id] = place
    return places


async def _strike_out(relay: Relay, due: Sequence[Due], places: Mapping[int, Acknowledged]) -> None:
    ends: dict[tuple[str, int], int] = {}
    published = metrics_of(relay.database.service).published
    for item in due:
        if place := places.get(item.id):
            partition = (item.envelope.topic, place.partition)
            ends[partition] = max(ends.get(partition, 0), place.offset + 1)
            published.labels(relay.database.service, item.envelope.topic).inc()
    async with transaction(relay.database) as session:
        await session.execute(
            _DONE,
            {
                "ids": sorted(places),
                "cluster_id": relay.cluster_id,
                "topics": [topic for topic, _ in ends],
                "partitions": [number for _, number in ends],
                "offsets": list(ends.values()),
            },
        )


def message(due: Due) -> Message:
    return Message(
        topic=due.envelope.topic,
        key=due.envelope.key,
        payload=due.envelope.payload.encode(),
        headers={**due.envelope.headers(), "life": due.life},
    )


async def pending_state(session: Session) -> tuple[int, datetime | None]:
    """For health and metrics: how many events wait to be sent, and when the oldest was emitted."""
    row = (await session.execute(_STATE)).one()
    return row.number, row.oldest
