"""Stored requests of a person, emptied: bodies, heads, pieces, documents, tables they came in.

Invariant: the digests of key and body stay, so that a delivery that comes again is known as old.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.intake.domain.calls import CallFacts
from services.intake.domain.erasing import blanked_facts
from services.intake.domain.states import IgnoreReason, SubmissionState
from services.intake.repository.erasure.people import changed
from shared.database import Row, Session
from shared.statements import columns

_IDS: Final = "submission_id = ANY(CAST(:ids AS uuid[]))"
# What could still be read again is ignored from now on.
_SUBMISSION: Final = f"""
UPDATE submission SET body = '', headers = '', query = '', rest = '', body_bytes = NULL,
    external_id = NULL, repaired_body = NULL, repaired_content_type = NULL, overrides = NULL,
    erased_at = :now,
    reason = CASE WHEN state IN ('pending', 'quarantined') THEN '{IgnoreReason.ERASED}'
        ELSE reason END,
    settled_at = coalesce(settled_at, :now),
    state = CASE WHEN state IN ('pending', 'quarantined') THEN '{SubmissionState.IGNORED}'
        ELSE state END
WHERE {_IDS} AND erased_at IS NULL"""
_OTHERS: Final[Mapping[str, str]] = {
    "submission_piece": f"DELETE FROM submission_piece WHERE {_IDS}",
    "follow_up": f"""
UPDATE follow_up SET answer = NULL, status = 'failed', error = 'erased'
WHERE {_IDS} AND error IS DISTINCT FROM 'erased'""",
    "suspicion": f"""
UPDATE suspicion SET kinds = '{{}}', named = '{{}}' WHERE {_IDS} AND named <> '{{}}'""",
    # The same words are a new inquiry from now on.
    "recent_words": f"DELETE FROM recent_words WHERE {_IDS}",
    "blocked_point": f"DELETE FROM blocked_point WHERE {_IDS}",
    "import_row": f"""
UPDATE import_row SET cells = NULL WHERE {_IDS} AND cells IS NOT NULL""",
    "renormalisation_difference": """
UPDATE renormalisation_difference AS d SET before = NULL, after = NULL,
    path = split_part(path, '.', 1)
FROM renormalisation AS r
WHERE d.renormalisation_id = r.renormalisation_id AND d.submission_id = ANY(CAST(:ids AS uuid[]))
    AND (before IS NOT NULL OR after IS NOT NULL OR path LIKE '%.%')""",
}
_CALLS: Final = """
SELECT source_id, call_id_digest AS digest, submission_id, facts FROM call
WHERE ({condition}) AND NOT is_erased
ORDER BY source_id, call_id_digest LIMIT :limit FOR UPDATE
"""
_OF_INQUIRIES: Final = _CALLS.format(condition="inquiry_id = ANY(CAST(:ids AS uuid[]))")
_OBSERVED: Final = _CALLS.format(
    condition="""observation_id IN (
    SELECT CAST(payload ->> 'observation_id' AS uuid) FROM journal
    WHERE topic = 'inquiries' AND key = ANY(CAST(:keys AS text[]))
        AND type = 'call.observed.v1')"""
)
_BLANK_CALLS: Final = """
UPDATE call AS c SET facts = CAST(n.facts AS json), caller = NULL, line = NULL, is_erased = true
FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[]), CAST(:facts AS text[]))
    AS n(source_id, digest, facts)
WHERE c.source_id = n.source_id AND c.call_id_digest = n.digest
"""


async def blank_submissions(
    session: Session, ids: Collection[UUID], *, now: datetime
) -> dict[str, int]:
    """Empty these submissions; the rows changed, by table. Those of a delivery that several people
    share are emptied whole: no format can be cut safely, and the others' inquiries stand.
    """
    if not ids:
        return {}
    params = {"ids": list(ids), "now": now}
    rows = {"submission": await changed(session, _SUBMISSION, params)}
    for table, statement in _OTHERS.items():
        rows[table] = await changed(session, statement, params)
    return rows


async def blank_calls_of(
    session: Session, inquiry_ids: Collection[UUID], *, limit: int
) -> Sequence[Row]:
    """Blank the calls that became these inquiries; their rows as they were."""
    return await _blank_calls(session, _OF_INQUIRIES, {"ids": list(inquiry_ids), "limit": limit})


async def blank_observed(
    session: Session, contact_ids: Collection[UUID], *, limit: int
) -> Sequence[Row]:
    """Blank calls that were only observed with these contacts, at most `limit`."""
    keys = [str(item) for item in contact_ids]
    return await _blank_calls(session, _OBSERVED, {"keys": keys, "limit": limit})


async def _blank_calls(
    session: Session, statement: str, params: Mapping[str, Any]
) -> Sequence[Row]:
    rows = await session.execute(statement, params)
    changes = [
        (row.source_id, row.digest, blanked_facts(CallFacts.of(row.facts)).as_text())
        for row in rows
    ]
    if changes:
        await session.execute(_BLANK_CALLS, columns("sources digests facts", changes))
    return rows
