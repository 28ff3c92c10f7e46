"""Inquiries as they were normalised."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.intake.repository import contacts, inquiries
from services.intake.repository.inquiries import InquiryFilter
from services.intake.schemas.inquiries import InquiryOut, inquiry_out
from shared.database import reading
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit
from shared.web.pagination import Page, moment_cursor, page
from shared.web.ranges import Moment
from shared.web.read_audit import Audit, Reads

router = APIRouter(tags=["inquiries and contacts"])
_MAY_READ = Depends(Allow("supervisor"))


@router.get("/v1/inquiries", dependencies=[_MAY_READ])
async def list_inquiries(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    audit: Audit,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    source_id: UUID | None = None,
    channel: Literal["call", "form", "email", "chat", "import"] | None = None,
    contact_id: UUID | None = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> Page[InquiryOut]:
    """Normalised inquiries, the latest received first; `contact_id` finds the whole person's."""
    after = moment_cursor(cursor)
    async with reading(database) as session:
        same_person = None
        if contact_id is not None:
            same_person = await contacts.same_person(session, contact_id)
        criteria = InquiryFilter(source_id, channel, same_person, since, until)
        rows = await inquiries.list_inquiries(session, criteria, after=after, limit=limit)
    window = page(rows, limit=limit, key=lambda row: (row["received_at"], row["inquiry_id"]))
    audit.record("inquiries", [row["contact_id"] for row in window.items])
    return Page(items=[inquiry_out(row) for row in window.items], next_cursor=window.next_cursor)


@router.get(
    "/v1/inquiries/{inquiry_id}",
    dependencies=[_MAY_READ, Depends(Reads("inquiry", "inquiry_id"))],
)
async def read_inquiry(inquiry_id: UUID, database: DatabaseOf) -> InquiryOut:
    """One inquiry as it was understood."""
    async with reading(database) as session:
        return inquiry_out(await inquiries.get_inquiry(session, inquiry_id))
