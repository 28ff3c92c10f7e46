"""Erasures that an older backup does not know: begun again from intake's own events."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.intake.domain.erasing import ErasureReason, ErasureStep, search_pattern
from services.intake.repository.erasure import erasures, people
from services.intake.use_cases.erasure.finish import ERASURES_HERE
from shared.contracts.contacts import ContactErased
from shared.contracts.envelope import Event
from shared.database import Session
from shared.ids import new_id
from shared.messaging.erased import remember_erased

_EVERYTHING = UUID(int=0)


async def restore_erasures(session: Session, events: Sequence[Event], *, now: datetime) -> None:
    """Erase again whom the backup still has; why, and by whom it was, is in no event."""
    for event in events:
        if isinstance(event, ContactErased):
            await _restore(session, event, now=now)


async def _restore(session: Session, event: ContactErased, *, now: datetime) -> None:
    contact_ids = sorted({event.contact_id, *event.birth_ids})
    await remember_erased(session, contact_ids)
    points = await people.lock_points(session, contact_ids)
    rows = await people.blank_people(session, contact_ids, points, now=now)
    if await erasures.find_erasure_of(session, event.contact_id) is not None:
        return
    values = {
        "erasure_id": event.erasure_id or new_id(),
        "contact_id": event.contact_id,
        "contact_ids": contact_ids,
        "reason": ErasureReason.REQUESTED,
        "erased_by": "restored",
        "erased_at": event.erased_at,
        "step": ErasureStep.INQUIRIES,
        "pattern": search_pattern(points),
        "search_from": _EVERYTHING,
        "rows": {name: number for name, number in rows.items() if number},
    }
    await erasures.add_erasure(session, values)
    session.notify_after_commit(ERASURES_HERE)
