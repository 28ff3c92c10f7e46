"""Locks of a batch before anything is decided: its submissions, the provider's records that they
are the first to report, and the points that they name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.intake.domain.keys import ContactPoint
from services.intake.repository.points import LOCK_POINTS, LockedPoints, locked_point
from services.intake.repository.submissions import LOCK
from shared.database import Row, Session

# Records are registered only if all the submissions are ours, and points are locked only if all
# the records are new: submissions that others settle, and repeated reports, must leave no rows.
_ALL_OURS: Final = "(SELECT count(*) FROM ours) = cardinality(CAST(:ids AS uuid[]))"
_ALL_NEW: Final = "(SELECT count(*) FROM first) = cardinality(CAST(:reporters AS uuid[]))"
_LOCK_BATCH = f"""
WITH ours AS MATERIALIZED ({LOCK}
), first AS (
    INSERT INTO external_record (source_id, external_id_digest, submission_id)
    SELECT * FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[]),
        CAST(:reporters AS uuid[])) AS n(source_id, external_id_digest, submission_id)
    WHERE {_ALL_OURS}
    ORDER BY source_id, external_id_digest
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
SELECT n.submission_id AS later, r.submission_id AS first, coalesce(s.inquiry_ids, ARRAY(
    SELECT inquiry_id FROM inquiry AS i WHERE i.submission_id = r.submission_id
    ORDER BY inquiry_id)) AS inquiry_ids
FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[]), CAST(:reporters AS uuid[]))
    AS n(source_id, external_id_digest, submission_id)
JOIN external_record AS r USING (source_id, external_id_digest)
LEFT JOIN submission AS s ON s.submission_id = r.submission_id
"""

# Source, digest of the provider's id of the record, and the submission that reports it.
ExternalRecord = tuple[UUID, bytes, UUID]


@dataclass(frozen=True, slots=True)
class LockedBatch:
    """The rows that are ours until the commit; `points` are all of the batch, or none."""

    ours: frozenset[UUID]
    first: frozenset[UUID]
    points: LockedPoints


async def lock_batch(
    session: Session,
    ids: Sequence[UUID],
    records: Sequence[ExternalRecord],
    points: Sequence[ContactPoint],
) -> LockedBatch:
    """Lock those submissions that are still pending and not locked by others.

    If these are all, register their records; if all of those are new, create and lock the points.
    """
    params = {
        "ids": list(ids),
        **_record_params(records),
        "kinds": [point.kind for point in points],
        "values": [point.value for point in points],
    }
    rows_by_part: dict[str, list[Row]] = {"ours": [], "first": [], "point": []}
    for row in await session.execute(_LOCK_BATCH, params):
        rows_by_part[row.part].append(row)
    return LockedBatch(
        ours=frozenset(row.submission_id for row in rows_by_part["ours"]),
        first=frozenset(row.submission_id for row in rows_by_part["first"]),
        points=dict(map(locked_point, rows_by_part["point"])),
    )


async def find_earlier_inquiries(
    session: Session, records: Sequence[ExternalRecord]
) -> Mapping[UUID, tuple[UUID, ...]]:
    """Submissions whose record was reported before → the inquiries of its first report.

    A submission that registered the record itself, at an earlier attempt, is not among them.
    """
    rows = await session.execute(_EARLIER, _record_params(records))
    return {row.later: tuple(row.inquiry_ids) for row in rows if row.later != row.first}


def _record_params(records: Sequence[ExternalRecord]) -> dict[str, object]:
    return {
        "sources": [source_id for source_id, _, _ in records],
        "digests": [digest for _, digest, _ in records],
        "reporters": [submission_id for _, _, submission_id in records],
    }
