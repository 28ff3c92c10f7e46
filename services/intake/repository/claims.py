"""Locks of a batch before anything is decided: its submissions, the provider's things that they
are the first to report, and the points that they name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.intake.domain.keys import ContactPoint
from services.intake.repository.points import LOCK_POINTS, LockedPoints, held_point
from services.intake.repository.submissions import LOCK
from shared.database import Row, Session

# Things are registered only if all the submissions are ours, and points are locked only if all the
# things are new: submissions that others settle, and repeated reports, must leave no rows behind.
_ALL_OURS: Final = "(SELECT count(*) FROM ours) = cardinality(CAST(:ids AS uuid[]))"
_ALL_NEW: Final = "(SELECT count(*) FROM first) = cardinality(CAST(:tellers AS uuid[]))"
_TAKE_UP = f"""
WITH ours AS MATERIALIZED ({LOCK}
), first AS (
    INSERT INTO external_thing (source_id, external_digest, submission_id)
    SELECT * FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[]),
        CAST(:tellers AS uuid[])) AS n(source_id, external_digest, submission_id)
    WHERE {_ALL_OURS}
    ORDER BY source_id, external_digest
    ON CONFLICT DO NOTHING RETURNING submission_id
), point AS ({LOCK_POINTS.format(condition=f"{_ALL_OURS} AND {_ALL_NEW}")}
)
SELECT 'ours' AS part, submission_id, CAST(NULL AS text) AS kind, CAST(NULL AS text) AS value,
    CAST(NULL AS uuid) AS contact_id, CAST(NULL AS text[]) AS people,
    CAST(NULL AS boolean) AS shared
FROM ours
UNION ALL SELECT 'first', submission_id, NULL, NULL, NULL, NULL, NULL FROM first
UNION ALL SELECT 'point', NULL, kind, value, contact_id, people, shared FROM point
"""
_EARLIER = """
SELECT asked.submission_id AS later, t.submission_id AS first, s.inquiry_ids
FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[]), CAST(:tellers AS uuid[]))
    AS asked(source_id, external_digest, submission_id)
JOIN external_thing AS t USING (source_id, external_digest)
JOIN submission AS s ON s.submission_id = t.submission_id
"""

# Source, digest of the provider's id, and the submission that reports it.
Thing = tuple[UUID, bytes, UUID]


@dataclass(frozen=True, slots=True)
class Claim:
    """The rows that are ours until the commit; `points` are all of the batch, or none."""

    ours: frozenset[UUID]
    first: frozenset[UUID]
    points: LockedPoints


async def take_up(
    session: Session,
    ids: Sequence[UUID],
    things: Sequence[Thing],
    points: Sequence[ContactPoint],
) -> Claim:
    """Lock those submissions that are still pending and not locked by others.

    If these are all, register their things; if all of those are new, create and lock the points.
    """
    params = {
        "ids": list(ids),
        **_thing_params(things),
        "kinds": [point.kind for point in points],
        "values": [point.value for point in points],
    }
    rows_by_part: dict[str, list[Row]] = {"ours": [], "first": [], "point": []}
    for row in await session.execute(_TAKE_UP, params):
        rows_by_part[row.part].append(row)
    return Claim(
        ours=frozenset(row.submission_id for row in rows_by_part["ours"]),
        first=frozenset(row.submission_id for row in rows_by_part["first"]),
        points=dict(map(held_point, rows_by_part["point"])),
    )


async def earlier_inquiries(
    session: Session, things: Sequence[Thing]
) -> Mapping[UUID, tuple[UUID, ...]]:
    """Submissions whose thing was reported before → the inquiries of its first report.

    A submission that registered the thing itself, at an earlier attempt, is not among them.
    """
    rows = await session.execute(_EARLIER, _thing_params(things))
    return {row.later: tuple(row.inquiry_ids) for row in rows if row.later != row.first}


def _thing_params(things: Sequence[Thing]) -> dict[str, object]:
    return {
        "sources": [source_id for source_id, _, _ in things],
        "digests": [digest for _, digest, _ in things],
        "tellers": [submission_id for _, _, submission_id in things],
    }
