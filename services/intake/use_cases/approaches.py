"""Finds out who of a list may be approached; who may not is told apart, with the reason."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from services.intake.domain.approaches import Consent, Obstacle, Permit, permit_of
from services.intake.domain.keys import ContactPoint
from services.intake.domain.shared_points import is_shared
from services.intake.repository import consents, contacts, points
from shared.database import Session
from shared.messaging.erased import erased_among

Verdict = Permit | Obstacle


async def judge_contacts(session: Session, contact_ids: Sequence[UUID]) -> dict[UUID, Verdict]:
    """By contact, in their order. People who are one now are approached once, by the first contact;
    what any contact of theirs has refused holds for all.
    """
    rows = await contacts.find_contacts(session, contact_ids)
    people = {contact_id: row["canonical_id"] for contact_id, row in rows.items()}
    members = await contacts.members_of(session, sorted(set(people.values())))
    permits = await _permits(session, members)
    erased = await erased_among(session, [*contact_ids, *people.values()])
    earlier: set[UUID] = set()
    verdicts: dict[UUID, Verdict] = {}
    for contact_id in contact_ids:
        person = people.get(contact_id)
        if contact_id in erased or person in erased:
            verdicts[contact_id] = Obstacle.ERASED
        elif person is None:
            verdicts[contact_id] = Obstacle.UNKNOWN
        else:
            verdicts[contact_id] = Obstacle.TWICE if person in earlier else permits[person]
            earlier.add(person)
    return verdicts


async def _permits(session: Session, members: Mapping[UUID, Sequence[UUID]]) -> dict[UUID, Verdict]:
    """By person."""
    person_of = {one: person for person, ids in members.items() for one in ids}
    ids = sorted(person_of)
    records: dict[UUID, list[Consent]] = defaultdict(list)
    for row in await consents.list_advertising(session, ids):
        records[person_of[row.contact_id]].append(Consent(row.at, row.given, row.channels))
    refused: dict[UUID, set[str]] = defaultdict(set)
    for row in await consents.list_refusals(session, ids):
        refused[person_of[row["contact_id"]]].add(row["channel"])
    owned: dict[UUID, list[ContactPoint]] = defaultdict(list)
    for row in await points.points_of(session, ids):
        if not is_shared(tuple(row["people"]), verdict=row["shared"]):
            owned[person_of[row["contact_id"]]].append(ContactPoint(row["kind"], row["value"]))
    return {
        person: permit_of(records[person], refused[person], owned[person]) for person in members
    }
