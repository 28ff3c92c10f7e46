"""What was done for a customer counts as the first touch of the lease that runs then."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.lead import is_touch
from services.routing.repository import assignments
from shared.contracts.activities import ActivityRecorded
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent


async def touch(session: Session, heard: Sequence[tuple[ReceivedEvent, ActivityRecorded]]) -> None:
    """Mark leases as touched. An activity without a lead is for all that its manager owns of the
    contact, or that anybody owns where it names no manager.
    """
    reaching = [
        event
        for _, event in heard
        if is_touch(kind=event.kind, direction=event.direction, facts=event.facts)
    ]
    moments: list[tuple[UUID, datetime]] = [
        (event.lead_id, event.learned_at) for event in reaching if event.lead_id is not None
    ]
    loose = [event for event in reaching if event.lead_id is None]
    if loose:
        asked = [(event.contact_id, event.manager_id) for event in loose]
        found = await assignments.owned_by_contact(session, asked)
        moments += [
            (lead_id, loose[place].learned_at)
            for place, lead_ids in found.items()
            for lead_id in lead_ids
        ]
    if moments:
        await assignments.touch(session, moments)
