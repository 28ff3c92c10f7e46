"""The door for events: every event becomes a line; some also move a lead, a link or a mapping.
Its law: across streams the order of arrival changes nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.history.domain.leads import Lead, advance, links_of
from services.history.domain.lines import line_of
from services.history.repository import projections
from services.history.repository.projections import clear
from shared.contracts.contacts import ContactErased, ContactRelinked
from shared.contracts.leads import LeadAccepted, LeadAssigned
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent

__all__ = ["ASSIGNED", "apply", "clear"]

FIRST = 1  # the version with which a stream begins: nothing is known of it yet
ASSIGNED = "assigned"  # the wake-up's channel: waiting activities may be confirmed now


async def apply(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:  # noqa: ARG001  the kernel's form
    """Remember a batch, in sets."""
    by_topic: dict[str, list[ReceivedEvent]] = defaultdict(list)
    for item in events:
        by_topic[item.envelope.topic].append(item)
    about_links = by_topic["contact-links"]
    erasures = [item.event for item in about_links if isinstance(item.event, ContactErased)]
    await projections.guard_erasure(session, erasing=bool(erasures))
    await _write(session, events, by_topic["leads"])
    for erasure in erasures:
        await projections.forget(
            session, sorted({erasure.contact_id, *erasure.birth_ids}), at=erasure.erased_at
        )
    await _relink_contacts(session, about_links)
    session.notify_after_commit(ASSIGNED)


async def _write(
    session: Session, events: Sequence[ReceivedEvent], on_leads: Sequence[ReceivedEvent]
) -> None:
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


async def _relink_contacts(session: Session, events: Sequence[ReceivedEvent]) -> None:
    latest: dict[UUID, tuple[UUID, int]] = {}
    for item in events:
        if isinstance(item.event, ContactRelinked):
            known = latest.get(item.event.contact_id)
            if known is None or known[1] < item.envelope.version:
                latest[item.event.contact_id] = (item.event.canonical_id, item.envelope.version)
    await projections.put_contacts(session, latest)
