"""Keeps what a batch says of sales and spam, and notes of whom there is something new to be told.

What is told of people is computed from all that was said of them (`tell.py`), so it does not depend
on the order in which wins, orders, inquiries and links of contacts come.
"""

from collections.abc import Sequence
from datetime import UTC, date
from uuid import UUID

from services.kpi.domain.sales.events import SaleEvent, sale_event_of, spam_mark_of
from services.kpi.repository.money import sales
from services.kpi.repository.money.untold import add_untold
from shared.contracts.contacts import ContactRelinked
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.contracts.leads import LeadMerged, LeadOpened, LeadReopened
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent

# They say of whom inquiries are, what of, and which of them opened a lead.
_NEWS = (InquiryReceived, InquiryUpdated, LeadOpened, LeadMerged, LeadReopened, ContactRelinked)


async def note_people(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Keep what these events say of sales and spam; whoever they are about is to be told anew."""
    days: dict[UUID, date] = {}
    facts: list[SaleEvent] = []
    for item in events:
        event, envelope = item.event, item.envelope
        if isinstance(event, _NEWS):
            _note(days, event.contact_id, item)
            if isinstance(event, ContactRelinked):
                _note(days, event.canonical_id, item)
        fact = sale_event_of(event, envelope.event_id, version=item.version, known_at=envelope.time)
        if fact is not None:
            facts.append(fact)
    new_ids = await sales.add_sale_events(session, facts)
    await _mark_spam(session, events)
    for fact in facts:
        if fact.event_id in new_ids:
            day = fact.known_at.astimezone(UTC).date()
            days[fact.contact_id] = min(day, days.get(fact.contact_id, day))
    if days:
        await add_untold(session, days)


def _note(days: dict[UUID, date], contact_id: UUID, item: ReceivedEvent) -> None:
    day = item.envelope.time.astimezone(UTC).date()
    days[contact_id] = min(day, days.get(contact_id, day))


async def _mark_spam(session: Session, events: Sequence[ReceivedEvent]) -> None:
    marks = [
        spam_mark_of(item.event, version=item.version, known_at=item.envelope.time)
        for item in events
        if isinstance(item.event, InquiryUpdated)
    ]
    await sales.add_spam_marks(session, [mark for mark in marks if mark is not None])
