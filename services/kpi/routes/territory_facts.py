"""What is known of territories: told line by line or as a table, corrected, taken back, listed."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.kpi.domain.territories.facts import FactKind
from services.kpi.domain.territories.tables import FactWish, read_facts
from services.kpi.repository.lines import Window
from services.kpi.repository.territories.facts import FACTS
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.lines import TABLE_FILE, answer_page, read_body, record_table
from services.kpi.routes.territories import MAY_SURVEY, Surveyor
from services.kpi.routes.versions import VersionsOf
from services.kpi.schemas.fields import Day
from services.kpi.schemas.territory_facts import (
    FactOut,
    FactsIn,
    FactSummaryOut,
    FactTableOptions,
    FactTableOut,
    Words,
)
from services.kpi.use_cases.lines import get_versions
from services.kpi.use_cases.territories import facts
from services.kpi.use_cases.territories.tree import find_names
from shared.database import reading, transaction
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import LINKED, Page

router = APIRouter(tags=["planning"], dependencies=[Depends(MAY_SURVEY)])


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


@router.post("/v1/territory-facts/tables", openapi_extra=TABLE_FILE)
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
    async with reading(database) as session:
        names = await find_names(session)
    wish = options.wish(FactWish)
    table = await read_body(request, options, lambda text: read_facts(text, wish, names))
    put = partial(facts.put_facts, author=caller.actor, now=now, dry_run=options.dry_run)
    summary = await record_table(database, table, put, dry_run=options.dry_run)
    return FactTableOut.of_table(table, summary, dry_run=options.dry_run)


@router.get("/v1/territory-facts", response_model=Page[FactOut], responses=TABLES)
async def show_facts(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    form: FormOf,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    territory_id: UUID | None = None,
    kind: FactKind | None = None,
    product: Words | None = None,
    first: Annotated[Day | None, Query(alias="from")] = None,
    end: Annotated[Day | None, Query(alias="to", description="The day after the last")] = None,
) -> Page[FactOut] | Response:
    """What is recorded, the latest day first."""
    equal = {"territory_id": territory_id, "kind": kind, "product": product}
    window = Window(first, end, equal)
    return await answer_page(
        database,
        form,
        FACTS,
        window,
        FactOut.of,
        kind=FactOut,
        about="territory-facts",
        limit=limit,
        cursor=cursor,
    )


@router.get("/v1/territory-facts/{fact_id}", responses=LINKED)
async def show_fact(database: DatabaseOf, pages: VersionsOf, fact_id: UUID) -> list[FactOut]:
    """The versions of one fact, the latest first: who told what, and when."""
    async with reading(database) as session:
        versions = await get_versions(session, FACTS, (fact_id,), pages.part)
    return [FactOut.of(version) for version in pages.page(versions)]


@router.delete("/v1/territory-facts/{fact_id}", status_code=204)
async def delete_fact(database: DatabaseOf, now: Now, caller: Surveyor, fact_id: UUID) -> Response:
    """Take it back. Its versions stay, and it can be recorded again."""
    async with transaction(database) as session:
        await facts.delete_fact(session, fact_id, author=caller.actor, now=now)
    return Response(status_code=204)
