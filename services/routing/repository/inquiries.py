"""Inquiries of leads. The table's keys keep every inquiry in exactly one unmerged lead."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.inquiries import InquiryReceived
from shared.database import Session
from shared.statements import columns

_FIND_PLACED = """
SELECT inquiry_id FROM lead_inquiry WHERE inquiry_id = ANY(CAST(:ids AS uuid[]))
"""
_MOVE_ALL = """
UPDATE lead_inquiry AS i SET lead_id = n.into_id, attached_at = :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:intos AS uuid[])) AS n(lead_id, into_id)
WHERE i.lead_id = n.lead_id
RETURNING i.inquiry_id, n.lead_id AS from_id, i.lead_id AS into_id
"""
_PERSONS = """
SELECT i.inquiry_id, i.lead_id, c.canonical_id
FROM lead_inquiry AS i JOIN contact_link AS c ON c.contact_id = i.contact_id
WHERE i.lead_id = ANY(CAST(:ids AS uuid[])) ORDER BY i.inquiry_id
"""
_MOVE_EACH = """
UPDATE lead_inquiry AS i SET lead_id = n.into_id, attached_at = :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:intos AS uuid[])) AS n(inquiry_id, into_id)
WHERE i.inquiry_id = n.inquiry_id
"""
_RECLASS = """
UPDATE lead_inquiry AS i SET priority_class = n.priority_class
FROM unnest(CAST(:ids AS uuid[]), CAST(:classes AS text[])) AS n(inquiry_id, priority_class)
WHERE i.inquiry_id = n.inquiry_id RETURNING i.lead_id, i.priority_class
"""
_COMPLETE = """
UPDATE lead_inquiry AS i SET contact_id = n.contact_id, source_id = n.source_id,
    channel = n.channel, priority_class = n.priority_class, language = n.language,
    received_at = n.received_at
FROM unnest(CAST(:ids AS uuid[]), CAST(:contacts AS uuid[]), CAST(:sources AS uuid[]),
    CAST(:channels AS text[]), CAST(:classes AS text[]), CAST(:languages AS text[]),
    CAST(:times AS timestamptz[])) AS n(inquiry_id, contact_id, source_id, channel, priority_class,
    language, received_at), lead AS l
WHERE i.inquiry_id = n.inquiry_id AND l.lead_id = i.lead_id
RETURNING i.inquiry_id, i.lead_id, l.pipeline
"""
_LIST = """
SELECT inquiry_id, lead_id, contact_id, source_id, channel, priority_class, language, is_test,
    received_at
FROM lead_inquiry WHERE lead_id = ANY(CAST(:ids AS uuid[])) ORDER BY received_at, inquiry_id
"""


@dataclass(frozen=True, slots=True)
class LeadInquiry:
    """An inquiry as routing stores it, without personal data."""

    inquiry_id: UUID
    lead_id: UUID
    contact_id: UUID
    source_id: UUID
    channel: str
    priority_class: str
    language: str | None
    is_test: bool
    received_at: datetime


@dataclass(frozen=True, slots=True)
class InquiryPlace:
    """The lead that an inquiry is in, and that lead's pipeline."""

    inquiry_id: UUID
    lead_id: UUID
    pipeline: str


@dataclass(frozen=True, slots=True)
class InquiryMove:
    inquiry_id: UUID
    from_id: UUID
    into_id: UUID


async def find_placed(session: Session, inquiry_ids: Collection[UUID]) -> set[UUID]:
    """Those of the inquiries that are in a lead already."""
    if not inquiry_ids:
        return set()
    rows = await session.execute(_FIND_PLACED, {"ids": list(inquiry_ids)})
    return {row.inquiry_id for row in rows}


async def complete(session: Session, events: Sequence[InquiryReceived]) -> list[InquiryPlace]:
    """Write what these inquiries say of themselves. Returns where they are."""
    rows = [
        (
            *(item.inquiry_id, item.contact_id, item.source_id, item.channel),
            *(item.priority_class, item.language, item.received_at),
        )
        for item in events
    ]
    names = "ids contacts sources channels classes languages times"
    return [InquiryPlace(**row) for row in await session.execute(_COMPLETE, columns(names, rows))]


async def move_all(
    session: Session, intos: Mapping[UUID, UUID], *, now: datetime
) -> list[InquiryMove]:
    """Move all inquiries of some leads into others: lead → into."""
    rows = await session.execute(
        _MOVE_ALL, {"ids": list(intos), "intos": list(intos.values()), "now": now}
    )
    return [InquiryMove(row.inquiry_id, row.from_id, row.into_id) for row in rows]


async def list_persons(
    session: Session, lead_ids: Collection[UUID]
) -> list[tuple[UUID, UUID, UUID]]:
    """(inquiry, lead, canonical contact of the inquiry) for each inquiry in these leads."""
    rows = await session.execute(_PERSONS, {"ids": list(lead_ids)})
    return [(row.inquiry_id, row.lead_id, row.canonical_id) for row in rows]


async def move_each(session: Session, moves: Sequence[InquiryMove], *, now: datetime) -> None:
    params = {
        "ids": [item.inquiry_id for item in moves],
        "intos": [item.into_id for item in moves],
        "now": now,
    }
    await session.execute(_MOVE_EACH, params)


async def reclass(session: Session, classes: Mapping[UUID, str]) -> list[tuple[UUID, str]]:
    """Set priority classes of inquiries. Returns (lead, class) of those that are in a lead."""
    rows = await session.execute(
        _RECLASS, {"ids": list(classes), "classes": list(classes.values())}
    )
    return [(row.lead_id, row.priority_class) for row in rows]


async def list_by_lead(session: Session, lead_ids: Sequence[UUID]) -> dict[UUID, list[LeadInquiry]]:
    """The inquiries of each lead, oldest first."""
    inquiries_by_lead: dict[UUID, list[LeadInquiry]] = {lead_id: [] for lead_id in lead_ids}
    rows = await session.execute(_LIST, {"ids": list(lead_ids)})
    for row in rows:
        inquiries_by_lead[row["lead_id"]].append(LeadInquiry(**row))
    return inquiries_by_lead
