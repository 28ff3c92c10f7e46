"""Routing's door for events. What comes from different streams may come in any order."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from services.routing.use_cases.receive import correct, receive
from services.routing.use_cases.relink import relink_contacts
from services.routing.use_cases.touch import touch
from services.routing.use_cases.touched import lock_touched
from shared.contracts.activities import ActivityRecorded
from shared.contracts.contacts import ContactRelinked
from shared.contracts.envelope import Event
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent

E = TypeVar("E", bound=Event)


async def apply(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:
    """Apply a batch type by type, after locking once what all of it touches. A correction follows
    its inquiry, as it does within their stream.
    """
    relinked, received = _of(events, ContactRelinked), _of(events, InquiryReceived)
    updated, recorded = _of(events, InquiryUpdated), _of(events, ActivityRecorded)
    if relinked or received or updated:
        touched = await lock_touched(
            session,
            relinked=[event for _, event in relinked],
            received=[event for _, event in received],
            updated=[event for _, event in updated],
        )
        if relinked:
            touched = await relink_contacts(session, relinked, touched, now=now)
        # Contacts that meet release managers: to lock others after those could meet somebody.
        await receive(session, received, touched, may_assign=not relinked, now=now)
        if updated:
            await correct(session, updated)
    if recorded:
        await touch(session, recorded)


def _of(events: Sequence[ReceivedEvent], kind: type[E]) -> list[tuple[ReceivedEvent, E]]:
    return [(item, item.event) for item in events if isinstance(item.event, kind)]
