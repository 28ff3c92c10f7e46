"""Relay: what lies in `pending` travels into the log, in order, until the log has acknowledged it.

One law: unknown is still pending. No transaction is open while anything is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from shared.clock import Clock
from shared.contracts.catalog import TOPIC_BY_NAME, spoken_by
from shared.contracts.envelope import Envelope
from shared.database import Database, Session, is_outage, reading, transaction
from shared.messaging.bus import Bus, Message
from shared.messaging.journal import envelope_of
from shared.messaging.ladder import Hand, Rungs, climb
from shared.messaging.ordering import Stream
from shared.messaging.own_voice import Restore, complete_from_own_voice
from shared.messaging.refilling import refill_if_new
from shared.messaging.speaking import SPOKEN
from shared.observability.metrics import metrics_of
from shared.runtime import Loop, Progress

log = structlog.get_logger()
BATCH = 500
SEND_SECONDS = 5.0
POLL_SECONDS = 1.0
REFUSED_PAUSE_SECONDS = 0.5
LOG_CHECK_ROUNDS = 60

_READ = """
SELECT j.* FROM (SELECT id FROM pending WHERE id > :after ORDER BY id LIMIT :limit) AS p
CROSS JOIN LATERAL (
    SELECT id, topic, key, version, event_id, type, source, CAST(payload AS text) AS payload,
        traceparent, causation_id, spoken_at
    FROM journal WHERE id = p.id OFFSET 0
) AS j
ORDER BY p.id
"""
_DELETE = "DELETE FROM pending WHERE id = ANY(CAST(:ids AS bigint[]))"
_SET_ASIDE = """
INSERT INTO unsendable (id, reason, set_aside_at) VALUES (:id, :reason, :now)
ON CONFLICT DO NOTHING
"""
_STATE = """
SELECT count(*) AS number, min(j.spoken_at) AS oldest
FROM pending AS p LEFT JOIN LATERAL (
    SELECT spoken_at FROM journal WHERE id = p.id AND p.id = (SELECT min(id) FROM pending)
) AS j ON true
"""


@dataclass(frozen=True, slots=True)
class Due:
    """One event that waits to be sent."""

    id: int
    envelope: Envelope

    @property
    def stream(self) -> Stream:
        return self.envelope.topic, self.envelope.key


@dataclass(eq=False)
class Relay:
    """The state of one relay. A pass goes once through what is pending: `after` is how far it is,
    `stopped` the streams that a refusal stopped; they continue in the next pass.
    """

    database: Database
    bus: Bus
    clock: Clock
    hand: Hand
    restore: Restore | None = None
    relayed: int = 0
    after: int = 0
    stopped: set[Stream] = field(default_factory=set)


def relay_loop(
    database: Database, bus: Bus, *, clock: Clock, restore: Restore | None = None
) -> Loop:
    """The relay of one database; it belongs under `leader.led`, which also stops it mid-send.

    `restore`: see `own_voice`; a service whose state is more than its events gives one.
    """
    relay = Relay(database, bus, clock, Hand(database, "relay"), restore)
    return Loop("relay", lambda progress: run(relay, progress))


async def run(relay: Relay, progress: Progress) -> None:
    """Send until cancelled. Raises UnavailableError for an outage."""
    relay.hand.looked = False  # another leader may have died with something in hand
    spoken = [TOPIC_BY_NAME[topic] for topic in spoken_by(relay.database.service)]
    while True:
        await relay.bus.ensure_topics(spoken)
        log_id = await relay.bus.log_id()
        await complete_from_own_voice(
            relay.database, relay.bus, log_id=log_id, restore=relay.restore, beat=progress.beat
        )
        await refill_if_new(relay.database, log_id=log_id)
        for _ in range(LOG_CHECK_ROUNDS):
            busy = await send_batch(relay)
            progress.beat(outage="log-refuses" if relay.stopped else None)
            if not busy:
                pause = REFUSED_PAUSE_SECONDS if relay.stopped else POLL_SECONDS
                relay.after, relay.stopped = 0, set()
                await relay.database.bell.wait(SPOKEN, seconds=pause)


async def send_batch(relay: Relay) -> bool:
    """Send the next of this pass. Returns whether the pass should go on at once."""
    due = await read_due(relay.database, after=relay.after)
    if not due:
        return False
    relay.after = due[-1].id
    sendable = [item for item in due if item.stream not in relay.stopped]
    acknowledged_before = relay.relayed
    if sendable:
        rungs = Rungs[Due](
            name=lambda item: str(item.id),
            together=lambda some: _send(relay, some),
            alone=lambda item: _send_alone(relay, item),
            set_aside=lambda item, reason, _error: _set_aside(relay, item, reason),
        )
        await climb(relay.hand, sendable, rungs)
        if relay.relayed == acknowledged_before:
            return False  # the whole log is away: there is no use in asking further
    return len(due) == BATCH


async def read_due(database: Database, *, after: int = 0, limit: int = BATCH) -> Sequence[Due]:
    """Pending events in the order they were spoken in."""
    async with reading(database) as session:
        rows = await session.execute(_READ, {"after": after, "limit": limit})
        return [Due(row.id, envelope_of(row)) for row in rows]


def acknowledged_prefix(due: Sequence[Due], acknowledged: Sequence[bool]) -> Sequence[Due]:
    """What the log has for certain: of each stream, all before its first missing answer."""
    broken: set[Stream] = set()
    done = []
    for item, answer in zip(due, acknowledged, strict=True):
        if not answer:
            broken.add(item.stream)
        elif item.stream not in broken:
            done.append(item)
    return done


async def _send(relay: Relay, due: Sequence[Due]) -> None:
    due = [item for item in due if item.stream not in relay.stopped]
    if not due:
        return
    acknowledged = await relay.bus.publish([message(item) for item in due], seconds=SEND_SECONDS)
    done = acknowledged_prefix(due, acknowledged)
    finished = {item.id for item in done}
    relay.stopped.update(item.stream for item in due if item.id not in finished)
    async with transaction(relay.database) as session:
        await session.execute(_DELETE, {"ids": sorted(finished)})
        await relay.hand.put_down(session)
    relay.relayed += len(done)
    service, published = relay.database.service, metrics_of(relay.database.service).published
    for item in done:
        published.labels(service, item.envelope.topic).inc()


async def _send_alone(relay: Relay, due: Due) -> None:
    """A fault of our own with one event stops its stream, not the others. It stays pending."""
    try:
        await _send(relay, [due])
    except Exception as error:
        if is_outage(error):
            raise
        log.error("relay.fault", topic=due.envelope.topic, error=type(error).__name__)  # noqa: TRY400  an event's words are personal
        service = relay.database.service
        metrics_of(service).faults.labels(service, "relay").inc()
        relay.stopped.add(due.stream)


def message(due: Due) -> Message:
    return Message(
        topic=due.envelope.topic,
        key=due.envelope.key,
        payload=due.envelope.payload.encode(),
        headers=due.envelope.headers(),
    )


async def _set_aside(relay: Relay, due: Due, reason: str) -> None:
    """It is not sent any more. Its listeners see the gap and fetch it from the journal."""
    async with transaction(relay.database) as session:
        await session.execute(_SET_ASIDE, {"id": due.id, "reason": reason, "now": relay.clock()})
        await session.execute(_DELETE, {"ids": [due.id]})
        await relay.hand.put_down(session)
    log.error("relay.set_aside", topic=due.envelope.topic, reason=reason)


async def pending_state(session: Session) -> tuple[int, datetime | None]:
    """For health and metrics: how many events wait to be sent, and when the oldest was spoken."""
    row = (await session.execute(_STATE)).one()
    return row.number, row.oldest
