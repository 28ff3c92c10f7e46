"""Inquiries and contacts as they were normalised."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.intake.channels.parsing.emails import address
from services.intake.domain.keys import ContactPoint
from services.intake.repository import contacts, inquiries, points
from services.intake.schemas.submissions import (
    ContactListed,
    ContactShown,
    InquiryShown,
    point_shown,
)
from shared.contracts.inquiry import ContactDetails
from shared.database import Row, reading
from shared.errors import NotFoundError
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit
from shared.web.pagination import (
    Page,
    cursor_id,
    cursor_moment,
    decode_cursor,
    encode_cursor,
)
from shared.web.ranges import Moment

router = APIRouter(tags=["inquiries and contacts"])
Cursor = Annotated[str | None, Query(max_length=500)]
_READERS = Depends(Allow("supervisor"))


def _place(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Moment and id after which the page begins. Raises InvalidError that names `cursor`."""
    if cursor is None:
        return None
    moment, row_id = decode_cursor(cursor, cursor_moment, cursor_id)
    return moment, row_id


def _next(rows: list[Row], *, limit: int, moment: str, row_id: str) -> str | None:
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]
    return encode_cursor(last[moment].isoformat(), last[row_id])


@router.get("/v1/inquiries", dependencies=[_READERS])
async def list_inquiries(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    source_id: UUID | None = None,
    channel: Literal["call", "form", "email", "chat", "import"] | None = None,
    contact_id: UUID | None = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> Page[InquiryShown]:
    """Normalised inquiries, the latest received first; `contact_id` finds the whole person's."""
    after = _place(cursor)
    async with reading(database) as session:
        same_person = None
        if contact_id is not None:
            person = await contacts.find_contact(session, contact_id)
            canonical = person["canonical_id"] if person else contact_id
            same_person = (await contacts.members(session, [canonical]))[canonical]
        rows = await inquiries.inquiries_page(
            session,
            after=after,
            limit=limit,
            source_id=source_id,
            channel=channel,
            contact_ids=same_person,
            since=since,
            until=until,
        )
    return Page(
        items=[inquiry_shown(row) for row in rows[:limit]],
        next_cursor=_next(rows, limit=limit, moment="received_at", row_id="inquiry_id"),
    )


@router.get("/v1/inquiries/{inquiry_id}", dependencies=[_READERS])
async def read_inquiry(inquiry_id: UUID, database: DatabaseOf) -> InquiryShown:
    """One inquiry as it was understood."""
    async with reading(database) as session:
        row = await inquiries.find_inquiry(session, inquiry_id)
    if row is None:
        raise NotFoundError("There is no such inquiry.")
    return inquiry_shown(row)


@router.get("/v1/contacts", dependencies=[_READERS])
async def list_contacts(
    database: DatabaseOf,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    phone: Annotated[str | None, Query(pattern=r"^\+[0-9]{5,20}$")] = None,
    email: Annotated[str | None, Query(min_length=3, max_length=254)] = None,
    *,
    canonical: bool = False,
) -> Page[ContactListed]:
    """Contacts, the youngest first; by phone (E.164) or e-mail; `canonical` hides merged ones."""
    point = None
    if phone is not None:
        point = ContactPoint("phone", phone)
    elif email is not None:
        text = email.replace("\x00", "\ufffd").strip().lower()
        point = ContactPoint("email", address(text) or text)
    after = _place(cursor)
    async with reading(database) as session:
        rows = await contacts.contacts_page(
            session, after=after, limit=limit, point=point, canonical_only=canonical
        )
    return Page(
        items=[ContactListed(**_contact(row)) for row in rows[:limit]],
        next_cursor=_next(rows, limit=limit, moment="created_at", row_id="contact_id"),
    )


@router.get("/v1/contacts/{contact_id}", dependencies=[_READERS])
async def read_contact(contact_id: UUID, database: DatabaseOf) -> ContactShown:
    """One contact with the points of the whole person and the ids merged into it."""
    async with reading(database) as session:
        row = await contacts.find_contact(session, contact_id)
        if row is None:
            raise NotFoundError("There is no such contact.")
        canonical = row["canonical_id"]
        same_person = (await contacts.members(session, [canonical]))[canonical]
        rows = await points.points_of(session, same_person)
    return contact_shown(row, same_person, rows)


def inquiry_shown(row: Row) -> InquiryShown:
    return InquiryShown.model_validate({**row["content"], "submission_id": row["submission_id"]})


def contact_shown(row: Row, same_person: Sequence[UUID], point_rows: Sequence[Row]) -> ContactShown:
    """`same_person` are all contact ids of the person, `point_rows` the points of all of them."""
    return ContactShown(
        **_contact(row),
        merged_ids=[other for other in same_person if other != row["contact_id"]],
        points=[point_shown(point) for point in point_rows],
    )


def _contact(row: Row) -> dict[str, Any]:
    names = ("contact_id", "canonical_id", "created_at", "changed_at")
    members = {name: row[name] for name in names}
    return members | {"details": ContactDetails.model_validate(row["details"])}
