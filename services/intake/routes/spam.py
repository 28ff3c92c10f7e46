"""The block-list, and what a person calls spam."""

import re
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.intake.channels.parsing.emails import address
from services.intake.domain.spam import BlockedPoint, folded, host_of
from services.intake.repository import inquiries, spam, submissions
from services.intake.schemas.inquiries import InquiryOut, inquiry_out
from services.intake.schemas.spam import BlockedIn, BlockedOut
from services.intake.schemas.submissions import ReceiptOut, receipt_out
from services.intake.use_cases.rejecting import block_by_hand, reject_inquiry, reject_submission
from shared.database import reading, transaction
from shared.errors import InvalidError
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.read_audit import Audit, Reads
from shared.web.tokens import Caller

router = APIRouter(tags=["spam"])
Supervisor = Annotated[Caller, Depends(Allow("supervisor"))]
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_FORMS = {
    "phone": "a phone in E.164, like +74951234567",
    "email": "an e-mail address",
    "domain": "a domain, like spam.example",
    "word": "a word with letters",
}


@router.post("/v1/submissions/{submission_id}/reject")
async def reject(
    submission_id: UUID, database: DatabaseOf, now: Now, caller: Supervisor
) -> ReceiptOut:
    """Confirm that a submission that was set aside is spam, and learn from it."""
    async with transaction(database) as session:
        await reject_submission(session, submission_id, by=caller.actor, now=now)
        return receipt_out(await submissions.get_receipt(session, submission_id))


@router.post(
    "/v1/inquiries/{inquiry_id}/reject", dependencies=[Depends(Reads("inquiry", "inquiry_id"))]
)
async def reject_made(
    inquiry_id: UUID, database: DatabaseOf, now: Now, caller: Supervisor
) -> InquiryOut:
    """Mark an inquiry as spam, and learn from it; what became of it elsewhere stays."""
    async with transaction(database) as session:
        row = await inquiries.get_inquiry(session, inquiry_id)
        await reject_inquiry(session, row, by=caller.actor, now=now)
        return inquiry_out(await inquiries.get_inquiry(session, inquiry_id))


@router.get("/v1/blocked")
async def list_blocked(
    *,
    database: DatabaseOf,
    _caller: Supervisor,
    audit: Audit,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    kind: Literal["phone", "email", "domain", "word", "text"] | None = None,
    submission_id: UUID | None = None,
) -> Page[BlockedOut]:
    """By what spam is known, the latest first."""
    after = uuid_cursor(cursor)
    async with reading(database) as session:
        rows = await spam.list_blocked(
            session, kind=kind, submission_id=submission_id, after=after, limit=limit
        )
    window = page(
        [BlockedOut(**row) for row in rows], limit=limit, key=lambda item: item.blocked_id
    )
    audit.record("blocked", {item.submission_id for item in window.items if item.submission_id})
    return window


@router.post("/v1/blocked", status_code=201)
async def block(body: BlockedIn, database: DatabaseOf, now: Now, caller: Supervisor) -> BlockedOut:
    """Block something by hand; again it changes nothing."""
    point = BlockedPoint(body.kind, _value(body))
    async with transaction(database) as session:
        row = await block_by_hand(session, point, by=caller.actor, now=now)
    return BlockedOut(**row)


@router.delete("/v1/blocked/{blocked_id}", status_code=204)
async def unblock(blocked_id: UUID, database: DatabaseOf, _caller: Supervisor) -> Response:
    """Block it no more: what it set aside stays so until it is released or normalised again."""
    async with transaction(database) as session:
        await spam.unblock(session, blocked_id)
    return Response(status_code=204)


def _value(body: BlockedIn) -> str:
    """The one spelling of what is to be blocked. Raises InvalidError."""
    value: str | None = None
    match body.kind:
        case "phone":
            value = body.value if _PHONE.fullmatch(body.value) else None
        case "email":
            value = address(body.value)
        case "domain":
            value = host_of(body.value)
        case "word":
            value = folded(body.value).strip() or None
    if value is None:
        form = _FORMS[body.kind]
        raise InvalidError("The value cannot be read.", errors=[("/value", f"is not {form}")])
    return value
