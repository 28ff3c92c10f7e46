"""Erasing a person, the receipts of it, and giving a person what is stored of them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from services.intake.repository.erasure import erasures, personal_data
from services.intake.schemas.consents import RefusalOut, consent_out
from services.intake.schemas.contacts import contact_out, point_out
from services.intake.schemas.erasures import (
    ErasureIn,
    ErasureOut,
    ErasurePreviewOut,
    PersonalDataOut,
    elsewhere,
    erasure_out,
    preview_out,
)
from services.intake.schemas.identity import MergeOut
from services.intake.schemas.inquiries import inquiry_out
from services.intake.schemas.purchases import purchase_out
from services.intake.use_cases.consents import contacts_of_person
from services.intake.use_cases.erasure.erase import Order, erase_contact
from services.intake.use_cases.erasure.preview import preview_erasure
from services.intake.use_cases.peers import Peer
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, IfMatch, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.read_audit import Reads
from shared.web.tokens import Caller

router = APIRouter(tags=["erasure"])
_MAY_ERASE = Allow()
Eraser = Annotated[Caller, Depends(_MAY_ERASE)]
Cursor = Annotated[str | None, Query(max_length=500)]


def _peers(request: Request) -> list[Peer | str]:
    peers: list[Peer | str] = request.app.state.peers
    return peers


@router.get("/v1/contacts/{contact_id}/erasure-preview")
async def read_erasure_preview(
    contact_id: UUID, request: Request, database: DatabaseOf, now: Now, caller: Eraser
) -> ErasurePreviewOut:
    """What erasing the person of this contact would blank, by service and table."""
    preview = await preview_erasure(database, _peers(request), contact_id, by=caller.actor, now=now)
    return preview_out(preview)


@router.post("/v1/contacts/{contact_id}/erase")
async def erase(  # noqa: PLR0917  FastAPI passes by name
    contact_id: UUID,
    body: ErasureIn,
    database: DatabaseOf,
    now: Now,
    caller: Eraser,
    version: IfMatch,
) -> ErasureOut:
    """Erase the person of this contact, in every service. `If-Match` is the version that the
    preview has shown. Again: the same erasure. It cannot be taken back.
    """
    order = Order(contact_id, version, body.reason, caller.actor, now)
    async with transaction(database) as session:
        row = await erase_contact(session, order)
        confirmations = await erasures.list_confirmations(session, [row["erasure_id"]])
    return erasure_out(row, confirmations[row["erasure_id"]])


@router.get("/v1/erasures", dependencies=[Depends(Allow("supervisor"))])
async def list_erasures(
    database: DatabaseOf, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
) -> Page[ErasureOut]:
    """Erasures, the newest first."""
    after = uuid_cursor(cursor)
    async with reading(database) as session:
        rows = await erasures.list_erasures(session, after=after, limit=limit)
        ids = [row["erasure_id"] for row in rows]
        confirmations = await erasures.list_confirmations(session, ids)
    items = [erasure_out(row, confirmations[row["erasure_id"]]) for row in rows]
    return page(items, limit=limit, key=lambda item: item.erasure_id)


@router.get("/v1/erasures/{erasure_id}", dependencies=[Depends(Allow("supervisor"))])
async def read_erasure(erasure_id: UUID, database: DatabaseOf) -> ErasureOut:
    """The receipt of an erasure: what each service has blanked, and when nothing was left."""
    async with reading(database) as session:
        row = await erasures.get_erasure(session, erasure_id)
        confirmations = await erasures.list_confirmations(session, [erasure_id])
    return erasure_out(row, confirmations[erasure_id])


@router.get(
    "/v1/contacts/{contact_id}/personal-data",
    dependencies=[Depends(_MAY_ERASE), Depends(Reads("personal_data", "contact_id"))],
)
async def read_personal_data(
    contact_id: UUID, database: DatabaseOf, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
) -> PersonalDataOut:
    """All that intake stores of the person of this contact, to be given to them: in JSON, a page of
    inquiries at a time.
    """
    after = uuid_cursor(cursor)
    async with reading(database) as session:
        contact_ids = await contacts_of_person(session, contact_id)
        rows = await personal_data.read_person(session, contact_ids)
        inquiries = await personal_data.list_inquiries(
            session, contact_ids, after=after, limit=limit
        )
    window = page(inquiries, limit=limit, key=lambda row: row["inquiry_id"])
    submission_ids = dict.fromkeys(row["submission_id"] for row in window.items)
    return PersonalDataOut(
        contact_ids=contact_ids,
        contacts=[contact_out(row) for row in rows.contacts],
        points=[point_out(row) for row in rows.points],
        merges=[MergeOut(**row) for row in rows.merges],
        consents=[consent_out(row) for row in rows.consents],
        refusals=[
            RefusalOut(**{name: row[name] for name in RefusalOut.model_fields})
            for row in rows.refusals
        ],
        purchases=[purchase_out(row) for row in rows.purchases],
        inquiries=[inquiry_out(row) for row in window.items],
        requests=[f"/v1/submissions/{item}" for item in submission_ids],
        elsewhere=elsewhere(contact_ids),
        next_cursor=window.next_cursor,
    )
