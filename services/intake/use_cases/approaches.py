"""Finds out who of a list may be approached; who may not is told apart, with the reason.

Invariant: an inquiry of a list holds points alone by which its person may be approached.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.intake.domain.approaches import Consent, Obstacle, Permit, permit_of
from services.intake.domain.keys import ContactPoint, body_digest, key_digest
from services.intake.domain.shared_points import is_shared
from services.intake.repository import consents, contacts, points
from services.intake.repository.arrivals import Arrival
from shared.database import Session
from shared.ids import new_id
from shared.messaging.erased import erased_among

Verdict = Permit | Obstacle


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as its inquiries show it; `fields` are shown beside the permitted channels."""

    list_id: UUID
    name: str
    fields: Mapping[str, str] = field(default_factory=dict)


async def judge_contacts(
    session: Session, contact_ids: Sequence[UUID], *, approached: Collection[UUID] = ()
) -> dict[UUID, Verdict]:
    """By contact, in their order. People who are one now are approached once, by the first contact,
    and those who are `approached` already are not; what any contact of theirs has refused holds for
    all.
    """
    rows = await contacts.find_contacts(session, contact_ids)
    people = {contact_id: row["canonical_id"] for contact_id, row in rows.items()}
    members = await contacts.members_of(session, sorted(set(people.values())))
    permits = await _permits(session, members)
    erased = await erased_among(session, [*contact_ids, *people.values()])
    earlier = set(approached)
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


def arrival_of(
    source_id: UUID,
    listing: Listing,
    contact_id: UUID,
    permit: Permit,
    *,
    now: datetime,
    traceparent: str | None,
) -> Arrival:
    """Whoever may be approached, as `POST /v1/inquiries` would take them."""
    body = _inquiry(listing, contact_id, permit)
    return Arrival(
        submission_id=new_id(),
        source_id=source_id,
        native=True,
        key_digest=_key(listing.list_id, contact_id),
        body_digest=body_digest(body),
        method="POST",
        rest="",
        query="",
        headers=b"content-type:application/json",
        body=body,
        received_at=now,
        traceparent=traceparent,
    )


def _inquiry(listing: Listing, contact_id: UUID, permit: Permit) -> bytes:
    """The name is that of the contact anyhow."""
    values = {
        kind: [point.value for point in permit.points if point.kind == kind]
        for kind in ("phone", "email")
    }
    document = {
        "channel": "import",
        "external_id": f"{listing.list_id}:{contact_id}",
        "subject": listing.name,
        "contact": {"phones": values["phone"], "emails": values["email"]},
        "fields": {**listing.fields, "permitted_channels": ", ".join(permit.channels)},
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _key(list_id: UUID, contact_id: UUID) -> bytes | None:
    """By which the door knows somebody of a list again."""
    return key_digest(f"{list_id}:{contact_id}")
