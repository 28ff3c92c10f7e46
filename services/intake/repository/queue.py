"""The queue of submissions: which are read next, and which move back in it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.intake.domain.requests import Submission
from services.intake.repository.submissions import PARTS, PENDING, submission_of
from shared.database import Session

AT_ONCE: Final = 0
APART: Final = 1  # in the process apart
LAST: Final = 2  # there, too, when nothing else waits: it was slow, or ended the process
WAITING: Final = 3  # for a document that its provider keeps; nobody reads it until then

# A large submission is read apart, so its body is not fetched here.
_PENDING = f"""
SELECT {PARTS}, CASE WHEN coalesce(octet_length(repaired_body), body_bytes, octet_length(body))
    + octet_length(headers) + octet_length(query) + octet_length(rest) <= :largest
    THEN coalesce(repaired_body, body) END AS body
FROM submission WHERE {PENDING} AND lane = 0 AND submission_id > :after
ORDER BY submission_id LIMIT :limit
"""
# The sources take turns, so that a flood from one keeps no other waiting.
_APART = f"""
SELECT next.submission_id, next.source_id
FROM source AS s CROSS JOIN LATERAL (
    SELECT p.submission_id, p.source_id, row_number() OVER (ORDER BY p.submission_id) AS turn
    FROM submission AS p
    WHERE p.{PENDING} AND p.lane > 0 AND p.lane = :lane AND p.source_id = s.source_id
    ORDER BY p.submission_id LIMIT :limit
) AS next
ORDER BY next.turn, next.source_id <= :after, next.source_id LIMIT :limit
"""
_MOVE = f"""
UPDATE submission SET lane = :lane
WHERE submission_id = ANY(CAST(:ids AS uuid[])) AND {PENDING} AND lane < :lane
"""


async def list_pending(
    session: Session, *, after: UUID, limit: int, largest: int
) -> list[tuple[UUID, Submission | None]]:
    """The oldest of lane 0 beyond `after`; None stands for what has more bytes than `largest`."""
    rows = await session.execute(_PENDING, {"after": after, "limit": limit, "largest": largest})
    return [(row.submission_id, None if row.body is None else submission_of(row)) for row in rows]


async def list_apart(
    session: Session, *, lane: int, after: UUID, limit: int
) -> list[tuple[UUID, UUID]]:
    """(submission, source) of a lane, source by source in turn, those beyond `after` first."""
    rows = await session.execute(_APART, {"lane": lane, "after": after, "limit": limit})
    return [(row.submission_id, row.source_id) for row in rows]


async def move_submissions(session: Session, ids: Sequence[UUID], *, lane: int) -> None:
    """Move what is pending further back in the queue, never forward."""
    await session.execute(_MOVE, {"ids": list(ids), "lane": lane})
