"""Locks of a batch before anything is decided: its submissions, the provider's records that they
are the first to report, and the points that they name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
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
    INSERT INTO external_record AS r (source_id, external_id_digest, submission_id, inquiry_id)
    SELECT * FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[]),
        CAST(:reporters AS uuid[]), CAST(:reported AS uuid[]))
        AS n(source_id, external_id_digest, submission_id, inquiry_id)
    WHERE {_ALL_OURS}
    ORDER BY source_id, external_id_digest
    ON CONFLICT (source_id, external_id_digest) DO UPDATE SET inquiry_id = excluded.inquiry_id
        WHERE r.submission_id = excluded.submission_id
    RETURNING source_id, external_id_digest
), point AS ({LOCK_POINTS.format(condition=f"{_ALL_OURS} AND {_ALL_NEW}")}
)
SELECT 'ours' AS part, submission_id AS id, CAST(NULL AS bytea) AS digest,
    CAST(NULL AS text) AS kind, CAST(NULL AS text) AS value, CAST(NULL AS uuid) AS contact_id,
    CAST(NULL AS text[]) AS people, CAST(NULL AS boolean) AS shared
FROM ours
UNION ALL SELECT 'first', source_id, external_id_digest, NULL, NULL, NULL, NULL, NULL FROM first
UNION ALL SELECT 'point', NULL, NULL, kind, value, contact_id, people, shared FROM point
"""
# What became no inquiry of its own has the inquiries that its submission was set aside for.
_EARLIER = """
SELECT r.source_id, r.external_id_digest,
    CASE WHEN i.inquiry_id IS NOT NULL THEN ARRAY[i.inquiry_id]
        ELSE coalesce(s.inquiry_ids, '{}') END AS inquiry_ids
FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[]), CAST(:reporters AS uuid[]))
    AS n(source_id, external_id_digest, submission_id)
JOIN external_record AS r USING (source_id, external_id_digest)
LEFT JOIN inquiry AS i ON i.inquiry_id = r.inquiry_id
LEFT JOIN submission AS s ON s.submission_id = r.submission_id AND s.state = 'ignored'
WHERE r.submission_id <> n.submission_id
"""

RecordKey = tuple[UUID, bytes]  # source, digest of the provider's id of the record


class ExternalRecord(NamedTuple):
    """A record of the provider, the submission that reports it, and the inquiry that it becomes:
    None for an observed call.
    """

    source_id: UUID
    digest: bytes
    submission_id: UUID
    inquiry_id: UUID | None

    @property
    def key(self) -> RecordKey:
        return self.source_id, self.digest


@dataclass(frozen=True, slots=True)
class LockedBatch:
    """The rows that are ours until the commit; `first` are the records that nobody else reported
    before, `points` all of the batch or none.
    """

    ours: frozenset[UUID]
    first: frozenset[RecordKey]
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
        "reported": [record.inquiry_id for record in records],
        "kinds": [point.kind for point in points],
        "values": [point.value for point in points],
    }
    rows_by_part: dict[str, list[Row]] = {"ours": [], "first": [], "point": []}
    for row in await session.execute(_LOCK_BATCH, params):
        rows_by_part[row.part].append(row)
    return LockedBatch(
        ours=frozenset(row.id for row in rows_by_part["ours"]),
        first=frozenset((row.id, row.digest) for row in rows_by_part["first"]),
        points=dict(map(locked_point, rows_by_part["point"])),
    )


async def find_earlier_inquiries(
    session: Session, records: Sequence[ExternalRecord]
) -> Mapping[RecordKey, tuple[UUID, ...]]:
    """Records that another submission reported before → the inquiry that they became, if any."""
    rows = await session.execute(_EARLIER, _record_params(records))
    return {(row.source_id, bytes(row.external_id_digest)): tuple(row.inquiry_ids) for row in rows}


def _record_params(records: Sequence[ExternalRecord]) -> dict[str, object]:
    return {
        "sources": [record.source_id for record in records],
        "digests": [record.digest for record in records],
        "reporters": [record.submission_id for record in records],
    }
