"""The steps that projections of leads and contacts share; a service adds its own facts to them.

Within a stream the events of a batch stand in their order.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from shared.contracts.contacts import ContactRelinked
from shared.contracts.envelope import Event
from shared.contracts.lead_state import InquiryLink, State, links_of
from shared.contracts.leads import LeadEvent
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent

FIRST = 1  # the first version of a stream: nothing is stored of it yet


class ContactLink(NamedTuple):
    """The contact stands for the person of `canonical_id`; the highest version is true."""

    contact_id: UUID
    canonical_id: UUID
    version: int


async def advance_leads(
    session: Session,
    events: Sequence[ReceivedEvent],
    *,
    find: Callable[[Session, Collection[UUID]], Awaitable[Mapping[UUID, State]]],
    new: Callable[[UUID, UUID], State],
    advance: Callable[[State, Event], State],
) -> list[State]:
    """The leads of these events as they are afterwards, sorted by id.

    `find` loads those that are stored, by id; `new` begins one with the ids of lead and contact.
    """
    changes = [(item.version, item.event) for item in events if isinstance(item.event, LeadEvent)]
    new_ids = {event.lead_id for version, event in changes if version == FIRST}
    stored_ids = {event.lead_id for _, event in changes} - new_ids
    leads = dict(await find(session, stored_ids)) if stored_ids else {}
    for _, event in changes:
        lead = leads.get(event.lead_id) or new(event.lead_id, event.contact_id)
        leads[event.lead_id] = advance(lead, event)
    return [leads[lead_id] for lead_id in sorted(leads)]


def inquiry_links(events: Sequence[ReceivedEvent]) -> list[InquiryLink]:
    """The links between inquiries and leads that these events add."""
    return [link for item in events for link in links_of(item.envelope.event_id, item.event)]


def latest_contact_links(events: Sequence[ReceivedEvent]) -> list[ContactLink]:
    """The link of the highest version of each contact, sorted by contact."""
    links = {
        item.event.contact_id: ContactLink(
            item.event.contact_id, item.event.canonical_id, item.version
        )
        for item in sorted(events, key=lambda item: item.version)
        if isinstance(item.event, ContactRelinked)
    }
    return [links[contact_id] for contact_id in sorted(links)]
