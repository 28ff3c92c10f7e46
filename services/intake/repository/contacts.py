"""Contacts as rows.

Invariant: whoever changes a contact has locked its row; points are locked before contacts, both in
one order.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_

from services.intake.domain.contact_matching import Person
from services.intake.domain.keys import ContactPoint
from services.intake.domain.shared_points import is_shared
from services.intake.tables import contact, contact_point
from shared.contracts.inquiry import ContactDetails
from shared.database import Row, Session
from shared.errors import NotFoundError
from shared.statements import among

_LOCK_CONTACTS = """
SELECT contact_id, canonical_id, created_at, has_inquiry, details FROM contact
WHERE contact_id = ANY(CAST(:ids AS uuid[])) ORDER BY contact_id FOR NO KEY UPDATE
"""
_CHANGE_CONTACTS = """
UPDATE contact AS c
SET changed_at = :now, has_inquiry = n.has_inquiry, details = CAST(n.details AS json)
FROM unnest(CAST(:ids AS uuid[]), CAST(:asked AS boolean[]), CAST(:details AS text[]))
    AS n(contact_id, has_inquiry, details)
WHERE c.contact_id = n.contact_id
"""
_SIZES = """
SELECT c.canonical_id, count(DISTINCT c.contact_id) AS contacts,
    count(*) FILTER (WHERE p.kind = 'phone') AS phones,
    count(*) FILTER (WHERE p.kind = 'email') AS emails
FROM contact AS c LEFT JOIN contact_point AS p ON p.contact_id = c.contact_id
WHERE c.canonical_id = ANY(CAST(:ids AS uuid[])) GROUP BY c.canonical_id
"""
_RELINK = """
UPDATE contact AS c SET canonical_id = n.winner, changed_at = :now
FROM unnest(CAST(:losers AS uuid[]), CAST(:winners AS uuid[])) AS n(loser, winner)
WHERE c.canonical_id = n.loser
RETURNING c.contact_id, n.loser, n.winner
"""
_MEMBERS = """
SELECT contact_id, canonical_id FROM contact
WHERE canonical_id = ANY(CAST(:ids AS uuid[])) ORDER BY contact_id
"""


_NAME = """
SELECT c.details ->> 'name' AS name, p.people, p.shared
FROM contact_point AS p JOIN contact AS b ON b.contact_id = p.contact_id
JOIN contact AS c ON c.contact_id = b.canonical_id
WHERE p.kind = 'phone' AND p.value = :phone
"""


async def lock_people(
    session: Session, contact_ids: Iterable[UUID]
) -> tuple[dict[UUID, Person], dict[UUID, UUID]]:
    """Lock the canonical contacts of some contacts: these, and contact → canonical contact."""
    people: dict[UUID, Person] = {}
    canonical: dict[UUID, UUID] = {}
    missing = set(contact_ids)
    while missing:
        rows = await session.execute(_LOCK_CONTACTS, {"ids": sorted(missing)})
        for row in rows:
            canonical[row.contact_id] = row.canonical_id
            if row.contact_id == row.canonical_id:
                people[row.contact_id] = _person(row.contact_id, row)
        missing = {target for target in canonical.values() if target not in canonical}
    for row in await session.execute(_SIZES, {"ids": sorted(people)}) if people else ():
        points = {"phone": row.phones, "email": row.emails}
        people[row.canonical_id] = replace(
            people[row.canonical_id], contacts=row.contacts, points=points
        )
    return people, canonical


def _person(contact_id: UUID, row: object) -> Person:
    return Person(
        contact_id=contact_id,
        created_at=row.created_at,  # type: ignore[attr-defined]
        has_inquiry=row.has_inquiry,  # type: ignore[attr-defined]
        details=ContactDetails.model_validate(row.details),  # type: ignore[attr-defined]
    )


async def change_people(session: Session, people: Sequence[Person], *, now: datetime) -> None:
    await session.execute(
        _CHANGE_CONTACTS,
        {
            "ids": [person.contact_id for person in people],
            "asked": [person.has_inquiry for person in people],
            "details": [person.details.model_dump_json() for person in people],
            "now": now,
        },
    )


async def relink_contacts(
    session: Session, winners: Mapping[UUID, UUID], *, now: datetime
) -> list[tuple[UUID, UUID, UUID]]:
    """Point every contact of each loser at its winner. Returns (contact, loser, winner) of each."""
    params = {"losers": list(winners), "winners": list(winners.values()), "now": now}
    rows = await session.execute(_RELINK, params)
    return sorted((row.contact_id, row.loser, row.winner) for row in rows)


async def members_of(session: Session, canonical_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Canonical contact → all contact ids of the same person, its own included."""
    ids_by_person: dict[UUID, list[UUID]] = {contact_id: [] for contact_id in canonical_ids}
    for row in await session.execute(_MEMBERS, {"ids": list(canonical_ids)}):
        ids_by_person[row.canonical_id].append(row.contact_id)
    return ids_by_person


async def same_person(session: Session, contact_id: UUID) -> list[UUID]:
    """All contact ids of the person that this one is of; none if there is no such contact."""
    person = await find_contact(session, contact_id)
    if person is None:
        return []
    canonical_id = person["canonical_id"]
    return (await members_of(session, [canonical_id]))[canonical_id]


async def get_contact(session: Session, contact_id: UUID) -> Row:
    """Raises NotFoundError."""
    row = await find_contact(session, contact_id)
    if row is None:
        raise NotFoundError("There is no such contact.")
    return row


async def find_contact(session: Session, contact_id: UUID) -> Row | None:
    query = select(contact).where(contact.c.contact_id == contact_id)
    return (await session.execute(query)).first()


async def find_contacts(session: Session, contact_ids: Collection[UUID]) -> dict[UUID, Row]:
    query = select(contact).where(among(contact.c.contact_id, contact_ids))
    return {row["contact_id"]: row for row in await session.execute(query)}


async def find_name(session: Session, phone: str) -> str | None:
    """The name of the person whose phone it is; None also where several people share it."""
    row = (await session.execute(_NAME, {"phone": phone})).first()
    if row is None or is_shared(tuple(row.people), verdict=row.shared):
        return None
    name: str | None = row.name
    return name


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """`point`: only the contact that owns it; `canonical_only`: none that was merged away."""

    point: ContactPoint | None = None
    canonical_only: bool = False


async def list_contacts(
    session: Session,
    criteria: ContactFilter,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row]:
    """Youngest first, one more than `limit`."""
    place = tuple_(contact.c.created_at, contact.c.contact_id)
    query = select(contact).order_by(place.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(place < after)
    if criteria.canonical_only:
        query = query.where(contact.c.canonical_id == contact.c.contact_id)
    if criteria.point is not None:
        kind, value = criteria.point
        owner = (
            select(contact_point.c.contact_id)
            .where(contact_point.c.kind == kind, contact_point.c.value == value)
            .scalar_subquery()
        )
        query = query.where(contact.c.contact_id == owner)
    return await session.execute(query)
