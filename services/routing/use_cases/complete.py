"""Completes inquiries of restored leads, of which the leads' own events carry little, and applies
corrections of inquiries.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.lead import is_answered_call, most_pressing
from services.routing.domain.lead_matching import lead_id_for
from services.routing.domain.lead_traits import Traits, corrected_traits, traits_of
from services.routing.repository import inquiries
from services.routing.repository.lead_traits import (
    TraitChange,
    list_places,
    set_inquiry_languages,
    set_traits,
)
from services.routing.use_cases.assignments import LEADS
from services.routing.use_cases.pools.weigh import press
from services.routing.use_cases.touches import touch
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent


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
    traits: dict[UUID, Traits] = {}
    touches = []
    for item in places:
        event = by_id[item.inquiry_id]
        opened_id = lead_id_for(item.inquiry_id, item.pipeline)
        traits[opened_id] = traits_of(event)
        if item.lead_id != opened_id and is_answered_call(event.call):
            touches.append((item.lead_id, event.received_at))
    await set_traits(session, [TraitChange(*item, corrects=False) for item in traits.items()])
    await touch(session, touches, now=now)


async def correct(
    session: Session, events: Sequence[tuple[ReceivedEvent, InquiryUpdated]], *, now: datetime
) -> None:
    """Apply corrections: of priority classes, which make a lead more pressing, never less, and of
    what leads are about.

    The caller holds the leads' locks.
    """
    classes = {
        event.inquiry_id: str(event.changes["priority_class"])
        for _, event in events
        if event.changes.get("priority_class")
    }
    if classes:
        leads = await inquiries.reclass(session, classes)
        await press(session, most_pressing(leads), now=now)
    traits: dict[UUID, Traits] = {}
    for _, event in events:
        if changed := corrected_traits(event.changes):
            traits[event.inquiry_id] = {**traits.get(event.inquiry_id, {}), **changed}
    if traits:
        await _correct_traits(session, traits)
    if classes or traits:
        session.notify_after_commit(LEADS)


async def _correct_traits(session: Session, traits: dict[UUID, Traits]) -> None:
    """A lead is about what the inquiry says that opened it, and else what others say."""
    opening: dict[UUID, Traits] = {}
    joining: dict[UUID, Traits] = {}
    for item in await list_places(session, traits):
        opens = item.lead_id == lead_id_for(item.inquiry_id, item.pipeline)
        of_leads = opening if opens else joining
        of_leads[item.lead_id] = {**of_leads.get(item.lead_id, {}), **traits[item.inquiry_id]}
    await set_traits(session, [TraitChange(*item, corrects=True) for item in opening.items()])
    additions = {
        lead_id: {column: value for column, value in items.items() if value is not None}
        for lead_id, items in joining.items()
    }
    await set_traits(session, [TraitChange(*item, corrects=False) for item in additions.items()])
    languages = {key: item["language"] for key, item in traits.items() if "language" in item}
    await set_inquiry_languages(session, languages)
