"""Consents and refusals as people record them: by hand, for a person as a whole.

Invariant: a record stays with the contact it was made for; a person has the records of all theirs.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.consents import withdrawn
from services.intake.repository import consents, contacts, merges
from services.intake.repository.merges import Member
from services.intake.use_cases.erasure.erase import require_present
from shared.contracts.contacts import ConsentRecorded, ContactChanged
from shared.database import Row, Session
from shared.messaging.outbox.publish import emit


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes something of a person, when and why."""

    by: str
    now: datetime
    reason: str | None = None


async def contacts_of_person(session: Session, contact_id: UUID) -> list[UUID]:
    """All contacts of the person this one is part of. Raises NotFoundError."""
    row = await contacts.get_contact(session, contact_id)
    canonical_id = row["canonical_id"]
    return (await contacts.members_of(session, [canonical_id]))[canonical_id]


async def person_refusals(session: Session, contact_id: UUID) -> list[Row]:
    """The refusals of the whole person. Raises NotFoundError."""
    return await consents.list_refusals(session, await contacts_of_person(session, contact_id))


async def record_consent(session: Session, record: ConsentRecorded, author: Author) -> None:
    """Write and emit a consent or its withdrawal, which may refuse channels as well.

    Raises NotFoundError.
    """
    members = await _lock_person(session, record.contact_id)
    await consents.add_consents(session, [(record, author.now)])
    emit(session, record, now=author.now)
    if not record.given:
        channels = withdrawn(record.purpose, record.channels)
        member = next(one for one in members if one.contact_id == record.contact_id)
        await _change(session, [member], lambda refused: refused | set(channels), author)


async def refuse_channel(session: Session, contact_id: UUID, channel: str, author: Author) -> None:
    """The person must not be approached by this channel. Raises NotFoundError."""
    members = await _lock_person(session, contact_id)
    member = next(one for one in members if one.contact_id == contact_id)
    await _change(session, [member], lambda refused: refused | {channel}, author)


async def allow_channel(session: Session, contact_id: UUID, channel: str, author: Author) -> None:
    """Lift the refusal of this channel, whichever contact of the person has it.

    Raises NotFoundError.
    """
    members = await _lock_person(session, contact_id)
    await _change(session, members, lambda refused: refused - {channel}, author)


async def _lock_person(session: Session, contact_id: UUID) -> list[Member]:
    """The contacts of the person; until the commit nobody joins or leaves them.

    Raises NotFoundError, PersonErasedError.
    """
    while True:
        row = await contacts.get_contact(session, contact_id)
        members = await merges.lock_members(session, [row["canonical_id"]])
        # Merged or split meanwhile: they are now somebody else's.
        if any(member.contact_id == contact_id for member in members):
            await require_present(session, [contact_id])
            return members


async def _change(
    session: Session,
    members: Sequence[Member],
    change: Callable[[set[str]], set[str]],
    author: Author,
) -> None:
    """Change the refused channels of each contact, and emit those that differ."""
    rows = await consents.list_refusals(session, [member.contact_id for member in members])
    for member in members:
        before = {row["channel"] for row in rows if row["contact_id"] == member.contact_id}
        after = change(before)
        if after != before:
            await _write(session, member, after, author)


async def _write(
    session: Session, member: Member, channels: Collection[str], author: Author
) -> None:
    await consents.write_refusals(
        session,
        member.contact_id,
        channels,
        at=author.now,
        by=author.by,
        reason=author.reason,
    )
    event = ContactChanged(
        contact_id=member.contact_id,
        changed_at=author.now,
        details=member.details,
        do_not_contact=sorted(channels),
        actor=author.by,
        reason=author.reason,
    )
    emit(session, event, now=author.now)
