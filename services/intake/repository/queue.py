"""The queue of submissions: who is read next, and who goes further back in it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from shared.database import Session

AT_ONCE: Final = 0
APART: Final = 1  # in the process apart
LAST: Final = 2  # there, too, when nothing else waits: it was slow, or ended the process

_PENDING = """
SELECT submission_id, size FROM (
    SELECT submission_id, size, sum(size) OVER (ORDER BY submission_id) AS bytes,
        row_number() OVER (ORDER BY submission_id) AS place
    FROM (SELECT submission_id,
            octet_length(coalesce(repaired_body, body)) + octet_length(headers)
                + octet_length(query) + octet_length(rest) AS size
        FROM submission WHERE state = 'pending' AND lane = 0
        AND submission_id > :after ORDER BY submission_id LIMIT :limit) AS next
) AS counted
WHERE bytes <= :max_bytes OR place = 1
ORDER BY submission_id
"""
# The sources take turns: what one of them floods us with keeps no other waiting.
_APART = """
SELECT next.submission_id, next.source_id
FROM source AS s CROSS JOIN LATERAL (
    SELECT p.submission_id, p.source_id, row_number() OVER (ORDER BY p.submission_id) AS turn
    FROM submission AS p
    WHERE p.state = 'pending' AND p.lane > 0 AND p.lane = :lane AND p.source_id = s.source_id
    ORDER BY p.submission_id LIMIT :limit
) AS next
ORDER BY next.turn, next.source_id <= :after, next.source_id LIMIT :limit
"""
_MOVE = """
UPDATE submission SET lane = :lane
WHERE submission_id = ANY(CAST(:ids AS uuid[])) AND state = 'pending' AND lane < :lane
"""


async def next_pending(
    session: Session, *, after: UUID, limit: int, max_bytes: int
) -> list[tuple[UUID, int]]:
    """The oldest of lane 0 beyond `after` and the bytes of each, at least one however large."""
    rows = await session.execute(_PENDING, {"after": after, "limit": limit, "max_bytes": max_bytes})
    return [(row.submission_id, row.size) for row in rows]


async def next_apart(
    session: Session, *, lane: int, after: UUID, limit: int
) -> list[tuple[UUID, UUID]]:
    """(submission, source) of a lane, source by source in turn, those beyond `after` first."""
    rows = await session.execute(_APART, {"lane": lane, "after": after, "limit": limit})
    return [(row.submission_id, row.source_id) for row in rows]


async def move(session: Session, ids: Sequence[UUID], *, lane: int) -> None:
    """Move what is pending further back in the queue, never forward."""
    await session.execute(_MOVE, {"ids": list(ids), "lane": lane})
