"""What a batch takes hold of before anything is decided: its submissions, the things they are the
first to tell of, and the points they name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.intake.domain.keys import ContactPoint
from services.intake.repository.points import LOCK_POINTS, LockedPoints, held_point
from services.intake.repository.submissions import LOCK
from shared.database import Row, Session

# Things are claimed only if all the submissions are ours, points touched only if all the things
# are new: what somebody else settles, and what was told before, shall leave nothing behind.
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

# Source, digest of the provider's id, and the submission that tells of it.
Thing = tuple[UUID, bytes, UUID]


@dataclass(frozen=True, slots=True)
class Claim:
    """What is ours until the commit. `points` are all that were asked for, or none."""

    ours: frozenset[UUID]
    first: frozenset[UUID]
    points: LockedPoints


async def take_up(
    session: Session,
    ids: Sequence[UUID],
    things: Sequence[Thing],
    points: Sequence[ContactPoint],
) -> Claim:
    """Lock submissions that are still pending and in nobody else's hands. If that is all of them,
    register the things they tell of; if those are all new, create and lock the points, sorted.
    """
    asked = {
        "ids": list(ids),
        **_asked(things),
        "kinds": [point.kind for point in points],
        "values": [point.value for point in points],
    }
    rows_by_part: dict[str, list[Row]] = {"ours": [], "first": [], "point": []}
    for row in await session.execute(_TAKE_UP, asked):
        rows_by_part[row.part].append(row)
    return Claim(
        ours=frozenset(row.submission_id for row in rows_by_part["ours"]),
        first=frozenset(row.submission_id for row in rows_by_part["first"]),
        points=dict(map(held_point, rows_by_part["point"])),
    )


async def told_before(session: Session, things: Sequence[Thing]) -> Mapping[UUID, tuple[UUID, ...]]:
    """Those who came too late, each with the inquiries made of what the first one told.

    A submission that registered the thing itself, at an earlier attempt, is not late.
    """
    rows = await session.execute(_EARLIER, _asked(things))
    return {row.later: tuple(row.inquiry_ids) for row in rows if row.later != row.first}


def _asked(things: Sequence[Thing]) -> dict[str, object]:
    return {
        "sources": [source_id for source_id, _, _ in things],
        "digests": [digest for _, digest, _ in things],
        "tellers": [submission_id for _, _, submission_id in things],
    }
