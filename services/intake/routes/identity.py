"""Who is the same person: splits, merges and shared points, as a supervisor decides."""

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.intake.channels.parsing.emails import address
from services.intake.domain.keys import ContactPoint
from services.intake.repository import merges, points
from services.intake.repository.merges import MergeFilter
from services.intake.schemas.contacts import point_out
from services.intake.schemas.identity import (
    ContactPointIn,
    ContactPointOut,
    MergeOut,
    NoBody,
    RelinkOut,
    SplitIn,
    SplitOut,
    UndoMergesIn,
    UndoneMergesOut,
)
from services.intake.use_cases import split
from services.intake.use_cases.split import SplitResult
from shared.database import reading, transaction
from shared.errors import InvalidError, NotFoundError
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.ranges import Moment
from shared.web.tokens import Caller

router = APIRouter(tags=["contact identity"])
Supervisor = Annotated[Caller, Depends(Allow("supervisor"))]
_PHONE = r"^\+[0-9]{5,20}$"


@router.post("/v1/contacts/{contact_id}/split")
async def split_contact(
    contact_id: UUID, body: SplitIn, database: DatabaseOf, now: Now, caller: Supervisor
) -> SplitOut:
    """Split contacts off the person they were merged into: together they are one new person.

    Their points, inquiries and leads go with them, and no inquiry joins the two again by itself.
    """
    async with transaction(database) as session:
        result = await split.split_contact(
            session, contact_id, body.contact_ids, by=caller.actor, now=now, note=body.reason
        )
    return _split_out(result)


@router.get("/v1/contact-merges", dependencies=[Depends(Allow("supervisor"))])
async def list_merges(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    source_id: UUID | None = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
    *,
    undone: bool | None = None,
) -> Page[MergeOut]:
    """Who was joined to whom, when and by what, the newest first; `to` is exclusive."""
    criteria = MergeFilter(source_id=source_id, since=since, until=until, undone=undone)
    after = uuid_cursor(cursor)
    async with reading(database) as session:
        rows = await merges.list_merges(session, criteria, after=after, limit=limit)
    items = [MergeOut(**row) for row in rows]
    return page(items, limit=limit, key=lambda item: item.merge_id)


@router.post("/v1/contact-merges/undo")
async def undo_merges(
    body: UndoMergesIn, database: DatabaseOf, now: Now, caller: Supervisor
) -> UndoneMergesOut:
    """Take back all that one source joined within a period; `dry_run` only counts it."""
    async with reading(database) as session:
        batches = await merges.list_standing_batches(
            session, body.source_id, since=body.since, until=body.until
        )
    undone_count, relinked_count = 0, 0
    batch_ids = [] if body.dry_run else batches[: split.MAX_UNDONE]
    for first in range(0, len(batch_ids), split.BATCHES_AT_ONCE):
        lot = batch_ids[first : first + split.BATCHES_AT_ONCE]
        async with transaction(database) as session:
            result = await split.undo_batches(session, lot, by=caller.actor, now=now)
        undone_count += len(lot)
        relinked_count += len(result.targets)
    return UndoneMergesOut(
        matched=len(batches),
        undone=undone_count,
        relinked=relinked_count,
        remaining=len(batches) - undone_count,
        dry_run=body.dry_run,
    )


@router.post("/v1/contact-merges/{batch_id}/undo")
async def undo_merge(
    batch_id: UUID, _body: NoBody, database: DatabaseOf, now: Now, caller: Supervisor
) -> SplitOut:
    """Take back one merge, found by the batch id of its events. Again: nothing is left to do."""
    async with transaction(database) as session:
        if not await merges.list_merges_of_batches(session, [batch_id]):
            raise NotFoundError("There is no such merge.")
        result = await split.undo_batches(session, [batch_id], by=caller.actor, now=now)
    return _split_out(result)


@router.put("/v1/contact-points")
async def set_contact_point(
    body: ContactPointIn, database: DatabaseOf, _caller: Supervisor
) -> ContactPointOut:
    """Set whether many people share a phone (E.164) or an address: a shared one joins nobody."""
    point = _point(body)
    async with transaction(database) as session:
        row = await points.write_shared(session, point, shared=body.shared)
    return ContactPointOut(**point_out(row).model_dump(), contact_id=row["contact_id"])


def _point(body: ContactPointIn) -> ContactPoint:
    if body.kind == "email":
        value = address(body.value)
    else:
        value = body.value if re.fullmatch(_PHONE, body.value) else None
    if value is None:
        form = (
            "an e-mail address" if body.kind == "email" else "a phone in E.164, like +74951234567"
        )
        raise InvalidError("The point cannot be read.", errors=[("/value", f"is not {form}")])
    return ContactPoint(body.kind, value)


def _split_out(result: SplitResult) -> SplitOut:
    return SplitOut(
        batch_id=result.batch_id,
        undone=result.undone,
        relinked=[
            RelinkOut(contact_id=contact_id, canonical_id=canonical_id)
            for contact_id, canonical_id in sorted(result.targets.items())
        ],
    )
