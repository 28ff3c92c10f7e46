"""Copies of a person's words that no inquiry of theirs names: set aside, told of orders and calls,
or in the tables of imports. They are found by the person's phones and addresses.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.intake.repository.erasure.people import changed
from shared.database import Row, Session

_MATCHES: Final = "encode({bytes}, 'escape') ~* :pattern"
# A slice of all that was received; of it what names an inquiry of theirs, or names none and has
# a point of theirs in it.
_SEARCH: Final = f"""
WITH slice AS MATERIALIZED (
    SELECT submission_id, inquiry_ids, body, headers, query, rest, repaired_body, overrides,
        erased_at
    FROM submission
    WHERE submission_id > :after AND submission_id < :before ORDER BY submission_id LIMIT :limit)
SELECT (SELECT max(CAST(submission_id AS text)) FROM slice) AS last,
    (SELECT count(*) FROM slice) AS number,
    ARRAY(SELECT submission_id FROM slice AS s WHERE erased_at IS NULL AND (EXISTS (
        SELECT FROM inquiry AS i WHERE i.inquiry_id = ANY(s.inquiry_ids)
            AND i.contact_id = ANY(CAST(:ids AS uuid[])))
        OR (CAST(:pattern AS text) IS NOT NULL AND s.inquiry_ids = '{{}}' AND (
            {_MATCHES.format(bytes="s.body")} OR {_MATCHES.format(bytes="s.headers")}
            OR s.query ~* :pattern OR s.rest ~* :pattern OR CAST(s.overrides AS text) ~* :pattern
            OR {_MATCHES.format(bytes="s.repaired_body")}
            OR EXISTS (SELECT FROM follow_up AS f WHERE f.submission_id = s.submission_id
                AND {_MATCHES.format(bytes="f.answer")})
            OR EXISTS (SELECT FROM submission_piece AS p WHERE p.submission_id = s.submission_id
                AND {_MATCHES.format(bytes="p.bytes")}))))) AS ids
"""
# Tables with a row that was erased, and trials that nobody can tell by a row: a workbook is
# compressed, so none can be searched.
_ERASED_ROW: Final = """EXISTS (
    SELECT FROM import_row AS r JOIN submission AS s ON s.submission_id = r.submission_id
    WHERE r.import_id = j.import_id AND s.erased_at IS NOT NULL)"""
_OF_THEM: Final = f"""
FROM import_job AS j WHERE f.import_id = j.import_id AND f.content <> '' AND j.ended_at IS NOT NULL
    AND ({_ERASED_ROW} OR (CAST(:pattern AS text) IS NOT NULL AND (
        encode(f.content, 'escape') ~* :pattern OR (j.dry_run
            AND substr(f.content, 1, 4) IN ('\\x504b0304', '\\xd0cf11e0')))))"""
_FILES: Final = f"UPDATE import_file AS f SET content = '' {_OF_THEM}"
_PREVIEWS: Final = """
UPDATE import_job SET preview = NULL
WHERE preview IS NOT NULL AND CAST(preview AS text) ~* CAST(:pattern AS text)"""
_CELLS: Final = """
UPDATE import_row SET cells = NULL
WHERE cells IS NOT NULL AND CAST(cells AS text) ~* CAST(:pattern AS text)"""
_RUNNING: Final = f"""
SELECT EXISTS (SELECT FROM import_job AS j WHERE j.ended_at IS NULL AND {_ERASED_ROW})
"""


async def search_submissions(
    session: Session,
    contact_ids: Sequence[UUID],
    pattern: str | None,
    *,
    after: UUID,
    before: UUID,
    limit: int,
) -> Row:
    """Look through the next submissions: `ids` are theirs, `last` is where it goes on, `number`
    how many were looked at.
    """
    params = {"ids": list(contact_ids), "pattern": pattern, "after": after, "before": before}
    return (await session.execute(_SEARCH, {**params, "limit": limit})).one()


async def is_imported_now(session: Session) -> bool:
    """Whether a table with an erased row is still being imported, and so still needed."""
    return bool(await session.scalar(_RUNNING))


async def blank_tables(session: Session, pattern: str | None) -> dict[str, int]:
    """Empty the files of imports that have ended, and what is shown of them; the rows changed."""
    params = {"pattern": pattern}
    return {
        "import_file": await changed(session, _FILES, params),
        "import_job": await changed(session, _PREVIEWS, params),
        "import_row": await changed(session, _CELLS, params),
    }
