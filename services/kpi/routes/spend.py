"""What was spent on advertising: told line by line or as a table, corrected, deleted, listed."""

import asyncio
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.kpi.domain.exports.about import About
from services.kpi.domain.spend.lines import name_of
from services.kpi.domain.spend.tables import SpendTable, TableWish, read_spend
from services.kpi.repository.money.spend import SpendFilter, list_spend
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.schemas.spend import (
    Name,
    SourceKey,
    SpendLinesIn,
    SpendOut,
    SpendSummaryOut,
    SpendTableOut,
    TableOptions,
)
from services.kpi.use_cases.money import spend
from services.kpi.use_cases.money.spend import SpendSummary
from shared.database import reading, transaction
from shared.errors import InvalidError
from shared.sheets import SheetError, text_of_sheet
from shared.web.access import Allow
from shared.web.bodies import body_within
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, cursor_id, decode_cursor, page
from shared.web.tokens import Caller

MAX_TABLE_BYTES = 5 * 1_048_576
MAY_SPEND = Allow("supervisor")
Spender = Annotated[Caller, Depends(MAY_SPEND)]
router = APIRouter(tags=["spend"], dependencies=[Depends(MAY_SPEND)])
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.put("/v1/spend")
async def put_spend(
    body: SpendLinesIn, database: DatabaseOf, now: Now, caller: Spender
) -> SpendSummaryOut:
    """Record or correct spend; the same lines again change nothing. A correction is a new version
    with its author and time: reports as known on an earlier day keep what was known then.
    """
    lines = [item.line() for item in body.lines]
    async with transaction(database) as session:
        summary = await spend.put_spend(session, lines, author=caller.actor, now=now, dry_run=False)
    return SpendSummaryOut.of(summary)


@router.post("/v1/spend/tables", openapi_extra=_FILE)
async def put_spend_table(
    request: Request,
    database: DatabaseOf,
    now: Now,
    caller: Spender,
    options: Annotated[TableOptions, Query()],
) -> SpendTableOut:
    """Record a table in CSV, as advertising systems export it: all of it, or nothing when a row has
    a fault (422 names rows and columns). With `dry_run` the faults are shown instead.
    """
    content = await body_within(request, MAX_TABLE_BYTES)
    # Reading takes up to a second of bounded work: others are served meanwhile.
    table = await asyncio.to_thread(_read, content, options)
    if table.faults and not options.dry_run:
        raise InvalidError(
            f"The table has {table.fault_count} faults; nothing of it was recorded.",
            errors=[
                (f"/rows/{fault.row}/{_pointed(fault.column)}".rstrip("/"), fault.detail)
                for fault in table.faults
            ],
        )
    summary = SpendSummary()
    if not table.faults:
        async with transaction(database) as session:
            summary = await spend.put_spend(
                session, table.lines, author=caller.actor, now=now, dry_run=options.dry_run
            )
    return SpendTableOut.of_table(table, summary, dry_run=options.dry_run)


def _read(content: bytes, options: TableOptions) -> SpendTable:
    try:
        text = text_of_sheet(content, encoding=options.encoding)
    except SheetError as error:
        table = SpendTable()
        table.refuse(0, "", str(error))
        return table
    wish = options.model_dump(exclude={"dry_run", "encoding"})
    return read_spend(text, TableWish(**wish))


def _pointed(column: str) -> str:
    """A column's name in a JSON pointer (RFC 6901)."""
    return column.replace("~", "~0").replace("/", "~1")


@router.get("/v1/spend", response_model=Page[SpendOut], responses=TABLES)
async def show_spend(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    form: FormOf,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    first: Annotated[date | None, Query(alias="from")] = None,
    end: Annotated[date | None, Query(alias="to", description="The day after the last")] = None,
    ad_channel: Name | None = None,
    campaign: Name | None = None,
    source: SourceKey | None = None,
) -> Page[SpendOut] | Response:
    """What is recorded, the latest day first."""
    place, most = form.cursor(cursor), form.most(limit)
    after = None if place is None else decode_cursor(place, date.fromisoformat, cursor_id)
    criteria = SpendFilter(
        first,
        end,
        source,
        None if ad_channel is None else name_of(ad_channel),
        None if campaign is None else name_of(campaign),
    )
    async with reading(database) as session:
        rows = await list_spend(
            session, criteria, after=None if after is None else (after[0], after[1]), limit=most
        )
    window = page(rows, limit=most, key=lambda row: (row.day, row.spend_id))
    items = [SpendOut.of(row) for row in window.items]
    answer = Page[SpendOut](items=items, next_cursor=window.next_cursor)
    return await form.answer(answer, About("spend"), items)


@router.get("/v1/spend/{spend_id}")
async def show_versions(database: DatabaseOf, spend_id: UUID) -> list[SpendOut]:
    """Every version of one line of spend, the latest first: who told what, and when."""
    async with reading(database) as session:
        versions = await spend.get_versions(session, spend_id)
    return [SpendOut.of(version) for version in versions]


@router.delete("/v1/spend/{spend_id}", status_code=204)
async def delete_spend(database: DatabaseOf, now: Now, caller: Spender, spend_id: UUID) -> Response:
    """Take it back. Its versions stay, and it can be recorded again."""
    async with transaction(database) as session:
        await spend.delete_spend(session, spend_id, author=caller.actor, now=now)
    return Response(status_code=204)
