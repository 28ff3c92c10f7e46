"""What is heard of a call after it became an inquiry, laid over that inquiry."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.channels import is_tracking
from services.intake.domain.call_matching import changes_of
from services.intake.repository import calls
from services.intake.use_cases.hear_calls import HeardCall
from shared.contracts.erasing import left_of
from shared.contracts.inquiries import InquiryUpdated
from shared.contracts.inquiry import Inquiry
from shared.database import Session
from shared.messaging.outbox.publish import emit


async def change_inquiries(
    session: Session, phone_calls: Sequence[HeardCall], *, now: datetime
) -> None:
    """Change the inquiries that later events, or another source, tell more of; emit the changes."""
    late = {call.inquiry_id: call for call in phone_calls if call.is_late}
    ids = [inquiry_id for inquiry_id in late if inquiry_id is not None]
    if not ids:
        return
    inquiries = await calls.lock_inquiries(session, ids)
    changes = changes_of_calls(inquiries, [call for call in phone_calls if call.is_late])
    for inquiry_id, members in changes.items():
        event = InquiryUpdated(
            contact_id=inquiries[inquiry_id].contact_id,
            inquiry_id=inquiry_id,
            changed_at=now,
            changes=members,
        )
        emit(session, event, now=now, traceparent=_traceparent(late[inquiry_id]))
    if changes:
        await calls.change_inquiries(session, list(changes.items()))


def changes_of_calls(
    inquiries: Mapping[UUID, Inquiry], late: Sequence[HeardCall]
) -> dict[UUID, dict[str, Any]]:
    """The changed members of each inquiry; several calls of a batch may change the same one."""
    present = dict(inquiries)
    changes: dict[UUID, dict[str, Any]] = {}
    for call in late:
        inquiry = present.get(call.inquiry_id) if call.inquiry_id is not None else None
        if inquiry is None:
            continue
        members = changes_of(inquiry, call.draft, call.before, of_tracking=is_tracking(call.source))
        if call.row.is_erased:
            members = left_of(members)
        if members:
            content = {**inquiry.model_dump(mode="json"), **members}
            present[inquiry.inquiry_id] = Inquiry.model_validate(content)
            changes.setdefault(inquiry.inquiry_id, {}).update(members)
    return changes


def _traceparent(call: HeardCall) -> str | None:
    return call.events[-1].reading.submission.traceparent if call.events else None
