"""Routing's door for events. What comes from different streams may come in any order."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from services.routing.use_cases.receive import correct, receive
from services.routing.use_cases.relink import relink_contacts
from services.routing.use_cases.touch import touch
from shared.contracts.activities import ActivityRecorded
from shared.contracts.contacts import ContactRelinked
from shared.contracts.envelope import Event
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent

E = TypeVar("E", bound=Event)


async def apply(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:
    """Apply a batch type by type. Contacts first: their locks are taken once and in one order;
    a correction follows its inquiry, as it does within their stream.
    """
    if relinked := _of(events, ContactRelinked):
        await relink_contacts(session, relinked, now=now)
    if received := _of(events, InquiryReceived):
        await receive(session, received, now=now)
    if updated := _of(events, InquiryUpdated):
        await correct(session, updated)
    if recorded := _of(events, ActivityRecorded):
        await touch(session, recorded)


def _of(events: Sequence[ReceivedEvent], kind: type[E]) -> list[tuple[ReceivedEvent, E]]:
    return [(item, item.event) for item in events if isinstance(item.event, kind)]
