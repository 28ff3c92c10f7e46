"""The results of a batch of submissions in one statement: new contacts, their points, inquiries and
the outcomes of the submissions.

Invariant: a point keeps its owner; only a supervisor's decision takes it away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.contact_matching import Person
from services.intake.domain.keys import ContactPoint
from services.intake.repository.submissions import SETTLE, Outcome, settled
from shared.database import Session

_WRITE = f"""
WITH born AS (
    INSERT INTO contact (contact_id, canonical_id, created_at, changed_at, has_inquiry, details)
    SELECT contact_id, contact_id, created_at, :now, has_inquiry, details
    FROM unnest(CAST(:born AS uuid[]), CAST(:born_at AS timestamptz[]), CAST(:asked AS boolean[]),
        CAST(:details AS json[])) AS n(contact_id, created_at, has_inquiry, details)
), given AS (
    UPDATE contact_point AS p SET contact_id = coalesce(p.contact_id, n.contact_id),
        people = string_to_array(n.people, ' ')
    FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[]), CAST(:owners AS uuid[]),
        CAST(:people AS text[])) AS n(kind, value, contact_id, people)
    WHERE p.kind = n.kind AND p.value = n.value
), inquiries AS (
    INSERT INTO inquiry (inquiry_id, contact_id, submission_id, place, source_id, channel,
        received_at, normalised_at, content)
    SELECT inquiry_id, contact_id, submission_id, place, source_id, channel, received_at, :now,
        content
    FROM unnest(CAST(:inquiries AS uuid[]), CAST(:contacts AS uuid[]),
        CAST(:submissions AS uuid[]), CAST(:places AS smallint[]), CAST(:sources AS uuid[]),
        CAST(:channels AS text[]), CAST(:times AS timestamptz[]), CAST(:contents AS json[]))
        AS n(inquiry_id, contact_id, submission_id, place, source_id, channel, received_at, content)
){SETTLE}
"""


@dataclass(frozen=True, slots=True)
class NewInquiry:
    inquiry_id: UUID
    contact_id: UUID
    submission_id: UUID
    place: int
    source_id: UUID
    channel: str
    received_at: datetime
    content: str


@dataclass(frozen=True, slots=True)
class PeopleWritten:
    """New contacts, and points, each with its new owner, if any, and the people who gave it."""

    new_contacts: Sequence[Person]
    points: Sequence[tuple[ContactPoint, UUID | None, Sequence[str]]]


async def write_normalised(
    session: Session,
    people: PeopleWritten,
    inquiries: Sequence[NewInquiry],
    outcomes: Sequence[Outcome],
    *,
    now: datetime,
) -> None:
    await session.execute(
        _WRITE,
        {
            "born": [person.contact_id for person in people.new_contacts],
            "born_at": [person.created_at for person in people.new_contacts],
            "asked": [person.has_inquiry for person in people.new_contacts],
            "details": [person.details.model_dump_json() for person in people.new_contacts],
            "kinds": [point.kind for point, _, _ in people.points],
            "values": [point.value for point, _, _ in people.points],
            "owners": [owner for _, owner, _ in people.points],
            "people": [" ".join(givers) for _, _, givers in people.points],
            "inquiries": [row.inquiry_id for row in inquiries],
            "contacts": [row.contact_id for row in inquiries],
            "submissions": [row.submission_id for row in inquiries],
            "places": [row.place for row in inquiries],
            "sources": [row.source_id for row in inquiries],
            "channels": [row.channel for row in inquiries],
            "times": [row.received_at for row in inquiries],
            "contents": [row.content for row in inquiries],
            **settled(outcomes, now=now),
        },
    )
