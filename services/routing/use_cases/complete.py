"""Completes inquiries of restored leads, of which the leads' own events carry little."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.lead import is_answered_call, most_pressing
from services.routing.domain.lead_matching import lead_id_for
from services.routing.repository import inquiries
from services.routing.repository.leads import set_languages
from services.routing.use_cases.touches import touch
from services.routing.use_cases.weigh import press
from shared.contracts.inquiries import InquiryReceived
from shared.database import Session


async def complete(session: Session, events: Sequence[InquiryReceived], *, now: datetime) -> None:
    """Apply inquiries that are in a lead already: their own facts, and what these change of it."""
    by_id = {event.inquiry_id: event for event in events}
    if not by_id:
        return
    places = await inquiries.complete(session, list(by_id.values()))
    await press(
        session,
        most_pressing((item.lead_id, by_id[item.inquiry_id].priority_class) for item in places),
        now=now,
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
    await touch(session, touches, now=now)
