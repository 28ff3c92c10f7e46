"""Projects a batch of events: each becomes a line; some also change leads, links or contacts.

The result does not depend on the order in which events of different streams come.
"""

from collections.abc import Sequence
from uuid import UUID

from services.history.domain.leads import Lead, advance, links_of
from services.history.domain.lines import line_of
from services.history.repository import projections
from shared.contracts.contacts import ContactErased, ContactRelinked
from shared.contracts.leads import LeadAccepted, LeadAssigned
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent

FIRST = 1  # the first version of a stream: nothing is stored of it yet


async def guard_erasures(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Take the erasure lock: exclusive if any of these events erases a person."""
    await projections.guard_erasure(session, erasing=bool(_erasures(events)))


async def forget_people(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Blank the personal data of the people whom these events erase."""
    for erasure in _erasures(events):
        await projections.forget(
            session, sorted({erasure.contact_id, *erasure.birth_ids}), at=erasure.erased_at
        )


def _erasures(events: Sequence[ReceivedEvent]) -> list[ContactErased]:
    return [item.event for item in events if isinstance(item.event, ContactErased)]


async def write_lines(
    session: Session, events: Sequence[ReceivedEvent], on_leads: Sequence[ReceivedEvent]
) -> None:
    """Write a line for each event, and leads, links and assignees from the events `on_leads`."""
    ownerships = [
        item.event for item in on_leads if isinstance(item.event, LeadAssigned | LeadAccepted)
    ]
    await projections.write(
        session,
        lines=[line_of(item.envelope, item.event) for item in events],
        leads=await _leads(session, on_leads),
        links=[link for item in on_leads for link in links_of(item.envelope.event_id, item.event)],
        assignees=sorted({(event.lead_id, event.manager_id) for event in ownerships}),
    )


async def _leads(session: Session, events: Sequence[ReceivedEvent]) -> list[Lead]:
    """The leads of these events as they are afterwards, sorted by id."""
    first = {item.envelope.key for item in events if item.version == FIRST}
    lead_ids = {UUID(item.envelope.key) for item in events if item.envelope.key not in first}
    leads = await projections.leads_by_id(session, lead_ids) if lead_ids else {}
    for item in events:
        lead_id, contact_id = UUID(item.envelope.key), getattr(item.event, "contact_id", None)
        before = leads.get(lead_id) or (Lead(lead_id, contact_id) if contact_id else None)
        if before is not None:
            leads[lead_id] = advance(before, item.event)
    return [leads[lead_id] for lead_id in sorted(leads)]


async def relink_contacts(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the latest link of each contact."""
    latest: dict[UUID, tuple[UUID, int]] = {}
    for item in events:
        if isinstance(item.event, ContactRelinked):
            link = latest.get(item.event.contact_id)
            if link is None or link[1] < item.envelope.version:
                latest[item.event.contact_id] = (item.event.canonical_id, item.envelope.version)
    await projections.put_contacts(session, latest)
