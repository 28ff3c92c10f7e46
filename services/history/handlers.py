"""The door for events: every event becomes a line; some also move a lead, a link or a mapping.
Its law: across streams the order of arrival changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.history.domain.leads import Lead, advance, links_of
from services.history.domain.lines import blanked, line_of
from services.history.repository import projections
from services.history.repository.projections import clear
from shared.contracts.contacts import ContactErased, ContactRelinked
from shared.contracts.leads import LeadAccepted, LeadAssigned
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent

__all__ = ["ASSIGNED", "apply", "clear"]

ASSIGNED = "assigned"  # the bell's channel: waiting activities may be confirmed now


async def apply(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:  # noqa: ARG001  the kernel's form
    """Remember a batch, in sets."""
    erasures = [item.event for item in events if isinstance(item.event, ContactErased)]
    await projections.guard_erasure(session, erasing=bool(erasures))
    await _write_lines(session, events)
    for erasure in erasures:
        await projections.forget(
            session, sorted({erasure.contact_id, *erasure.birth_ids}), at=erasure.erased_at
        )
    await _relink_contacts(session, events)
    await _follow_leads(session, events)
    session.ring_after_commit(ASSIGNED)


async def _write_lines(session: Session, events: Sequence[ReceivedEvent]) -> None:
    lines = [line_of(item.envelope, item.event) for item in events]
    people = {line.contact_id for line in lines if line.contact_id is not None}
    erased = await projections.erased_among(session, people) if people else frozenset()
    await projections.add_lines(
        session, [blanked(line) if line.contact_id in erased else line for line in lines]
    )


async def _relink_contacts(session: Session, events: Sequence[ReceivedEvent]) -> None:
    latest: dict[UUID, tuple[UUID, int]] = {}
    for item in events:
        if isinstance(item.event, ContactRelinked):
            known = latest.get(item.event.contact_id)
            if known is None or known[1] < item.envelope.version:
                latest[item.event.contact_id] = (item.event.canonical_id, item.envelope.version)
    await projections.put_contacts(session, latest)


async def _follow_leads(session: Session, events: Sequence[ReceivedEvent]) -> None:
    told = [item for item in events if item.envelope.topic == "leads"]
    if not told:
        return
    lead_ids = {UUID(item.envelope.key) for item in told}
    leads = await projections.leads_by_id(session, lead_ids)
    for item in told:
        lead_id, contact_id = UUID(item.envelope.key), getattr(item.event, "contact_id", None)
        before = leads.get(lead_id) or (Lead(lead_id, contact_id) if contact_id else None)
        if before is not None:
            leads[lead_id] = advance(before, item.event)
    await projections.put_leads(session, [leads[found] for found in sorted(leads)])
    await projections.add_links(
        session,
        [link for item in told for link in links_of(item.envelope.event_id, item.event)],
    )
    held = [item.event for item in told if isinstance(item.event, LeadAssigned | LeadAccepted)]
    await projections.add_assignees(session, [(event.lead_id, event.manager_id) for event in held])
