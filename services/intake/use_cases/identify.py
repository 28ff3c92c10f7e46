"""Identity around the pure rules: lock what a batch touches, write back what came of it.

Its law: points first, then contacts, each in one order: two normalisers cannot deadlock for long,
and cannot give one point to two contacts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.intake.domain.identity import ContactPoint, contact_points
from services.intake.domain.people import People, flattened
from services.intake.repository import contacts
from services.intake.use_cases.telling import contact_changed, contact_relinked
from shared.contracts.inquiry import ContactDetails
from shared.database import Session
from shared.messaging.speaking import say


async def known_people(session: Session, details: Sequence[ContactDetails]) -> People:
    """Everybody whom these details point at, locked until the commit."""
    points = sorted({point for told in details for point in contact_points(told)})
    if not points:
        return People({}, {})
    owners = await contacts.lock_points(session, points)
    behind = {owner for owner in owners.values() if owner is not None}
    people, canonical = await contacts.lock_people(session, behind)
    return People(
        people,
        {point: _canonical(canonical, owner) for point, owner in owners.items() if owner},
    )


def _canonical(canonical: Mapping[UUID, UUID], contact_id: UUID) -> UUID:
    while canonical[contact_id] != contact_id:
        contact_id = canonical[contact_id]
    return contact_id


async def write_people(
    session: Session,
    state: People,
    *,
    now: datetime,
    traceparents: Mapping[UUID, str | None],
) -> None:
    """Write contacts, points and merges, and say what has changed for whom."""
    born = [state.people[contact_id] for contact_id in sorted(state.born)]
    known = [state.people[contact_id] for contact_id in sorted(state.touched - state.born)]
    if born:
        await contacts.add_people(session, born, now=now)
    if known:
        await contacts.change_people(session, known, now=now)
    points: dict[ContactPoint, UUID] = {
        point: state.now_called(owner) for point, owner in state.claimed.items()
    }
    if points:
        await contacts.give_points(session, points)
    for person in (*born, *known):
        if person.contact_id in state.born or person.contact_id in state.changed:
            say(session, contact_changed(person, now=now), now=now)
    await _relink(session, state, now=now, traceparents=traceparents)


async def _relink(
    session: Session,
    state: People,
    *,
    now: datetime,
    traceparents: Mapping[UUID, str | None],
) -> None:
    merges = flattened(state)
    if not merges:
        return
    for contact_id, loser, _winner in await contacts.relink(
        session, list(merges.values()), now=now
    ):
        merge = merges[loser]
        say(
            session,
            contact_relinked(contact_id, merge, now=now),
            now=now,
            traceparent=traceparents.get(merge.cause),
        )
