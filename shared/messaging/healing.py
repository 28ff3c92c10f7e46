"""Fetch from the speaker's journal what the log did not bring.

One law: what is fetched takes effect by the same rules as what is heard.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from shared.contracts.catalog import TOPIC_BY_NAME
from shared.contracts.envelope import Envelope
from shared.database import Session, reading, transaction
from shared.errors import UnavailableError, cause_of
from shared.messaging import taking
from shared.messaging.decoding import Arrived, opened
from shared.messaging.journal import Journal
from shared.messaging.ladder import Hand, Rungs, climb
from shared.messaging.ordering import Stream
from shared.messaging.taking import Listener
from shared.observability.metrics import metrics_of

log = structlog.get_logger()
STREAMS = 100  # healed per round
FAULT_PAUSE_SECONDS = 30.0

# A stream stands still at `height`; what comes next is either not here, or here and free to go.
_STANDING = """
SELECT h.topic, h.key, coalesce(s.version, 0) AS height, next.version IS NOT NULL AS at_hand
FROM (
    SELECT topic, key, min(held_at) AS since, min(attempts) AS attempts
    FROM held WHERE reason = 'gap' GROUP BY topic, key
) AS h
LEFT JOIN seen AS s ON s.topic = h.topic AND s.key = h.key
LEFT JOIN held AS next ON next.topic = h.topic AND next.key = h.key
    AND next.version = coalesce(s.version, 0) + 1
WHERE CASE WHEN next.version IS NULL
    -- Held in the future: the clock has been set back since.
    THEN h.since NOT BETWEEN :before AND :now
    ELSE next.reason = 'gap' END
ORDER BY h.attempts, h.since LIMIT :limit
"""
_TRIED = """
UPDATE held SET attempts = attempts + 1 WHERE topic = :topic AND key = :key AND reason = 'gap'
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A stream that waits for the version after `height`."""

    stream: Stream
    height: int
    at_hand: bool


async def keep_healing(listener: Listener, journals: Mapping[str, Journal]) -> None:
    """Heal until cancelled; begin with what newer code may understand."""
    learned = False
    while True:
        pause = listener.rules.heal_seconds
        try:
            if not learned:
                await retry_unknown(listener)
                learned = True
            await heal_gaps(listener, journals)
        except UnavailableError as error:
            log.warning("healing.paused", service=listener.service, error=cause_of(error))
        except Exception as error:  # noqa: BLE001  healing must come back; what it could not do is still held
            log.error("healing.fault", service=listener.service, error=cause_of(error))  # noqa: TRY400  the words may be personal
            metrics_of(listener.service).faults.labels(listener.service, "heal").inc()
            pause = FAULT_PAUSE_SECONDS
        await asyncio.sleep(pause)


async def retry_unknown(listener: Listener) -> None:
    """Try again what an older code did not know."""
    async with reading(listener.database) as session:
        rows = await session.execute(
            "SELECT DISTINCT topic, key FROM held WHERE reason = 'not_yet_known' ORDER BY 1, 2"
        )
        streams = [(row.topic, row.key) for row in rows]
    hand = Hand(listener.database, "unknown")
    for start in range(0, len(streams), STREAMS):
        await taking.drain(listener, hand, streams[start : start + STREAMS])


async def heal_gaps(listener: Listener, journals: Mapping[str, Journal]) -> int:
    """One round. Returns how many streams were found standing. Raises UnavailableError."""
    now = listener.clock()
    async with transaction(listener.database) as session:
        rows = await session.execute(
            _STANDING,
            {"before": now - listener.rules.gap, "now": now, "limit": STREAMS},
        )
        standing = [Standing((row.topic, row.key), row.height, row.at_hand) for row in rows]
    ready = [item.stream for item in standing if item.at_hand]
    if ready:
        await taking.drain(listener, Hand(listener.database, "heal/drain"), ready)
    for item in standing:
        if not item.at_hand:
            await _fetch_stream(listener, journals, item)
    return len(standing)


async def _fetch_stream(
    listener: Listener, journals: Mapping[str, Journal], standing: Standing
) -> None:
    topic, key = standing.stream
    async with transaction(listener.database) as session:
        await session.execute(_TRIED, {"topic": topic, "key": key})
    journal = journals.get(TOPIC_BY_NAME[topic].speaker)
    if journal is None:
        log.error("healing.no_journal", speaker=TOPIC_BY_NAME[topic].speaker)
        return
    page = await journal.page(topic=topic, key=key, after=str(standing.height))
    if not page.items or page.items[0].version != standing.height + 1:
        log.error("healing.missing", topic=topic, key=key, version=standing.height + 1)
        return
    await take_in_envelopes(listener, Hand(listener.database, "heal"), page.items)


async def heal_topic(listener: Listener, journals: Mapping[str, Journal], topic: str) -> None:
    """Read one topic's whole journal. Raises UnavailableError, also when nobody can be asked."""
    journal = journals.get(TOPIC_BY_NAME[topic].speaker)
    if journal is None:
        raise UnavailableError("There is no journal to read this topic from.")
    hand = Hand(listener.database, f"heal:{topic}")
    after: str | None = None
    more = True
    while more:
        page = await journal.page(topic=topic, after=after)
        await take_in_envelopes(listener, hand, page.items)
        after, more = page.cursor, page.more


async def take_in_envelopes(
    listener: Listener,
    hand: Hand,
    envelopes: Sequence[Envelope],
    *,
    note: Callable[[Session], Awaitable[None]] | None = None,
) -> None:
    """Events from a journal up the ladder; `note` is written with the last of them."""
    items = [opened(envelope) for envelope in envelopes if envelope.topic in listener.topics]
    advanced: set[Stream] = set()

    async def take(some: Sequence[Arrived], limit: int | None) -> None:
        async with transaction(listener.database) as session:
            plan = await taking.take_in(listener, session, some, drain=limit)
            await hand.put_down(session)
        taking.count(listener, plan)
        if limit == 0:
            advanced.update(plan.seen)

    async def aside(item: Arrived, reason: str, error: BaseException | None) -> None:
        detail = None if error is None else taking.fault(error)
        async with transaction(listener.database) as session:
            await taking.set_aside(listener, session, item, reason=reason, detail=detail)
            await hand.put_down(session)

    rungs = Rungs[Arrived](
        name=lambda item: f"{item.envelope.topic}/{item.envelope.key}/{item.version}",
        together=lambda some: take(some, None),
        alone=lambda item: take([item], 0),
        set_aside=aside,
    )
    if items:
        await climb(hand, items, rungs)
    if advanced:
        await taking.drain(
            listener, Hand(listener.database, f"{hand.loop}/drain"), sorted(advanced)
        )
    if note is not None:
        async with transaction(listener.database) as session:
            await note(session)
