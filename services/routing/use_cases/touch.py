"""Counts activities as the first touch of the leases that run at their time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.lead import is_touch
from services.routing.repository import assignments
from shared.contracts.activities import ActivityRecorded
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent


async def touch(session: Session, events: Sequence[tuple[ReceivedEvent, ActivityRecorded]]) -> None:
    """Mark leases as touched. An activity without a lead counts for all leads of the contact that
    its manager owns, or that anybody owns where it names no manager.
    """
    activities = [
        event
        for _, event in events
        if is_touch(kind=event.kind, direction=event.direction, facts=event.facts)
    ]
    moments: list[tuple[UUID, datetime]] = [
        (event.lead_id, event.learned_at) for event in activities if event.lead_id is not None
    ]
    without_lead = [event for event in activities if event.lead_id is None]
    if without_lead:
        pairs = [(event.contact_id, event.manager_id) for event in without_lead]
        lead_ids_by_place = await assignments.owned_by_contact(session, pairs)
        moments += [
            (lead_id, without_lead[place].learned_at)
            for place, lead_ids in lead_ids_by_place.items()
            for lead_id in lead_ids
        ]
    if moments:
        await assignments.touch(session, moments)
