"""What managers and the company shall reach: set line by line or as a table, corrected, listed."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.kpi.domain.motivation.tables import TargetWish, read_targets
from services.kpi.repository.lines import Window
from services.kpi.repository.motivation.targets import TARGETS
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.lines import TABLE_FILE, answer_page, read_body, record_table
from services.kpi.routes.motivation.access import MAY_PAY, Cursor, Payer
from services.kpi.routes.versions import VersionsOf
from services.kpi.schemas.fields import Month, first_day
from services.kpi.schemas.motivation.targets import (
    Subject,
    TargetOut,
    TargetsIn,
    TargetSummaryOut,
    TargetTableOptions,
    TargetTableOut,
)
from services.kpi.use_cases.lines import get_versions
from services.kpi.use_cases.motivation import targets
from shared.database import reading, transaction
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import LINKED, Page

router = APIRouter(tags=["motivation"], dependencies=[Depends(MAY_PAY)])


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


@router.post("/v1/motivation/targets/tables", openapi_extra=TABLE_FILE)
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
    async with reading(database) as session:
        subjects = await targets.find_subjects(session)
    wish = options.wish(TargetWish)
    table = await read_body(request, options, lambda text: read_targets(text, wish, subjects))
    put = partial(targets.put_targets, author=caller.actor, now=now, dry_run=options.dry_run)
    summary = await record_table(database, table, put, dry_run=options.dry_run)
    return TargetTableOut.of_table(table, summary, dry_run=options.dry_run)


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
    window = Window(
        None if first is None else first_day(first),
        None if end is None else first_day(end),
        {"subject": subject},
    )
    return await answer_page(
        database,
        form,
        TARGETS,
        window,
        TargetOut.of,
        kind=TargetOut,
        about="targets",
        limit=limit,
        cursor=cursor,
    )


@router.get("/v1/motivation/targets/{target_id}", responses=LINKED)
async def show_target(database: DatabaseOf, pages: VersionsOf, target_id: UUID) -> list[TargetOut]:
    """The versions of one target, the latest first: who set what, and when."""
    async with reading(database) as session:
        versions = await get_versions(session, TARGETS, (target_id,), pages.part)
    return [TargetOut.of(version) for version in pages.page(versions)]


@router.delete("/v1/motivation/targets/{target_id}", status_code=204)
async def delete_target(database: DatabaseOf, now: Now, caller: Payer, target_id: UUID) -> Response:
    """Take it back, while its month is not closed. Its versions stay."""
    async with transaction(database) as session:
        await targets.delete_target(session, target_id, author=caller.actor, now=now)
    return Response(status_code=204)
