"""How far streams have got: as their producer has them, and as a consumer knows of them.

Equal digests of a range of keys spare the comparison of its streams one by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from shared.database import Database, Session, reading

PAGE = 5_000
RANGE = 50_000  # streams under one digest

# Held events count as consumed here, though they have not taken effect.
_CONSUMED = """
SELECT s.key, CASE WHEN s.holding THEN greatest(s.version, (
    SELECT max(held.version) FROM held WHERE held.topic = s.topic AND held.key = s.key
)) ELSE s.version END AS version
FROM seen AS s WHERE s.topic = :topic AND s.key > :after
"""
_CONSUMED_RANGE = f"""
SELECT count(*) AS streams, bit_xor(hashtextextended(key, version)) AS digest, max(key) AS last
FROM ({_CONSUMED} ORDER BY s.key LIMIT :limit) AS k
"""
_PRODUCED_RANGE = """
SELECT count(*) AS streams, bit_xor(hashtextextended(key, version)) AS digest
FROM stream WHERE topic = :topic AND key > :after AND key <= :last
"""
_PAGE = f"{_CONSUMED} AND s.key <= :until ORDER BY s.key LIMIT :limit"


class Digest(NamedTuple):
    """How many streams, and one number over their keys and versions."""

    streams: int
    digest: int


@dataclass(frozen=True, slots=True)
class RangeDigest:
    """Of the streams of a topic up to the key `last`; `more`: further ones may follow."""

    digest: Digest
    last: str
    more: bool


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

    async def digest(self, topic: str, *, after: str) -> RangeDigest:
        """Of the next streams whose keys follow `after`."""
        ...

    async def heights(self, topic: str, *, after: str, until: str) -> HeightsPage:
        """The streams whose keys follow `after` up to `until`, as many as fit on one page."""
        ...


@dataclass(frozen=True, slots=True)
class OwnConsumed:
    """What the service of this database knows: `range` streams under a digest, `page` on a page."""

    database: Database
    range: int = RANGE
    page: int = PAGE

    async def digest(self, topic: str, *, after: str) -> RangeDigest:
        place = {"topic": topic, "after": after, "limit": self.range}
        async with reading(self.database) as session:
            row = (await session.execute(_CONSUMED_RANGE, place)).one()
        digest = Digest(row.streams, row.digest or 0)
        return RangeDigest(digest, row.last or "", more=row.streams == self.range)

    async def heights(self, topic: str, *, after: str, until: str) -> HeightsPage:
        place = {"topic": topic, "after": after, "until": until, "limit": self.page}
        async with reading(self.database) as session:
            rows = await session.execute(_PAGE, place)
        return HeightsPage({row.key: row.version for row in rows}, more=len(rows) == self.page)


async def produced_digest(session: Session, topic: str, *, after: str, last: str) -> Digest:
    """Of our own streams, in the range of keys of a consumer's answer."""
    place = {"topic": topic, "after": after, "last": last}
    row = (await session.execute(_PRODUCED_RANGE, place)).one()
    return Digest(row.streams, row.digest or 0)
