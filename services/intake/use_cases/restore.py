"""Brings intake's people and inquiries to what its own events say, after an older backup.

No submission is invented: an inquiry whose submission is lost stands without it. No event tells of
sources, so inquiries of one that is gone are not written; nor of proposals and verdicts on points.
The number of a person whom only a call made known is shown, and does not identify.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.domain import restoring
from services.intake.domain.restoring import Moment
from services.intake.repository import calls, points
from services.intake.repository.purchases import restore_purchases
from services.intake.repository.restoring import (
    write_consents,
    write_inquiries,
    write_people,
)
from services.intake.use_cases.erasure.restored import restore_erasures
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.erased import erased_among


async def restore(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:
    """See `Restore`: what was normalised is not normalised again, nor taken for new."""
    await restore_erasures(session, [item.event for item in events], now=now)
    moments = [Moment(item.event, item.envelope.time, item.envelope.payload) for item in events]
    locks = await points.lock_points(session, sorted(restoring.points_of(moments)))
    contact_ids = {
        contact_id for event, _, _ in moments if (contact_id := getattr(event, "contact_id", None))
    }
    erased = set(await erased_among(session, contact_ids))
    facts = {point: facts for point, (_, facts) in locks.items()}
    rows = restoring.restored(moments, facts, erased)
    await write_people(session, rows, now=now)
    await write_consents(session, rows)
    await write_inquiries(session, rows.inquiries)
    changes: dict[UUID, dict[str, Any]] = {}
    for inquiry_id, members in rows.changes:
        changes.setdefault(inquiry_id, {}).update(members)
    await calls.change_inquiries(session, list(changes.items()))
    await calls.restore_calls(session, rows.calls)
    await restore_purchases(session, list(rows.purchases.values()))
