"""Leads of people who were erased: nobody can ring them, so no manager gets or keeps such a lead.

It stays open, and waits for nobody (`parked_reason` is `erased`). Its lease ends without blame: it
has neither been kept nor broken. A supervisor may still close the lead, or give it to somebody.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.repository import forgotten, transitions
from services.routing.repository.contacts import lock_contacts
from services.routing.repository.leads import lock_groups, lock_leads
from services.routing.repository.queue import WaitingLead
from services.routing.repository.transitions import Hop
from services.routing.use_cases.assignments import release
from services.routing.use_cases.events import emit_parked
from shared.contracts.lead_state import ERASED
from shared.contracts.leads import LeadParked
from shared.database import Session
from shared.messaging.outbox.publish import emit


async def set_erased_aside(
    session: Session, contact_ids: Collection[UUID], *, now: datetime
) -> None:
    """End the leases of open leads of these contacts, who were erased, and take the leads out of
    their queues. Leads of which somebody else is a person too go on.
    """
    links = await lock_contacts(session, contact_ids)
    canonical_ids = {links.canonical_of(item) for item in contact_ids}
    await lock_groups(session, canonical_ids)
    lead_ids = await forgotten.list_leads_of_erased(session, canonical_ids)
    leads = await lock_leads(session, lead_ids)
    present = [lead for lead in leads.values() if lead.parked_reason != ERASED]
    epochs = {lead.lead_id: lead.epoch for lead in present if lead.owner_id is not None}
    freed = {}
    if epochs:
        await release(session, list(epochs), outcome=ERASED, now=now)
        freed = await transitions.free_leads(session, epochs, hop=Hop.NONE, now=now)
    await transitions.park_leads(session, [(lead.lead_id, ERASED, lead.round) for lead in present])
    for lead in present:
        event = LeadParked(
            lead_id=lead.lead_id,
            contact_id=lead.contact_id,
            version=freed[lead.lead_id].version if lead.lead_id in freed else lead.version,
            at=now,
            reason=ERASED,
        )
        emit(session, event, now=now)


async def without_erased(
    session: Session, leads: Sequence[WaitingLead], *, now: datetime
) -> list[WaitingLead]:
    """Set those of the waiting leads aside whose customers were erased, as when they came late or
    wait again; returns the others. The caller holds the leads' locks.
    """
    erased = [lead for lead in leads if lead.is_erased]
    if erased:
        reasons = [(lead.lead_id, ERASED, lead.round) for lead in erased]
        await transitions.park_leads(session, reasons)
        emit_parked(session, [(lead, ERASED, None) for lead in erased], now=now)
    return [lead for lead in leads if not lead.is_erased]
