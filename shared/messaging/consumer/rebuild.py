"""Rebuild a projection: empty it, and let catch-up walk every journal again from its beginning.

Events come by the same way as live ones, so a rebuild may be interrupted and may overlap.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from shared.contracts.catalog import TOPIC_BY_NAME
from shared.database import Session, reading, transaction
from shared.messaging.consumer import cursors
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.outbox.walking import Journal, Position

Clear = Callable[[Session], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """How many topics' journals are walked to where they ended when it was asked, of how many."""

    walked: int
    topics: int

    @property
    def done(self) -> bool:
        return self.walked == self.topics


async def begin(consumer: Consumer, *, clear: Clear) -> None:
    """Empty the projection (`clear`) and all that consuming remembers. Raises UnavailableError."""
    places = [(TOPIC_BY_NAME[topic].producer, topic) for topic in consumer.topics]
    async with transaction(consumer.database) as session:
        # Consumers claim their streams first: whoever holds one finishes before anything is
        # emptied, and whoever comes later finds none and begins again.
        await session.execute("LOCK TABLE seen, held IN ACCESS EXCLUSIVE MODE")
        await session.execute("TRUNCATE seen, held")
        await cursors.forget(session, places)
        await clear(session)


async def progress(
    consumer: Consumer, journals: Mapping[str, Journal], ends: Mapping[str, Position]
) -> Rebuilding:
    """How far catch-up is on the way to `ends`, by topic. Raises UnavailableError."""
    walked = 0
    cursor_rows = await cursors.read(consumer.database)
    for topic, end in ends.items():
        producer = TOPIC_BY_NAME[topic].producer
        life = (await journals[producer].state([topic])).life
        cursor = cursors.cursor_of(producer, topic, cursor_rows.get((producer, topic)), life=life)
        walked += cursor.position >= end
    return Rebuilding(walked, len(ends))


async def journal_ends(
    consumer: Consumer, journals: Mapping[str, Journal]
) -> Mapping[str, Position]:
    """Where each topic that is consumed ends now. Raises UnavailableError."""
    ends: dict[str, Position] = {}
    for producer in {TOPIC_BY_NAME[topic].producer for topic in consumer.topics}:
        topics = [topic for topic in consumer.topics if TOPIC_BY_NAME[topic].producer == producer]
        ends |= (await journals[producer].state(topics)).ends
    return ends


async def waits(consumer: Consumer) -> int:
    """How many held events keep their streams from the rebuilt state."""
    async with reading(consumer.database) as session:
        return int(await session.scalar("SELECT count(*) FROM held"))
