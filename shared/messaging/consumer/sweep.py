"""Sweep what is held: apply what may go on, and fetch from the journals what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from shared.contracts.catalog import TOPIC_BY_NAME
from shared.contracts.envelope import Stream
from shared.database import reading, transaction
from shared.errors import UnavailableError
from shared.messaging.consumer import held
from shared.messaging.consumer.consumer import HELD, Consumer
from shared.messaging.consumer.held import TooManyFailuresError
from shared.messaging.consumer.work import consume, drain
from shared.messaging.decoding import decode_envelope
from shared.messaging.outbox.walking import Journal, Range, first_page
from shared.runtime.in_flight import InFlight
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
STREAMS = 100  # swept per round and topic
IDLE_SECONDS = 10.0  # NOTIFY may be lost, so it also looks by itself

# A stream stands still: what comes next is here and due, or not here for longer than the fast path
# needs; held in the future means that the clock has been set back since.
_STANDING = """
SELECT s.key, s.version AS height, first.version AS lowest
FROM seen AS s
LEFT JOIN LATERAL (
    SELECT version, reason, held_at, retry_at, attempts FROM held
    WHERE held.topic = s.topic AND held.key = s.key ORDER BY version LIMIT 1
) AS first ON true
WHERE s.topic = :topic AND s.holding AND CASE
    WHEN first.version IS NULL THEN true
    WHEN first.version > s.version + 1 THEN first.held_at NOT BETWEEN :before AND :now
    ELSE first.reason = 'gap' OR first.retry_at <= clock_timestamp() END
ORDER BY first.attempts NULLS FIRST, first.held_at LIMIT :limit
"""
_TOPICS = """
SELECT DISTINCT topic FROM held WHERE reason IN ('gap', 'fault') AND NOT starts_with(key, '?')
"""
_MISSED = """
UPDATE held SET attempts = attempts + 1 WHERE topic = :topic AND key = :key AND version = :lowest
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A stream that holds events, the lowest of them `lowest`, and has seen `height`."""

    stream: Stream
    height: int
    lowest: int | None

    @property
    def lacks(self) -> Range | None:
        """What must be fetched before it goes on."""
        if self.lowest is None or self.lowest <= self.height + 1:
            return None
        return Range(self.stream, self.height, self.lowest - 1)


def sweep_loop(consumer: Consumer, journals: Mapping[str, Journal]) -> Loop:
    """Belongs under the leader's lease."""
    in_flight = InFlight(consumer.database, "sweep")
    return Loop("sweep", lambda progress: run(consumer, journals, in_flight, progress))


async def run(
    consumer: Consumer,
    journals: Mapping[str, Journal],
    in_flight: InFlight,
    progress: Progress,
) -> None:
    """Sweep until cancelled; first release events whose type newer code may know."""
    in_flight.looked = False
    async with transaction(consumer.database) as session:
        await held.release_known(session)
    while True:
        progress.beat()
        busy = await sweep(consumer, journals, in_flight)
        wakeup = consumer.database.wakeup
        if busy:
            await wakeup.notified(HELD, seconds=consumer.rules.sweep_seconds)
        else:
            await wakeup.wait(HELD, seconds=IDLE_SECONDS)


async def sweep(consumer: Consumer, journals: Mapping[str, Journal], in_flight: InFlight) -> bool:
    """Sweep once; returns whether anything is held that may yet go on. Raises UnavailableError."""
    async with reading(consumer.database) as session:
        topics = (await session.execute(_TOPICS)).scalars()
    for topic in topics:
        try:
            await _sweep_topic(consumer, journals, topic, in_flight)
        except TooManyFailuresError:  # this topic waits, the others go on
            log.error("sweep.too_many_failures", topic=topic)  # noqa: TRY400  no trace needed
    return bool(topics)


async def _sweep_topic(
    consumer: Consumer, journals: Mapping[str, Journal], topic: str, in_flight: InFlight
) -> None:
    standing = await _standing(consumer, topic)
    ready = [item.stream for item in standing if item.lacks is None]
    if ready:
        await drain(consumer, in_flight, ready)
    ranges = [item.lacks for item in standing if item.lacks is not None]
    if ranges:
        producer = TOPIC_BY_NAME[topic].producer
        await _fetch(consumer, journals.get(producer), producer, first_page(ranges), in_flight)


async def _standing(consumer: Consumer, topic: str) -> Sequence[Standing]:
    now = consumer.clock()
    places = {"topic": topic, "before": now - consumer.rules.gap, "now": now, "limit": STREAMS}
    async with reading(consumer.database) as session:
        rows = await session.execute(_STANDING, places)
        return [Standing((topic, row.key), row.height, row.lowest) for row in rows]


async def _fetch(
    consumer: Consumer,
    journal: Journal | None,
    producer: str,
    ranges: Sequence[Range],
    in_flight: InFlight,
) -> None:
    if journal is None:
        log.error("sweep.no_journal", producer=producer)
        return
    try:
        envelopes = await journal.lacking(ranges)
    except UnavailableError as error:
        log.warning("sweep.paused", producer=producer, reason=error.slug())
        return
    streams = {envelope.stream for envelope in envelopes}
    await consume(
        consumer, in_flight, [decode_envelope(item) for item in envelopes], caught_up=True
    )
    missing = [item for item in ranges if item.stream not in streams]
    if missing and not envelopes:
        log.error("sweep.missing", producer=producer, count=len(missing))
    if missing:
        await _note_missed(consumer, missing)


async def _note_missed(consumer: Consumer, missing: Sequence[Range]) -> None:
    """Count the attempt, so that other streams come before these next time."""
    async with transaction(consumer.database) as session:
        for item in missing:
            topic, key = item.stream
            await session.execute(_MISSED, {"topic": topic, "key": key, "lowest": item.until + 1})
