"""Handles the events that routing consumes. Those of different streams may come in any order."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from services.routing.use_cases.attainment import note_attainment
from services.routing.use_cases.complete import correct
from services.routing.use_cases.erasure import FORGETTING
from services.routing.use_cases.forgotten import set_erased_aside
from services.routing.use_cases.receive import receive
from services.routing.use_cases.relink import relink_contacts
from services.routing.use_cases.touched import lock_footprint
from services.routing.use_cases.touches import find_touches, touch
from shared.contracts.activities import ActivityRecorded
from shared.contracts.contacts import ContactErased, ContactRelinked
from shared.contracts.envelope import Event
from shared.contracts.indicators import AttainmentMeasured
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.database import Session
from shared.messaging.consumer.erasures import erase_people
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.outbox.publish import require_open

E = TypeVar("E", bound=Event)


async def apply(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:
    """Apply a batch type by type, after locking once all that it touches.

    Raises OutboxClosedError while leads that were restored may still be missing.
    """
    relinks, inquiries = _of(events, ContactRelinked), _of(events, InquiryReceived)
    updates, activities = _of(events, InquiryUpdated), _of(events, ActivityRecorded)
    measures = _of(events, AttainmentMeasured)
    erased_ids = {
        contact_id
        for _, event in _of(events, ContactErased)
        for contact_id in (event.contact_id, *event.birth_ids)
    }
    touches = await find_touches(session, activities)
    if relinks or inquiries or updates or touches or erased_ids:
        footprint = await lock_footprint(
            session,
            relinks=[event for _, event in relinks],
            arrivals=[event for _, event in inquiries],
            updates=[event for _, event in updates],
            touched_ids={lead_id for lead_id, _ in touches},
            erased_ids=erased_ids,
        )
        if relinks:
            footprint = await relink_contacts(session, relinks, footprint, now=now)
            touches = await find_touches(session, activities)  # contacts may have other leads now
        # Merging has locked managers already, measures lock some, and leads of erased people are
        # taken from theirs; locking more of them to assign could deadlock.
        alone = not (relinks or measures or erased_ids)
        await receive(session, inquiries, footprint, may_assign=alone, now=now)
        if updates:
            # Within a stream a correction follows its inquiry, so corrections are applied later.
            await correct(session, updates, now=now)
    if touches:
        await touch(session, touches, now=now)
    if measures:
        await note_attainment(session, measures)
    await erase_people(session, events, FORGETTING, now=now)
    if erased_ids:
        await set_erased_aside(session, erased_ids, now=now)
    if not session.emitted:  # what was emitted is refused by itself
        await require_open(session)


def _of(events: Sequence[ReceivedEvent], kind: type[E]) -> list[tuple[ReceivedEvent, E]]:
    return [(item, item.event) for item in events if isinstance(item.event, kind)]
