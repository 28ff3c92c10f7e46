"""Completes inquiries of restored leads, of which the leads' own events carry little."""

from collections.abc import Sequence
from uuid import UUID

from services.routing.domain.lead import is_answered_call, most_pressing
from services.routing.domain.lead_matching import lead_id_for
from services.routing.repository import assignments, inquiries
from services.routing.repository.leads import raise_priority, set_languages
from shared.contracts.inquiries import InquiryReceived
from shared.database import Session


async def complete(session: Session, events: Sequence[InquiryReceived]) -> None:
    """Apply inquiries that are in a lead already: their own facts, and what these change of it."""
    by_id = {event.inquiry_id: event for event in events}
    if not by_id:
        return
    places = await inquiries.complete(session, list(by_id.values()))
    await raise_priority(
        session,
        most_pressing((item.lead_id, by_id[item.inquiry_id].priority_class) for item in places),
    )
    languages: dict[UUID, str] = {}
    touches = []
    for item in places:
        event = by_id[item.inquiry_id]
        opened_id = lead_id_for(item.inquiry_id, item.pipeline)
        if event.language is not None:
            languages[opened_id] = event.language
        if item.lead_id != opened_id and is_answered_call(event.call):
            touches.append((item.lead_id, event.received_at))
    await set_languages(session, languages)
    if touches:
        await assignments.touch(session, touches)
