"""The door for events: every fact is kept once, in sets.
Its law: across streams the order of arrival changes nothing; figures are worked out at reading.
"""

from collections.abc import Sequence
from datetime import datetime
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
from services.kpi.repository.facts import clear
from shared.contracts.contacts import ContactRelinked
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.contracts.managers import ManagerChanged
from shared.database import Session
from shared.errors import InvalidError
from shared.messaging.decoding import ReceivedEvent

__all__ = ["apply", "clear"]


async def apply(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:  # noqa: ARG001  the kernel's form
    """Keep the facts of a batch."""
    await _keep_inquiries(session, events)
    await _follow_leads(session, events)
    touches = [touch_of(item.event) for item in events]
    await facts.add_touches(session, [touch for touch in touches if touch is not None])
    await _relink_contacts(session, events)
    await _name_managers(session, events)


async def _keep_inquiries(session: Session, events: Sequence[ReceivedEvent]) -> None:
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
    await facts.put_inquiries(session, kept.values())


def _corrected(fact: InquiryFact, event: InquiryUpdated) -> InquiryFact:
    try:
        return corrected(fact, event)
    except ValueError as error:
        raise InvalidError("The correction does not fit the inquiry.") from error


async def _follow_leads(session: Session, events: Sequence[ReceivedEvent]) -> None:
    told = [item for item in events if item.envelope.topic == "leads"]
    if not told:
        return
    leads = await facts.leads_by_id(session, {UUID(item.envelope.key) for item in told})
    for item in told:
        lead_id, contact_id = UUID(item.envelope.key), getattr(item.event, "contact_id", None)
        before = leads.get(lead_id) or (LeadFact(lead_id, contact_id) if contact_id else None)
        if before is not None:
            leads[lead_id] = advance(before, item.event)
    await facts.put_leads(session, leads.values())
    await facts.add_links(
        session,
        [link for item in told for link in links_of(item.envelope.event_id, item.event)],
    )


async def _relink_contacts(session: Session, events: Sequence[ReceivedEvent]) -> None:
    latest: dict[UUID, tuple[UUID, int]] = {}
    for item in events:
        if isinstance(item.event, ContactRelinked):
            known = latest.get(item.event.contact_id)
            if known is None or known[1] < item.envelope.version:
                latest[item.event.contact_id] = (item.event.canonical_id, item.envelope.version)
    await facts.put_contacts(session, latest)


async def _name_managers(session: Session, events: Sequence[ReceivedEvent]) -> None:
    latest: dict[UUID, tuple[str | None, int]] = {}
    for item in events:
        if isinstance(item.event, ManagerChanged):
            latest[item.event.manager_id] = (item.event.name, item.envelope.version)
    await facts.put_managers(session, latest)
