"""Asks for the people of a list to be approached: once, and for nobody who is held back.

Who of them may be approached, and how they are reached, is known where their consents are.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.kpi.repository.loyalty import approaches, lists
from services.kpi.repository.loyalty.approaches import Approach
from services.kpi.use_cases.loyalty.lists import end_of
from shared.contracts.approaches import ApproachRequested
from shared.database import Session
from shared.errors import ConflictError
from shared.messaging.outbox.publish import emit

MOST_CONTACTS: Final = 500  # contacts of an event


@dataclass(frozen=True, slots=True)
class Wish:
    """`reason` is for those who will speak to the people."""

    reason: str | None
    by: str


async def request_approach(
    session: Session, list_id: UUID, wish: Wish, *, now: datetime
) -> Approach:
    """Write down that it is asked for, and emit it. Raises NotFoundError, and ConflictError if it
    was asked for before, or could not be measured any more.
    """
    item = await lists.get_list(session, list_id)
    if now >= end_of(item):
        raise ConflictError("What the list brings is not measured any more.")
    contact_ids = await approaches.list_approachable(session, list_id)
    approach = Approach(list_id, len(contact_ids), wish.reason, now, wish.by)
    if not await approaches.add_approach(session, approach):
        raise ConflictError("The people of the list are approached already.")
    for start in range(0, len(contact_ids), MOST_CONTACTS):
        event = ApproachRequested(
            list_id=list_id,
            kind=item.kind,
            name=item.name,
            reason=wish.reason,
            contacts=approach.contacts,
            contact_ids=list(contact_ids[start : start + MOST_CONTACTS]),
            requested_at=now,
            requested_by=wish.by,
        )
        emit(session, event, now=now)
    return approach
