"""Lets leads whose leases have just ended wait for another owner, and says why."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from uuid import UUID

from services.routing.domain.lead import Lead
from services.routing.repository import transitions
from services.routing.repository.transitions import Hop
from services.routing.use_cases.assignments import LEADS
from services.routing.use_cases.leases.escalate import set_escalated_aside
from shared.contracts.leads import LeadEvent
from shared.database import Session
from shared.messaging.outbox.publish import emit


async def wait_again(
    session: Session,
    leads: Collection[Lead],
    *,
    event: Callable[..., LeadEvent],
    hop: Hop,
    now: datetime,
) -> Mapping[UUID, int]:
    """Take these leads from their owners and emit an `event` of each, which is called with what all
    such events say. Returns lead → new version.

    The caller holds the leads' locks and has ended the leases; `leads` are as they were before.
    """
    if not leads:
        return {}
    epochs = {lead.lead_id: lead.epoch for lead in leads}
    freed = await transitions.free_leads(session, epochs, hop=hop, now=now)
    for lead in leads:
        members = {
            "lead_id": lead.lead_id,
            "contact_id": lead.contact_id,
            "version": freed[lead.lead_id].version,
            "at": now,
            "manager_id": lead.owner_id,
            "epoch": lead.epoch,
            "hops": freed[lead.lead_id].hops,
        }
        emit(session, event(**members), now=now)
    contacts = {lead.lead_id: lead.contact_id for lead in leads}
    await set_escalated_aside(session, freed.values(), contacts, now=now)
    session.notify_after_commit(LEADS)
    return {lead_id: item.version for lead_id, item in freed.items()}
