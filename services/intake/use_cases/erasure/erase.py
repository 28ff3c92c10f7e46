"""Erases a person: at once what is theirs by their contacts, then slice by slice what is long.

Invariant: the contacts are remembered as erased, their points are nobody's, and the services are
told, in one transaction; from then on nothing that is stored or emitted of them is personal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.intake.domain.erasing import (
    ErasureReason,
    ErasureStep,
    person_version,
    search_pattern,
)
from services.intake.repository import contacts, merges
from services.intake.repository.erasure import erasures, people
from services.intake.repository.merges import Member
from services.intake.use_cases.erasure.finish import ERASURES_HERE, Work
from services.intake.use_cases.split import PersonChangedError
from shared.contracts.contacts import ContactErased
from shared.database import Row, Session
from shared.errors import ConflictError, NotFoundError
from shared.ids import first_id, new_id
from shared.messaging.erased import erased_among, remember_erased
from shared.messaging.outbox.publish import emit

AT_ONCE: Final = 20  # slices in the first transaction: whoever asked a few times is done with it
_EARLIER: Final = 86_400_000 << 80  # a day, as ids of submissions count it


class PersonErasedError(ConflictError):
    """The person was erased: nothing more is stored about them."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who erases the person of a contact, and why; `version`: of the person as they looked at."""

    contact_id: UUID
    version: int
    reason: ErasureReason
    by: str
    now: datetime


async def require_present(session: Session, contact_ids: Sequence[UUID]) -> None:
    """Raises PersonErasedError if any of these contacts was erased."""
    if await erased_among(session, contact_ids):
        raise PersonErasedError("The person was erased: nothing more is stored about them.")


async def erase_contact(session: Session, order: Order) -> Row:
    """Erase the person of a contact, once: again, the same erasure is given.

    Raises NotFoundError, PersonChangedError when it is not the person that was looked at.
    """
    earlier = await erasures.find_erasure_of(session, order.contact_id)
    if earlier is not None:
        return await erasures.get_erasure(session, earlier)
    contact_ids = await contacts.same_person(session, order.contact_id)
    if not contact_ids:
        raise NotFoundError("There is no such contact.")
    await people.lock_orders(session, contact_ids)
    points = await people.lock_points(session, contact_ids)
    row = await contacts.get_contact(session, order.contact_id)
    members = await merges.lock_members(session, [row["canonical_id"]])
    ids = [member.contact_id for member in members]
    if set(ids) != set(contact_ids) or person_version(ids) != order.version:
        raise PersonChangedError("The person was merged or split meanwhile: look again.")
    erasure_id = new_id()
    await remember_erased(session, ids)
    rows = await people.blank_people(session, ids, points, now=order.now)
    values = {
        "erasure_id": erasure_id,
        "contact_id": row["canonical_id"],
        "contact_ids": ids,
        "reason": order.reason,
        "erased_by": order.by,
        "erased_at": order.now,
        "step": ErasureStep.INQUIRIES,
        "pattern": search_pattern(points),
        "search_from": _first_submission(members),
        "rows": {name: number for name, number in rows.items() if number},
    }
    await erasures.add_erasure(session, values)
    event = ContactErased(
        contact_id=row["canonical_id"],
        birth_ids=ids,
        erased_at=order.now,
        erasure_id=erasure_id,
    )
    emit(session, event, now=order.now)
    await _go_on(session, erasure_id, now=order.now)
    session.notify_after_commit(ERASURES_HERE)
    return await erasures.get_erasure(session, erasure_id)


async def _go_on(session: Session, erasure_id: UUID, *, now: datetime) -> None:
    """The first slices of what is theirs by their contacts; what is to be searched takes longer."""
    work = Work(session, await erasures.get_erasure(session, erasure_id), now)
    for _ in range(AT_ONCE):
        if work.step is ErasureStep.SEARCH:
            break
        await work.advance()


def _first_submission(members: Sequence[Member]) -> UUID:
    """Everything of theirs was received after this id."""
    first = first_id(min(member.created_at for member in members))
    return UUID(int=max(0, first.int - _EARLIER))
