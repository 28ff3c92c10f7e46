"""Reading stored submissions again, after an adapter was mended: tried first, then in earnest."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.intake.repository import renormalisations as rows
from services.intake.routes.sources import source_names
from services.intake.schemas.renormalisations import (
    DifferenceOut,
    RenormalisationIn,
    RenormalisationOut,
    difference_out,
    renormalisation_out,
)
from services.intake.use_cases import renormalisations
from services.intake.use_cases.sources import require_source
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import (
    Page,
    cursor_id,
    cursor_number,
    decode_cursor,
    page,
    uuid_cursor,
)
from shared.web.read_audit import Audit
from shared.web.tokens import Caller

router = APIRouter(tags=["submissions"])
_MAY_RUN = Allow("supervisor", "ops")
Cursor = Annotated[str | None, Query(max_length=500)]


@router.post("/v1/renormalisations", status_code=202)
async def open_renormalisation(
    body: RenormalisationIn,
    database: DatabaseOf,
    now: Now,
    caller: Annotated[Caller, Depends(_MAY_RUN)],
) -> RenormalisationOut:
    """Read the submissions of a window again with today's adapters; a dry run changes nothing."""
    names = ("since", "until", "adapter", "dry_run")
    values = {name: getattr(body, name) for name in names}
    async with transaction(database) as session:
        source = await require_source(session, source_names(body.source)) if body.source else None
        job_id = await renormalisations.open_renormalisation(
            session,
            {**values, "source_id": source.source_id if source else None},
            by=caller.actor,
            now=now,
        )
        row = await rows.get_renormalisation(session, job_id)
    return renormalisation_out(row)


@router.get("/v1/renormalisations", dependencies=[Depends(_MAY_RUN)])
async def list_renormalisations(
    database: DatabaseOf, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
) -> Page[RenormalisationOut]:
    """All of them, the newest first."""
    after = uuid_cursor(cursor)
    async with reading(database) as session:
        jobs = await rows.list_renormalisations(session, after=after, limit=limit)
    items = [renormalisation_out(job) for job in jobs]
    return page(items, limit=limit, key=lambda job: job.renormalisation_id)


@router.get("/v1/renormalisations/{renormalisation_id}", dependencies=[Depends(_MAY_RUN)])
async def read_renormalisation(
    renormalisation_id: UUID, database: DatabaseOf
) -> RenormalisationOut:
    """One of them and how far it is."""
    async with reading(database) as session:
        row = await rows.get_renormalisation(session, renormalisation_id)
    return renormalisation_out(row)


@router.get(
    "/v1/renormalisations/{renormalisation_id}/differences",
    dependencies=[Depends(Allow("supervisor"))],
)
async def list_differences(
    renormalisation_id: UUID,
    database: DatabaseOf,
    audit: Audit,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Page[DifferenceOut]:
    """What differs from the inquiries as they stand, in the order of receipt."""
    after = None if cursor is None else decode_cursor(cursor, cursor_id, cursor_number)
    async with reading(database) as session:
        await rows.get_renormalisation(session, renormalisation_id)
        items = await rows.list_differences(
            session,
            renormalisation_id,
            after=None if after is None else (after[0], after[1]),
            limit=limit,
        )
    window = page(items, limit=limit, key=lambda row: (row["submission_id"], row["place"]))
    audit.record("differences", {row["submission_id"] for row in window.items})
    return Page(items=[difference_out(row) for row in window.items], next_cursor=window.next_cursor)


@router.post(
    "/v1/renormalisations/{renormalisation_id}/run",
    status_code=202,
    dependencies=[Depends(_MAY_RUN)],
)
async def run_renormalisation(renormalisation_id: UUID, database: DatabaseOf) -> RenormalisationOut:
    """Run a dry run that has ended in earnest."""
    async with transaction(database) as session:
        await renormalisations.run_in_earnest(session, renormalisation_id)
        row = await rows.get_renormalisation(session, renormalisation_id)
    return renormalisation_out(row)


@router.post("/v1/renormalisations/{renormalisation_id}/cancel", dependencies=[Depends(_MAY_RUN)])
async def cancel_renormalisation(
    renormalisation_id: UUID, database: DatabaseOf, now: Now
) -> RenormalisationOut:
    """End one where it stands; what it has changed stays so."""
    async with transaction(database) as session:
        await renormalisations.cancel_renormalisation(session, renormalisation_id, now=now)
        row = await rows.get_renormalisation(session, renormalisation_id)
    return renormalisation_out(row)
