"""Try held events again, when an operator asks for it after a repair.

Events that fail again are held again, with the new reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.contracts.envelope import Stream
from shared.database import Session, reading, transaction
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.work import consume, drain
from shared.messaging.decoding import SYNTHETIC, Unreadable, decode
from shared.runtime.in_flight import InFlight
from shared.statements import columns

MOST = 1_000

_RELEASE = """
UPDATE held SET reason = 'gap', detail = NULL
WHERE (topic, key, version) IN (
    SELECT topic, key, version FROM held
    WHERE reason <> 'gap' AND key NOT LIKE '?%'
        AND (CAST(:topic AS text) IS NULL OR topic = :topic)
        AND (CAST(:key AS text) IS NULL OR key = :key)
        AND (CAST(:reason AS text) IS NULL OR reason = :reason)
    ORDER BY held_at LIMIT :limit)
RETURNING topic, key
"""
_UNREADABLE = """
SELECT topic, key, version, headers, payload FROM held
WHERE starts_with(key, :synthetic)
    AND (CAST(:topic AS text) IS NULL OR topic = :topic)
    AND (CAST(:key AS text) IS NULL OR key = :key)
    AND (CAST(:reason AS text) IS NULL OR reason = :reason)
ORDER BY held_at LIMIT :limit
"""
_FORGET = "DELETE FROM held WHERE topic = :topic AND key = :key AND version = :version"


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many held events were tried, and how many of the tried streams still hold something."""

    tried: int
    still_holding: int


async def replay_held(
    consumer: Consumer,
    *,
    topic: str | None = None,
    key: str | None = None,
    reason: str | None = None,
    limit: int = MOST,
) -> Replayed:
    """Try what is held and matches. Raises UnavailableError."""
    filters = {"topic": topic, "key": key, "reason": reason, "limit": limit}
    in_flight = InFlight(consumer.database, "replay")
    async with transaction(consumer.database) as session:
        rows = await session.execute(_RELEASE, filters)
    streams = sorted({(row.topic, row.key) for row in rows})
    if streams:
        await drain(consumer, in_flight, streams)
    again = await _decode_again(consumer, in_flight, filters)
    async with reading(consumer.database) as session:
        still = await _still_holding(session, streams)
    return Replayed(tried=len(rows) + again, still_holding=still)


async def _decode_again(
    consumer: Consumer, in_flight: InFlight, filters: Mapping[str, object]
) -> int:
    """Decode unreadable events again; those that newer code can read are consumed."""
    async with reading(consumer.database) as session:
        rows = await session.execute(_UNREADABLE, {**filters, "synthetic": f"{SYNTHETIC}/"})
    for row in rows:
        item = decode(row.topic, row.headers, row.payload)
        if isinstance(item, Unreadable):
            continue
        await consume(consumer, in_flight, [item])
        async with transaction(consumer.database) as session:
            place = {"topic": row.topic, "key": row.key, "version": row.version}
            await session.execute(_FORGET, place)
    return len(rows)


async def _still_holding(session: Session, streams: Sequence[Stream]) -> int:
    count = await session.scalar(
        "SELECT count(*) FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[]))"
        " AS k(topic, key) WHERE EXISTS (SELECT 1 FROM held"
        " WHERE held.topic = k.topic AND held.key = k.key)",
        columns("topics keys", streams),
    )
    return int(count)
