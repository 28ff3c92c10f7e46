"""What is known of territories: told line by line or as a table, corrected, taken back, listed."""

import asyncio
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.kpi.domain.exports.about import About
from services.kpi.domain.territories.facts import FactKind
from services.kpi.domain.territories.tables import FactTable, Names, TableWish, read_facts
from services.kpi.repository.territories.facts import FactFilter, list_facts
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.territories import MAY_SURVEY, Surveyor
from services.kpi.schemas.territory_facts import (
    FactOut,
    FactsIn,
    FactSummaryOut,
    FactTableOptions,
    FactTableOut,
    Words,
)
from services.kpi.use_cases.territories import facts
from services.kpi.use_cases.territories.facts import FactSummary
from services.kpi.use_cases.territories.tree import find_names
from shared.database import reading, transaction
from shared.errors import InvalidError
from shared.sheets import SheetError, text_of_sheet
from shared.web.bodies import body_within
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, cursor_id, decode_cursor, page

MAX_TABLE_BYTES = 2 * 1_048_576
router = APIRouter(tags=["planning"], dependencies=[Depends(MAY_SURVEY)])
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.put("/v1/territory-facts")
async def put_facts(
    body: FactsIn, database: DatabaseOf, now: Now, caller: Surveyor
) -> FactSummaryOut:
    """Record or correct what is known of territories on a day; the same again changes nothing. A
    correction is a new version with its author and time.
    """
    items = [item.fact() for item in body.facts]
    async with transaction(database) as session:
        summary = await facts.put_facts(session, items, author=caller.actor, now=now, dry_run=False)
    return FactSummaryOut.of(summary)


@router.post("/v1/territory-facts/tables", openapi_extra=_FILE)
async def put_fact_table(
    request: Request,
    database: DatabaseOf,
    now: Now,
    caller: Surveyor,
    options: Annotated[FactTableOptions, Query()],
) -> FactTableOut:
    """Record a table in CSV (territory by id, name or path, kind, day, value; product, currency and
    source where they differ): all of it, or nothing when a row has a fault (422 names rows and
    columns). With `dry_run` the faults are shown instead.
    """
    content = await body_within(request, MAX_TABLE_BYTES)
    async with reading(database) as session:
        names = await find_names(session)
    # Reading takes up to a second of bounded work: others are served meanwhile.
    table = await asyncio.to_thread(_read, content, options, names)
    if table.faults and not options.dry_run:
        raise InvalidError(
            f"The table has {table.fault_count} faults; nothing of it was recorded.",
            errors=[
                (f"/rows/{fault.row}/{_pointed(fault.column)}".rstrip("/"), fault.detail)
                for fault in table.faults
            ],
        )
    summary = FactSummary()
    if not table.faults:
        async with transaction(database) as session:
            summary = await facts.put_facts(
                session, table.facts, author=caller.actor, now=now, dry_run=options.dry_run
            )
    return FactTableOut.of_table(table, summary, dry_run=options.dry_run)


def _read(content: bytes, options: FactTableOptions, names: Names) -> FactTable:
    try:
        text = text_of_sheet(content, encoding=options.encoding)
    except SheetError as error:
        table = FactTable()
        table.refuse(0, "", str(error))
        return table
    wish = options.model_dump(exclude={"dry_run", "encoding"})
    return read_facts(text, TableWish(**wish), names)


def _pointed(column: str) -> str:
    """A column's name in a JSON pointer (RFC 6901)."""
    return column.replace("~", "~0").replace("/", "~1")


@router.get("/v1/territory-facts", response_model=Page[FactOut], responses=TABLES)
async def show_facts(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    form: FormOf,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    territory_id: UUID | None = None,
    kind: FactKind | None = None,
    product: Words | None = None,
    first: Annotated[date | None, Query(alias="from")] = None,
    end: Annotated[date | None, Query(alias="to", description="The day after the last")] = None,
) -> Page[FactOut] | Response:
    """What is recorded, the latest day first."""
    place, most = form.cursor(cursor), form.most(limit)
    after = None if place is None else decode_cursor(place, date.fromisoformat, cursor_id)
    criteria = FactFilter(territory_id, kind, product, first, end)
    async with reading(database) as session:
        rows = await list_facts(
            session, criteria, after=None if after is None else (after[0], after[1]), limit=most
        )
    window = page(rows, limit=most, key=lambda row: (row.day, row.fact_id))
    items = [FactOut.of(row) for row in window.items]
    answer = Page[FactOut](items=items, next_cursor=window.next_cursor)
    return await form.answer(answer, About("territory-facts"), items)


@router.get("/v1/territory-facts/{fact_id}")
async def show_fact(database: DatabaseOf, fact_id: UUID) -> list[FactOut]:
    """Every version of one fact, the latest first: who told what, and when."""
    async with reading(database) as session:
        versions = await facts.get_versions(session, fact_id)
    return [FactOut.of(version) for version in versions]


@router.delete("/v1/territory-facts/{fact_id}", status_code=204)
async def delete_fact(database: DatabaseOf, now: Now, caller: Surveyor, fact_id: UUID) -> Response:
    """Take it back. Its versions stay, and it can be recorded again."""
    async with transaction(database) as session:
        await facts.delete_fact(session, fact_id, author=caller.actor, now=now)
    return Response(status_code=204)
