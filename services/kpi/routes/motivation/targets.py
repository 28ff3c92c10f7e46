"""What managers and the company shall reach: set line by line or as a table, corrected, listed."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.kpi.domain.exports.about import About
from services.kpi.domain.motivation.tables import TableWish, TargetTable, read_targets
from services.kpi.repository.motivation.targets import TargetFilter, list_targets
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.motivation.access import MAY_PAY, Cursor, Payer
from services.kpi.schemas.motivation.fields import Month, first_day
from services.kpi.schemas.motivation.targets import (
    Subject,
    TargetOut,
    TargetsIn,
    TargetSummaryOut,
    TargetTableOptions,
    TargetTableOut,
)
from services.kpi.use_cases.motivation import targets
from services.kpi.use_cases.motivation.targets import TargetSummary
from shared.database import reading, transaction
from shared.errors import InvalidError
from shared.sheets import SheetError, text_of_sheet
from shared.web.bodies import body_within
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, cursor_id, decode_cursor, page

MAX_TABLE_BYTES = 2 * 1_048_576
router = APIRouter(tags=["motivation"], dependencies=[Depends(MAY_PAY)])
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.put("/v1/motivation/targets")
async def put_targets(
    body: TargetsIn, database: DatabaseOf, now: Now, caller: Payer
) -> TargetSummaryOut:
    """Set or correct targets of months that are not closed; the same again changes nothing. A
    correction is a new version with its author and time.
    """
    items = [item.target() for item in body.targets]
    async with transaction(database) as session:
        summary = await targets.put_targets(
            session, items, author=caller.actor, now=now, dry_run=False
        )
    return TargetSummaryOut.of(summary)


@router.post("/v1/motivation/targets/tables", openapi_extra=_FILE)
async def put_target_table(
    request: Request,
    database: DatabaseOf,
    now: Now,
    caller: Payer,
    options: Annotated[TargetTableOptions, Query()],
) -> TargetTableOut:
    """Set the targets of a table in CSV (month, manager by id or name, value, and measure and
    currency where they differ): all of it, or nothing when a row has a fault (422 names rows and
    columns). With `dry_run` the faults are shown instead.
    """
    content = await body_within(request, MAX_TABLE_BYTES)
    async with reading(database) as session:
        subjects = await targets.find_subjects(session)
    table = await asyncio.to_thread(_read, content, options, subjects)
    if table.faults and not options.dry_run:
        raise _refused(table)
    summary = TargetSummary()
    if not table.faults:
        async with transaction(database) as session:
            try:
                summary = await targets.put_targets(
                    session, table.targets, author=caller.actor, now=now, dry_run=options.dry_run
                )
            except InvalidError as error:
                _note(table, error)
    if table.faults and not options.dry_run:
        raise _refused(table)
    return TargetTableOut.of_table(table, summary, dry_run=options.dry_run)


def _read(
    content: bytes, options: TargetTableOptions, subjects: Mapping[str, Sequence[str]]
) -> TargetTable:
    try:
        text = text_of_sheet(content, encoding=options.encoding)
    except SheetError as error:
        table = TargetTable()
        table.refuse(0, "", str(error))
        return table
    wish = options.model_dump(exclude={"dry_run", "encoding"})
    return read_targets(text, TableWish(**wish), subjects)


def _note(table: TargetTable, error: InvalidError) -> None:
    """What cannot be set, by the rows that it stands in."""
    for pointer, detail in error.errors:
        place = int(pointer.split("/")[2])
        table.refuse(table.rows[place], "", detail)


def _refused(table: TargetTable) -> InvalidError:
    return InvalidError(
        f"The table has {table.fault_count} faults; nothing of it was recorded.",
        errors=[
            (f"/rows/{fault.row}/{_pointed(fault.column)}".rstrip("/"), fault.detail)
            for fault in table.faults
        ],
    )


def _pointed(column: str) -> str:
    """A column's name in a JSON pointer (RFC 6901)."""
    return column.replace("~", "~0").replace("/", "~1")


@router.get("/v1/motivation/targets", response_model=Page[TargetOut], responses=TABLES)
async def show_targets(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    form: FormOf,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    first: Annotated[Month | None, Query(alias="from")] = None,
    end: Annotated[Month | None, Query(alias="to", description="The month after the last")] = None,
    subject: Annotated[Subject | None, Query()] = None,
) -> Page[TargetOut] | Response:
    """What is planned, the latest month first."""
    place, most = form.cursor(cursor), form.most(limit)
    after = None if place is None else decode_cursor(place, date.fromisoformat, cursor_id)
    criteria = TargetFilter(
        None if first is None else first_day(first),
        None if end is None else first_day(end),
        subject,
    )
    async with reading(database) as session:
        rows = await list_targets(
            session, criteria, after=None if after is None else (after[0], after[1]), limit=most
        )
    window = page(rows, limit=most, key=lambda row: (row.month, row.target_id))
    items = [TargetOut.of(row) for row in window.items]
    answer = Page[TargetOut](items=items, next_cursor=window.next_cursor)
    return await form.answer(answer, About("targets"), items)


@router.get("/v1/motivation/targets/{target_id}")
async def show_target(database: DatabaseOf, target_id: UUID) -> list[TargetOut]:
    """Every version of one target, the latest first: who set what, and when."""
    async with reading(database) as session:
        versions = await targets.get_versions(session, target_id)
    return [TargetOut.of(version) for version in versions]


@router.delete("/v1/motivation/targets/{target_id}", status_code=204)
async def delete_target(database: DatabaseOf, now: Now, caller: Payer, target_id: UUID) -> Response:
    """Take it back, while its month is not closed. Its versions stay."""
    async with transaction(database) as session:
        await targets.delete_target(session, target_id, author=caller.actor, now=now)
    return Response(status_code=204)
