"""Touches of leads: activities of managers and calls that they answered. The first one meets a
lease's deadline, and each gives a lead that has faded its full weight back.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.lead import is_touch
from services.routing.repository.leads import find_owned
from services.routing.repository.leases import assignments
from services.routing.repository.pools.reweighing import note_touches
from services.routing.use_cases.pools.weigh import weigh_touched
from shared.contracts.activities import ActivityRecorded
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent

Touch = tuple[UUID, datetime]  # lead, moment


async def find_touches(
    session: Session, events: Sequence[tuple[ReceivedEvent, ActivityRecorded]]
) -> list[Touch]:
    """The leads that these activities touch, and when. An activity without a lead counts for all
    leads of the contact that its manager owns, or that anybody owns where it names no manager.
    """
    activities = [
        event
        for _, event in events
        if is_touch(kind=event.kind, direction=event.direction, facts=event.facts)
    ]
    touches = [
        (event.lead_id, event.learned_at) for event in activities if event.lead_id is not None
    ]
    without_lead = [event for event in activities if event.lead_id is None]
    if without_lead:
        pairs = [(event.contact_id, event.manager_id) for event in without_lead]
        lead_ids_by_place = await find_owned(session, pairs)
        touches += [
            (lead_id, without_lead[place].learned_at)
            for place, lead_ids in lead_ids_by_place.items()
            for lead_id in lead_ids
        ]
    return touches


async def touch(session: Session, touches: Sequence[Touch], *, now: datetime) -> None:
    """Mark the leases that run at the time of a touch as touched, and note each lead's last touch.
    The caller holds the leads' locks.
    """
    if touches:
        await assignments.touch(session, touches)
        await weigh_touched(session, await note_touches(session, touches), now=now)
