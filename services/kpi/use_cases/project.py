"""Projects a batch of events into facts, each stored once.

The result does not depend on the order in which events of different streams come.
"""

from collections.abc import Sequence
from uuid import UUID

from services.kpi.domain.facts import (
    InquiryFact,
    LeadFact,
    ManagerName,
    advance,
    corrected,
    inquiry_fact,
    touch_of,
)
from services.kpi.repository import facts
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.contracts.managers import ManagerChanged
from shared.database import Session
from shared.errors import InvalidError
from shared.messaging.decoding import ReceivedEvent
from shared.projection import advance_leads, inquiry_links, latest_contact_links


async def write_facts(
    session: Session, on_inquiries: Sequence[ReceivedEvent], on_leads: Sequence[ReceivedEvent]
) -> None:
    """Write inquiries, leads and the links between them as they are after these events."""
    await facts.write_facts(
        session,
        inquiries=await _inquiries(session, on_inquiries),
        leads=await advance_leads(
            session, on_leads, find=facts.find_leads, new=LeadFact, advance=advance
        ),
        links=inquiry_links(on_leads),
    )


async def add_touches(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the touches among these events."""
    touches = [touch_of(item.event) for item in events]
    await facts.add_touches(session, [touch for touch in touches if touch is not None])


async def _inquiries(session: Session, events: Sequence[ReceivedEvent]) -> list[InquiryFact]:
    """The inquiries of these events as they are afterwards, sorted by id."""
    changes = [
        item.event for item in events if isinstance(item.event, InquiryReceived | InquiryUpdated)
    ]
    inquiry_ids = {event.inquiry_id for event in changes if isinstance(event, InquiryUpdated)}
    inquiries: dict[UUID, InquiryFact] = {}
    if inquiry_ids:
        inquiries = await facts.find_inquiries(session, inquiry_ids)
    for event in changes:
        if isinstance(event, InquiryReceived):
            inquiries[event.inquiry_id] = inquiry_fact(event)
        elif event.inquiry_id in inquiries:
            inquiries[event.inquiry_id] = _corrected(inquiries[event.inquiry_id], event)
    return [inquiries[inquiry_id] for inquiry_id in sorted(inquiries)]


def _corrected(fact: InquiryFact, event: InquiryUpdated) -> InquiryFact:
    try:
        return corrected(fact, event)
    except ValueError as error:
        raise InvalidError("The correction does not fit the inquiry.") from error


async def relink_contacts(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the latest link of each contact."""
    await facts.write_contact_links(session, latest_contact_links(events))


async def name_managers(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the latest name of each manager."""
    names = {
        item.event.manager_id: ManagerName(item.event.manager_id, item.event.name, item.version)
        for item in events
        if isinstance(item.event, ManagerChanged)
    }
    await facts.write_managers(session, [names[manager_id] for manager_id in sorted(names)])
