"""Imports as rows: jobs, their files, and what came of each row of a table."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, update

from services.intake.domain.imports import ImportState
from services.intake.domain.keys import body_digest, key_digest
from services.intake.tables import import_file, import_job
from shared.database import Row, Session
from shared.errors import NotFoundError

_NEXT: Final = """
SELECT import_id FROM import_job WHERE state IN ('queued', 'running')
ORDER BY state = 'queued', import_id LIMIT 1
"""
_ADD_ROWS: Final = """
WITH given AS (
    SELECT * FROM unnest(CAST(:rows AS integer[]), CAST(:ids AS uuid[]), CAST(:keys AS bytea[]),
        CAST(:digests AS bytea[]), CAST(:bodies AS bytea[]), CAST(:faults AS text[]),
        CAST(:cells AS text[])) AS n("row", submission_id, key_digest, body_digest, body, fault,
        cells)
), sent AS (
    INSERT INTO submission (submission_id, source_id, native, key_digest, body_digest, method,
        rest, query, headers, body, received_at)
    SELECT submission_id, :source_id, false, key_digest, body_digest, 'POST', '', '', :headers,
        body, :now FROM given WHERE submission_id IS NOT NULL
    ON CONFLICT DO NOTHING
)
INSERT INTO import_row (import_id, "row", submission_id, fault, cells)
SELECT :import_id, "row", submission_id, fault, CAST(cells AS json) FROM given
ON CONFLICT DO NOTHING
"""
# As many as are asked for at most: how long the queue is beyond them does not matter.
_PENDING: Final = """
SELECT count(*) AS number FROM (
    SELECT FROM submission WHERE state = 'pending' AND lane = 0 LIMIT :most) AS head
"""
_FAULTS: Final = """
SELECT r."row", coalesce(r.fault, s.reason) AS fault, r.cells, s.body
FROM import_row AS r LEFT JOIN submission AS s ON s.submission_id = r.submission_id
WHERE r.import_id = :import_id AND r."row" > :after
    AND (r.fault IS NOT NULL OR s.state = 'quarantined')
ORDER BY r."row" LIMIT :limit
"""
_FORGET_ROWS: Final = "DELETE FROM import_row WHERE import_id = :import_id"
_HEADERS: Final = b"content-type:application/json"


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """One row: the body of its submission, or why there is none and its cells."""

    row: int
    submission_id: UUID | None = None
    body: bytes = b""
    fault: str | None = None
    cells: dict[str, str] | None = None


async def add_import(session: Session, values: dict[str, Any]) -> None:
    await session.execute(insert(import_job).values(values))


async def get_import(session: Session, import_id: UUID, *, lock: bool = False) -> Row:
    """Raises NotFoundError."""
    query = select(import_job).where(import_job.c.import_id == import_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise NotFoundError("There is no such import.")
    return row


async def list_imports(session: Session, *, after: UUID | None, limit: int) -> list[Row]:
    """Newest id first, one more than `limit`."""
    query = select(import_job).order_by(import_job.c.import_id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(import_job.c.import_id < after)
    return await session.execute(query)


async def change_import(session: Session, import_id: UUID, values: dict[str, Any]) -> None:
    await session.execute(
        update(import_job).where(import_job.c.import_id == import_id).values(values)
    )


async def write_file(session: Session, import_id: UUID, content: bytes) -> None:
    await session.execute(
        "INSERT INTO import_file (import_id, content) VALUES (:import_id, :content)"
        " ON CONFLICT (import_id) DO UPDATE SET content = excluded.content",
        {"import_id": import_id, "content": content},
    )


async def get_file(session: Session, import_id: UUID) -> bytes:
    query = select(import_file.c.content).where(import_file.c.import_id == import_id)
    content: bytes = (await session.execute(query)).one()["content"]
    return content


async def find_same_file(session: Session, *, source_id: UUID, file_digest: bytes) -> UUID | None:
    """An import of the same file into the same source that has made inquiries, or is about to."""
    query = select(import_job.c.import_id).where(
        import_job.c.source_id == source_id,
        import_job.c.file_digest == file_digest,
        import_job.c.dry_run.is_(False),
        import_job.c.state.in_([ImportState.QUEUED, ImportState.RUNNING, ImportState.DONE]),
    )
    row = (await session.execute(query.limit(1))).first()
    return None if row is None else row["import_id"]


async def find_next_import(session: Session) -> UUID | None:
    """The one that runs, else the one that waits longest."""
    row = (await session.execute(_NEXT)).first()
    return None if row is None else row.import_id


async def count_pending(session: Session, *, most: int) -> int:
    """How many submissions wait to be read, counted up to `most`."""
    return int((await session.execute(_PENDING, {"most": most})).one().number)


async def add_rows(
    session: Session,
    import_id: UUID,
    source_id: UUID,
    rows: Sequence[ImportedRow],
    *,
    now: datetime,
) -> None:
    """Store rows as submissions, each once, however often this is tried."""
    params = {
        "import_id": import_id,
        "source_id": source_id,
        "headers": _HEADERS,
        "now": now,
        "rows": [row.row for row in rows],
        "ids": [row.submission_id for row in rows],
        "keys": [key_digest(f"import:{import_id}:{row.row}") for row in rows],
        "digests": [body_digest(row.body) for row in rows],
        "bodies": [row.body for row in rows],
        "faults": [row.fault for row in rows],
        "cells": [None if row.cells is None else json.dumps(row.cells) for row in rows],
    }
    await session.execute(_ADD_ROWS, params)


async def forget_rows(session: Session, import_id: UUID) -> None:
    await session.execute(_FORGET_ROWS, {"import_id": import_id})


async def list_faults(session: Session, import_id: UUID, *, after: int, limit: int) -> list[Row]:
    """Rows that gave no inquiry, by number: refused ones, and those set aside when read."""
    params = {"import_id": import_id, "after": after, "limit": limit}
    return list(await session.execute(_FAULTS, params))
