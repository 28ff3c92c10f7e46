"""What becomes of a batch: every fact is kept once, in sets.

Across streams the order of arrival changes nothing; figures are worked out at reading.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.kpi.domain.facts import (
    InquiryFact,
    LeadFact,
    advance,
    corrected,
    inquiry_fact,
    links_of,
    touch_of,
)
from services.kpi.repository import facts
from shared.contracts.contacts import ContactRelinked
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.contracts.managers import ManagerChanged
from shared.database import Session
from shared.errors import InvalidError
from shared.messaging.decoding import ReceivedEvent

FIRST = 1  # the version with which a stream begins: nothing is known of it yet


async def keep_facts(
    session: Session, on_inquiries: Sequence[ReceivedEvent], on_leads: Sequence[ReceivedEvent]
) -> None:
    """What the events make of inquiries, of leads, and of the links between them."""
    await facts.put_facts(
        session,
        inquiries=await _inquiries(session, on_inquiries),
        leads=await _leads(session, on_leads),
        links=[link for item in on_leads for link in links_of(item.envelope.event_id, item.event)],
    )


async def add_touches(session: Session, events: Sequence[ReceivedEvent]) -> None:
    touches = [touch_of(item.event) for item in events]
    await facts.add_touches(session, [touch for touch in touches if touch is not None])


async def _inquiries(
    session: Session, events: Sequence[ReceivedEvent]
) -> Mapping[UUID, InquiryFact]:
    """What becomes of the inquiries that the events tell of."""
    changes = [
        item.event for item in events if isinstance(item.event, InquiryReceived | InquiryUpdated)
    ]
    updated = {event.inquiry_id for event in changes if isinstance(event, InquiryUpdated)}
    kept: dict[UUID, InquiryFact] = {}
    if updated:
        kept = await facts.inquiries_by_id(session, updated)
    for event in changes:
        if isinstance(event, InquiryReceived):
            kept[event.inquiry_id] = inquiry_fact(event)
        elif event.inquiry_id in kept:
            kept[event.inquiry_id] = _corrected(kept[event.inquiry_id], event)
    return kept


def _corrected(fact: InquiryFact, event: InquiryUpdated) -> InquiryFact:
    try:
        return corrected(fact, event)
    except ValueError as error:
        raise InvalidError("The correction does not fit the inquiry.") from error


async def _leads(session: Session, events: Sequence[ReceivedEvent]) -> Mapping[UUID, LeadFact]:
    """What becomes of the leads that the events tell of."""
    first = {item.envelope.key for item in events if item.version == FIRST}
    earlier = {UUID(item.envelope.key) for item in events if item.envelope.key not in first}
    leads = await facts.leads_by_id(session, earlier) if earlier else {}
    for item in events:
        lead_id, contact_id = UUID(item.envelope.key), getattr(item.event, "contact_id", None)
        before = leads.get(lead_id) or (LeadFact(lead_id, contact_id) if contact_id else None)
        if before is not None:
            leads[lead_id] = advance(before, item.event)
    return leads


async def relink_contacts(session: Session, events: Sequence[ReceivedEvent]) -> None:
    latest: dict[UUID, tuple[UUID, int]] = {}
    for item in events:
        if isinstance(item.event, ContactRelinked):
            known = latest.get(item.event.contact_id)
            if known is None or known[1] < item.envelope.version:
                latest[item.event.contact_id] = (item.event.canonical_id, item.envelope.version)
    await facts.put_contacts(session, latest)


async def name_managers(session: Session, events: Sequence[ReceivedEvent]) -> None:
    latest: dict[UUID, tuple[str | None, int]] = {}
    for item in events:
        if isinstance(item.event, ManagerChanged):
            latest[item.event.manager_id] = (item.event.name, item.envelope.version)
    await facts.put_managers(session, latest)
