"""Try held events again, on an operator's word, after what failed them has been repaired.

One law: a replay takes the same door; what fails again is held again, with the new reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.database import Session, reading, transaction
from shared.messaging import taking
from shared.messaging.decoding import SYNTHETIC, Arrived, decode
from shared.messaging.ladder import Hand
from shared.messaging.ordering import Stream
from shared.messaging.taking import Listener

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
_GARBLED = """
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
    listener: Listener,
    *,
    topic: str | None = None,
    key: str | None = None,
    reason: str | None = None,
    limit: int = MOST,
) -> Replayed:
    """Try what is held and matches. Raises UnavailableError."""
    asked = {"topic": topic, "key": key, "reason": reason, "limit": limit}
    async with transaction(listener.database) as session:
        rows = await session.execute(_RELEASE, asked)
    streams = sorted({(row.topic, row.key) for row in rows})
    tried = len(rows)
    if streams:
        await taking.drain(listener, Hand(listener.database, "replay"), streams)
    tried += await _decode_again(listener, asked)
    async with reading(listener.database) as session:
        still = await _still_holding(session, streams)
    return Replayed(tried=tried, still_holding=still)


async def _decode_again(listener: Listener, asked: Mapping[str, object]) -> int:
    """Newer code may read what had no readable envelope; what it cannot read stays."""
    async with transaction(listener.database) as session:
        rows = await session.execute(_GARBLED, {**asked, "synthetic": f"{SYNTHETIC}/"})
    for row in rows:
        found = decode(row.topic, row.headers, row.payload)
        if isinstance(found, Arrived):
            async with transaction(listener.database) as session:
                plan = await taking.take_in(listener, session, [found])
                await session.execute(
                    _FORGET, {"topic": row.topic, "key": row.key, "version": row.version}
                )
            taking.count(listener, plan)
    return len(rows)


async def _still_holding(session: Session, streams: Sequence[Stream]) -> int:
    found = await session.scalar(
        "SELECT count(DISTINCT (h.topic, h.key)) FROM held AS h"
        " JOIN unnest(CAST(:topics AS text[]), CAST(:keys AS text[])) AS k(topic, key)"
        " ON h.topic = k.topic AND h.key = k.key",
        {"topics": [topic for topic, _ in streams], "keys": [key for _, key in streams]},
    )
    return int(found)
