"""A lead waits, and whoever follows it is told why: once per change of the reason."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.routing.repository.queue import WaitingLead
from shared.contracts.leads import LeadParked
from shared.database import Session
from shared.messaging.outbox.publish import emit


def say_parked(
    session: Session,
    parked: Sequence[tuple[WaitingLead, str, UUID | None]],
    *,
    now: datetime,
) -> None:
    """(lead as it was before, reason, decision)."""
    for lead, reason, decision_id in parked:
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
