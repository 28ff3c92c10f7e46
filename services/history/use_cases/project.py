"""What becomes of a batch: every event is a line; some also move a lead, a link or a mapping.

Across streams the order of arrival changes nothing.
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

FIRST = 1  # the version with which a stream begins: nothing is known of it yet


async def guard_erasures(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Wait for whoever writes of the people that these events forget, or forgets them now."""
    await projections.guard_erasure(session, erasing=bool(_erasures(events)))


async def forget_people(session: Session, events: Sequence[ReceivedEvent]) -> None:
    for erasure in _erasures(events):
        await projections.forget(
            session, sorted({erasure.contact_id, *erasure.birth_ids}), at=erasure.erased_at
        )


def _erasures(events: Sequence[ReceivedEvent]) -> list[ContactErased]:
    return [item.event for item in events if isinstance(item.event, ContactErased)]


async def write_lines(
    session: Session, events: Sequence[ReceivedEvent], on_leads: Sequence[ReceivedEvent]
) -> None:
    """A line for each event, and what those `on_leads` make of their leads, links and assignees."""
    holding = [
        item.event for item in on_leads if isinstance(item.event, LeadAssigned | LeadAccepted)
    ]
    await projections.write(
        session,
        lines=[line_of(item.envelope, item.event) for item in events],
        leads=await _leads(session, on_leads),
        links=[link for item in on_leads for link in links_of(item.envelope.event_id, item.event)],
        assignees=sorted({(event.lead_id, event.manager_id) for event in holding}),
    )


async def _leads(session: Session, events: Sequence[ReceivedEvent]) -> list[Lead]:
    """What becomes of the leads that the events tell of, by id."""
    first = {item.envelope.key for item in events if item.version == FIRST}
    earlier = {UUID(item.envelope.key) for item in events if item.envelope.key not in first}
    leads = await projections.leads_by_id(session, earlier) if earlier else {}
    for item in events:
        lead_id, contact_id = UUID(item.envelope.key), getattr(item.event, "contact_id", None)
        before = leads.get(lead_id) or (Lead(lead_id, contact_id) if contact_id else None)
        if before is not None:
            leads[lead_id] = advance(before, item.event)
    return [leads[lead_id] for lead_id in sorted(leads)]


async def relink_contacts(session: Session, events: Sequence[ReceivedEvent]) -> None:
    latest: dict[UUID, tuple[UUID, int]] = {}
    for item in events:
        if isinstance(item.event, ContactRelinked):
            known = latest.get(item.event.contact_id)
            if known is None or known[1] < item.envelope.version:
                latest[item.event.contact_id] = (item.event.canonical_id, item.envelope.version)
    await projections.put_contacts(session, latest)
