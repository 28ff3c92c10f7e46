"""Projects a batch of events into facts, each stored once.

The result does not depend on the order in which events of different streams come.
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

FIRST = 1  # the first version of a stream: nothing is stored of it yet


async def keep_facts(
    session: Session, on_inquiries: Sequence[ReceivedEvent], on_leads: Sequence[ReceivedEvent]
) -> None:
    """Write inquiries, leads and the links between them as they are after these events."""
    await facts.put_facts(
        session,
        inquiries=await _inquiries(session, on_inquiries),
        leads=await _leads(session, on_leads),
        links=[link for item in on_leads for link in links_of(item.envelope.event_id, item.event)],
    )


async def add_touches(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the touches among these events."""
    touches = [touch_of(item.event) for item in events]
    await facts.add_touches(session, [touch for touch in touches if touch is not None])


async def _inquiries(
    session: Session, events: Sequence[ReceivedEvent]
) -> Mapping[UUID, InquiryFact]:
    """The inquiries of these events as they are afterwards, by id."""
    changes = [
        item.event for item in events if isinstance(item.event, InquiryReceived | InquiryUpdated)
    ]
    inquiry_ids = {event.inquiry_id for event in changes if isinstance(event, InquiryUpdated)}
    inquiries: dict[UUID, InquiryFact] = {}
    if inquiry_ids:
        inquiries = await facts.inquiries_by_id(session, inquiry_ids)
    for event in changes:
        if isinstance(event, InquiryReceived):
            inquiries[event.inquiry_id] = inquiry_fact(event)
        elif event.inquiry_id in inquiries:
            inquiries[event.inquiry_id] = _corrected(inquiries[event.inquiry_id], event)
    return inquiries


def _corrected(fact: InquiryFact, event: InquiryUpdated) -> InquiryFact:
    try:
        return corrected(fact, event)
    except ValueError as error:
        raise InvalidError("The correction does not fit the inquiry.") from error


async def _leads(session: Session, events: Sequence[ReceivedEvent]) -> Mapping[UUID, LeadFact]:
    """The leads of these events as they are afterwards, by id."""
    first = {item.envelope.key for item in events if item.version == FIRST}
    lead_ids = {UUID(item.envelope.key) for item in events if item.envelope.key not in first}
    leads = await facts.leads_by_id(session, lead_ids) if lead_ids else {}
    for item in events:
        lead_id, contact_id = UUID(item.envelope.key), getattr(item.event, "contact_id", None)
        before = leads.get(lead_id) or (LeadFact(lead_id, contact_id) if contact_id else None)
        if before is not None:
            leads[lead_id] = advance(before, item.event)
    return leads


async def relink_contacts(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the latest link of each contact."""
    latest: dict[UUID, tuple[UUID, int]] = {}
    for item in events:
        if isinstance(item.event, ContactRelinked):
            link = latest.get(item.event.contact_id)
            if link is None or link[1] < item.envelope.version:
                latest[item.event.contact_id] = (item.event.canonical_id, item.envelope.version)
    await facts.put_contacts(session, latest)


async def name_managers(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the latest name of each manager."""
    latest: dict[UUID, tuple[str | None, int]] = {}
    for item in events:
        if isinstance(item.event, ManagerChanged):
            latest[item.event.manager_id] = (item.event.name, item.envelope.version)
    await facts.put_managers(session, latest)
