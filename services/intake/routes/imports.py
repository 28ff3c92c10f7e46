"""Imports of tables: opened, given their file, watched, tried and run, and the rows at fault."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from services.intake.domain.imports import harmless
from services.intake.repository import imports as rows
from services.intake.routes.sources import source_names
from services.intake.schemas.imports import ImportIn, ImportOut, RunIn, import_out
from services.intake.use_cases import imports
from services.intake.use_cases.sources import require_source
from shared.database import Database, reading, transaction
from shared.web.access import Allow
from shared.web.bodies import body_within
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.read_audit import Audit, Reads
from shared.web.tokens import Caller

MAX_FILE_BYTES = 20 * 1_048_576
_FAULTS_AT_ONCE = 1000
_MAY_IMPORT = Allow("supervisor")
router = APIRouter(tags=["imports"], dependencies=[Depends(_MAY_IMPORT)])
# The preview of a dry run shows rows of the table.
_AUDITED = Depends(Reads("import", "import_id"))
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("text/csv", "application/octet-stream")
        },
    }
}


@router.post("/v1/imports", status_code=201)
async def open_import(
    body: ImportIn,
    database: DatabaseOf,
    now: Now,
    caller: Annotated[Caller, Depends(_MAY_IMPORT)],
) -> ImportOut:
    """Begin an import; its file comes next, by `PUT /v1/imports/{import_id}/file`."""
    async with transaction(database) as session:
        source = await require_source(session, source_names(body.source))
        import_id = await imports.open_import(
            session,
            source,
            body.wish(),
            name=body.name,
            dry_run=body.dry_run,
            by=caller.actor,
            now=now,
        )
        row = await rows.get_import(session, import_id)
    return import_out(row)


@router.put("/v1/imports/{import_id}/file", status_code=202, openapi_extra=_FILE)
async def give_file(
    import_id: UUID, request: Request, database: DatabaseOf, *, again: bool = False
) -> ImportOut:
    """The table itself: CSV, XLSX, XLS or ODS. It is queued; the same file is taken once, unless
    `again`.
    """
    content = await body_within(request, MAX_FILE_BYTES)
    async with transaction(database) as session:
        await imports.give_file(session, import_id, content, again=again)
        row = await rows.get_import(session, import_id)
    return import_out(row)


@router.get("/v1/imports", dependencies=[Depends(Reads("imports"))])
async def list_imports(
    database: DatabaseOf,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[ImportOut]:
    """All imports, the newest first."""
    after = uuid_cursor(cursor)
    async with reading(database) as session:
        jobs = await rows.list_imports(session, after=after, limit=limit)
    return page([import_out(job) for job in jobs], limit=limit, key=lambda job: job.import_id)


@router.get("/v1/imports/{import_id}", dependencies=[_AUDITED])
async def read_import(import_id: UUID, database: DatabaseOf) -> ImportOut:
    """One import and how far it is."""
    async with reading(database) as session:
        row = await rows.get_import(session, import_id)
    return import_out(row)


@router.post("/v1/imports/{import_id}/run", status_code=202, dependencies=[_AUDITED])
async def run_import(import_id: UUID, body: RunIn, database: DatabaseOf) -> ImportOut:
    """Run an ended dry run in earnest, or dry once more and read in another way."""
    wish = None if body.table is None else body.table.wish()
    async with transaction(database) as session:
        await imports.run_again(
            session, import_id, wish=wish, dry_run=body.dry_run, again=body.again
        )
        row = await rows.get_import(session, import_id)
    return import_out(row)


@router.post("/v1/imports/{import_id}/cancel", dependencies=[_AUDITED])
async def cancel_import(import_id: UUID, database: DatabaseOf, now: Now) -> ImportOut:
    """End an import where it stands; the rows that are imported stay."""
    async with transaction(database) as session:
        await imports.cancel_import(session, import_id, now=now)
        row = await rows.get_import(session, import_id)
    return import_out(row)


@router.get("/v1/imports/{import_id}/faults.csv", response_class=StreamingResponse)
async def read_faults(import_id: UUID, database: DatabaseOf, audit: Audit) -> StreamingResponse:
    """The rows that gave no inquiry, with the reason; cells are safe to open in a spreadsheet."""
    async with reading(database) as session:
        await rows.get_import(session, import_id)
    await audit.record_first("import_faults", [import_id])
    return StreamingResponse(
        _faults(database, import_id),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="faults.csv"'},
    )


async def _faults(database: Database, import_id: UUID) -> AsyncIterator[str]:
    columns: list[str] | None = None
    after = 0
    while True:
        async with reading(database) as session:
            faults = await rows.list_faults(session, import_id, after=after, limit=_FAULTS_AT_ONCE)
        if columns is None:
            columns = list(
                dict.fromkeys(name for fault in faults for name in imports.cells_of(fault))
            )
            # The mark tells spreadsheets that it is UTF-8.
            yield "\ufeff" + _line(["row", "fault", *columns])
        for fault in faults:
            cells = imports.cells_of(fault)
            yield _line([fault["row"], fault["fault"], *(cells.get(name, "") for name in columns)])
        if len(faults) < _FAULTS_AT_ONCE:
            return
        after = faults[-1]["row"]


def _line(cells: list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue()
