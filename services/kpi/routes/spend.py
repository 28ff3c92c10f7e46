"""What was spent on advertising: told line by line or as a table, corrected, deleted, listed."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.kpi.domain.spend.lines import name_of
from services.kpi.domain.spend.tables import SpendWish, read_spend
from services.kpi.repository.lines import Window
from services.kpi.repository.money.spend import SPEND
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.lines import TABLE_FILE, answer_page, read_body, record_table
from services.kpi.routes.versions import VersionsOf
from services.kpi.schemas.fields import Day
from services.kpi.schemas.spend import (
    Name,
    SourceKey,
    SpendLinesIn,
    SpendOut,
    SpendSummaryOut,
    SpendTableOptions,
    SpendTableOut,
)
from services.kpi.use_cases.lines import get_versions
from services.kpi.use_cases.money import spend
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import LINKED, Page
from shared.web.tokens import Caller

MAX_TABLE_BYTES = 5 * 1_048_576
MAY_SPEND = Allow("supervisor")
Spender = Annotated[Caller, Depends(MAY_SPEND)]
router = APIRouter(tags=["spend"], dependencies=[Depends(MAY_SPEND)])


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


@router.post("/v1/spend/tables", openapi_extra=TABLE_FILE)
async def put_spend_table(
    request: Request,
    database: DatabaseOf,
    now: Now,
    caller: Spender,
    options: Annotated[SpendTableOptions, Query()],
) -> SpendTableOut:
    """Record a table in CSV, as advertising systems export it: all of it, or nothing when a row has
    a fault (422 names rows and columns). With `dry_run` the faults are shown instead.
    """
    wish = options.wish(SpendWish)
    table = await read_body(request, options, lambda text: read_spend(text, wish), MAX_TABLE_BYTES)
    put = partial(spend.put_spend, author=caller.actor, now=now, dry_run=options.dry_run)
    summary = await record_table(database, table, put, dry_run=options.dry_run)
    days = [line.day for line in table.lines]
    return SpendTableOut.of_table(
        table,
        summary,
        dry_run=options.dry_run,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
    )


@router.get("/v1/spend", response_model=Page[SpendOut], responses=TABLES)
async def show_spend(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    form: FormOf,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    first: Annotated[Day | None, Query(alias="from")] = None,
    end: Annotated[Day | None, Query(alias="to", description="The day after the last")] = None,
    ad_channel: Name | None = None,
    campaign: Name | None = None,
    source: SourceKey | None = None,
) -> Page[SpendOut] | Response:
    """What is recorded, the latest day first."""
    equal = {
        "source_key": source,
        "ad_channel": None if ad_channel is None else name_of(ad_channel),
        "campaign": None if campaign is None else name_of(campaign),
    }
    window = Window(first, end, equal)
    return await answer_page(
        database,
        form,
        SPEND,
        window,
        SpendOut.of,
        kind=SpendOut,
        about="spend",
        limit=limit,
        cursor=cursor,
    )


@router.get("/v1/spend/{spend_id}", responses=LINKED)
async def show_versions(database: DatabaseOf, pages: VersionsOf, spend_id: UUID) -> list[SpendOut]:
    """The versions of one line of spend, the latest first: who told what, and when."""
    async with reading(database) as session:
        versions = await get_versions(session, SPEND, (spend_id,), pages.part)
    return [SpendOut.of(version) for version in pages.page(versions)]


@router.delete("/v1/spend/{spend_id}", status_code=204)
async def delete_spend(database: DatabaseOf, now: Now, caller: Spender, spend_id: UUID) -> Response:
    """Take it back. Its versions stay, and it can be recorded again."""
    async with transaction(database) as session:
        await spend.delete_spend(session, spend_id, author=caller.actor, now=now)
    return Response(status_code=204)
