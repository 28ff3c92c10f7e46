"""Contacts: what is known of each person that inquiries came from."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.intake.channels.parsing.emails import address
from services.intake.domain.keys import ContactPoint
from services.intake.repository import contacts, points
from services.intake.repository.contacts import ContactFilter
from services.intake.schemas.contacts import (
    ContactDetailOut,
    ContactOut,
    contact_detail_out,
    contact_out,
)
from shared.database import reading
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit
from shared.web.pagination import Page, moment_cursor, page
from shared.web.read_audit import Audit, Reads

router = APIRouter(tags=["inquiries and contacts"])
_MAY_READ = Depends(Allow("supervisor"))


@router.get("/v1/contacts", dependencies=[_MAY_READ])
async def list_contacts(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    audit: Audit,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    phone: Annotated[str | None, Query(pattern=r"^\+[0-9]{5,20}$")] = None,
    email: Annotated[str | None, Query(min_length=3, max_length=254)] = None,
    *,
    canonical: bool = False,
) -> Page[ContactOut]:
    """Contacts, the youngest first; by phone (E.164) or e-mail; `canonical` hides merged ones."""
    point = None
    if phone is not None:
        point = ContactPoint("phone", phone)
    elif email is not None:
        text = email.replace("\x00", "\ufffd").strip().lower()
        point = ContactPoint("email", address(text) or text)
    criteria = ContactFilter(point, canonical_only=canonical)
    after = moment_cursor(cursor)
    async with reading(database) as session:
        rows = await contacts.list_contacts(session, criteria, after=after, limit=limit)
    window = page(rows, limit=limit, key=lambda row: (row["created_at"], row["contact_id"]))
    shape = {"phone": phone is not None, "email": email is not None}
    audit.record("contacts", [row["contact_id"] for row in window.items], shape)
    return Page(items=[contact_out(row) for row in window.items], next_cursor=window.next_cursor)


@router.get(
    "/v1/contacts/{contact_id}", dependencies=[_MAY_READ, Depends(Reads("contact", "contact_id"))]
)
async def read_contact(contact_id: UUID, database: DatabaseOf) -> ContactDetailOut:
    """One contact with the points of the whole person and the ids merged into it."""
    async with reading(database) as session:
        row = await contacts.get_contact(session, contact_id)
        canonical = row["canonical_id"]
        same_person = (await contacts.members_of(session, [canonical]))[canonical]
        rows = await points.points_of(session, same_person)
    return contact_detail_out(row, same_person, rows)
