"""Emits the events about inquiries that moved from one lead into another."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.lead import Lead
from services.routing.repository.inquiries import InquiryMove
from shared.contracts.leads import LeadInquiryAttached
from shared.database import Session
from shared.messaging.outbox.publish import emit


def emit_moved(
    session: Session,
    moves: Sequence[InquiryMove],
    leads: Mapping[UUID, Lead],
    *,
    now: datetime,
    cause: UUID | None,
) -> None:
    """Emit `lead.inquiry_attached` for each move. `leads` holds each lead that is moved into."""
    for item in moves:
        into = leads[item.into_id]
        event = LeadInquiryAttached(
            lead_id=into.lead_id,
            contact_id=into.contact_id,
            version=into.version,
            at=now,
            inquiry_id=item.inquiry_id,
            from_lead_id=item.from_id,
        )
        emit(session, event, now=now, cause=cause)
