"""Emits why leads wait, once per change of the reason."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.routing.repository.queue import WaitingLead
from shared.contracts.leads import LeadParked
from shared.database import Session
from shared.messaging.outbox.publish import emit


def emit_parked(
    session: Session,
    waits: Sequence[tuple[WaitingLead, str, UUID | None]],
    *,
    now: datetime,
) -> None:
    """Emit `lead.parked` for each (lead as it was before, reason, decision)."""
    for lead, reason, decision_id in waits:
        if lead.parked_reason == reason:
            continue
        event = LeadParked(
            lead_id=lead.lead_id,
            contact_id=lead.contact_id,
            version=lead.version,
            at=now,
            reason=reason,
            decision_id=decision_id,
        )
        emit(session, event, now=now)
