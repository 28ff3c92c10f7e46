"""How far streams have got: as their producer has them, and as a consumer knows of them.

Equal digests spare the comparison of all streams one by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from shared.database import Session

PAGE = 5_000

# What a consumer holds it has heard of too, though it has not taken effect.
_CONSUMED = """
SELECT s.key, CASE WHEN s.holding THEN greatest(s.version, (
    SELECT max(held.version) FROM held WHERE held.topic = s.topic AND held.key = s.key
)) ELSE s.version END AS version
FROM seen AS s WHERE s.topic = :topic
"""
_PRODUCED = "SELECT key, version FROM stream WHERE topic = :topic"
_DIGEST = (
    "SELECT count(*) AS streams, bit_xor(hashtextextended(key, version)) AS digest FROM ({}) AS k"
)
_PAGE = f"{_CONSUMED} AND s.key > :after ORDER BY s.key LIMIT :limit"


class Digest(NamedTuple):
    """Of all streams of a topic: how many, and one number over their keys and versions."""

    streams: int
    digest: int


@dataclass(frozen=True, slots=True)
class HeightsPage:
    """The highest version known of each stream, by key, in the order of keys."""

    heights: Mapping[str, int]
    more: bool

    @property
    def last(self) -> str:
        return list(self.heights)[-1] if self.heights else ""


class Consumed(Protocol):
    """What one consumer knows of a topic, wherever it lies. Raises UnavailableError."""

    async def digest(self, topic: str) -> Digest: ...

    async def heights(self, topic: str, *, after: str) -> HeightsPage:
        """The streams whose keys follow `after`, as many as fit on one page."""
        ...


async def consumed_digest(session: Session, topic: str) -> Digest:
    return await _digest(session, _CONSUMED, topic)


async def produced_digest(session: Session, topic: str) -> Digest:
    return await _digest(session, _PRODUCED, topic)


async def _digest(session: Session, streams: str, topic: str) -> Digest:
    row = (await session.execute(_DIGEST.format(streams), {"topic": topic})).one()
    return Digest(row.streams, row.digest or 0)


async def consumed_heights(
    session: Session, topic: str, *, after: str, limit: int = PAGE
) -> HeightsPage:
    rows = await session.execute(_PAGE, {"topic": topic, "after": after, "limit": limit})
    return HeightsPage({row.key: row.version for row in rows}, more=len(rows) == limit)
