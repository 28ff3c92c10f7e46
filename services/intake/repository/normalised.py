"""The results of a batch of submissions in one statement: new contacts, their points, inquiries and
the outcomes of the submissions.

Invariant: a point keeps its owner; only a supervisor's decision takes it away.
"""

from collections.abc import Sequence
from datetime import datetime

from services.intake.domain.contact_matching import People
from services.intake.repository.submissions import SETTLE, Outcome, settle_params
from shared.contracts.inquiries import InquiryReceived
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
    INSERT INTO inquiry (inquiry_id, contact_id, submission_id, source_id, channel,
        received_at, normalised_at, content)
    SELECT inquiry_id, contact_id, submission_id, source_id, channel, received_at, :now, content
    FROM unnest(CAST(:inquiries AS uuid[]), CAST(:contacts AS uuid[]),
        CAST(:submissions AS uuid[]), CAST(:sources AS uuid[]), CAST(:channels AS text[]),
        CAST(:times AS timestamptz[]), CAST(:contents AS json[]))
        AS n(inquiry_id, contact_id, submission_id, source_id, channel, received_at, content)
){SETTLE}
"""


# An inquiry as it was emitted, with its payload.
NewInquiry = tuple[InquiryReceived, str]


async def write_normalised(
    session: Session,
    people: People,
    inquiries: Sequence[NewInquiry],
    outcomes: Sequence[Outcome],
    *,
    now: datetime,
) -> None:
    """The people's new contacts and points, the inquiries, and how each submission is settled."""
    new_contacts = [people.people[contact_id] for contact_id in sorted(people.new_contacts)]
    points = sorted({*people.new_owners, *people.points_to_write})
    events = [event for event, _ in inquiries]
    await session.execute(
        _WRITE,
        {
            "born": [person.contact_id for person in new_contacts],
            "born_at": [person.created_at for person in new_contacts],
            "asked": [person.has_inquiry for person in new_contacts],
            "details": [person.details.model_dump_json() for person in new_contacts],
            "kinds": [point.kind for point in points],
            "values": [point.value for point in points],
            "owners": [people.new_owners.get(point) for point in points],
            "people": [" ".join(people.points[point].people) for point in points],
            "inquiries": [event.inquiry_id for event in events],
            "contacts": [event.contact_id for event in events],
            "submissions": [event.submission_id for event in events],
            "sources": [event.source_id for event in events],
            "channels": [event.channel for event in events],
            "times": [event.received_at for event in events],
            "contents": [payload for _, payload in inquiries],
            **settle_params(outcomes, now=now),
        },
    )
