"""Reads timelines. What belongs to one is computed at reading, from links and merges."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, false, literal, not_, null, or_, select, tuple_, union_all

from services.history.tables.activities import activity
from services.history.tables.timelines import timeline_entry
from shared.contracts.lead_state import LeadState
from shared.database import Row, Session
from shared.statements import among

_SURVIVING_LEAD = """
WITH RECURSIVE up (lead_id, contact_id, owner_id, merged_into) AS (
    SELECT lead_id, contact_id, owner_id, merged_into FROM lead WHERE lead_id = :lead
    UNION
    SELECT lead.lead_id, lead.contact_id, lead.owner_id, lead.merged_into
    FROM up JOIN lead ON lead.lead_id = up.merged_into
)
SELECT * FROM up ORDER BY merged_into IS NOT NULL LIMIT 1
"""
_WITH_MERGED = """
WITH RECURSIVE down (lead_id) AS (
    SELECT lead_id FROM unnest(CAST(:leads AS uuid[])) AS t(lead_id)
    UNION
    SELECT lead.lead_id FROM down JOIN lead ON lead.merged_into = down.lead_id
)
SELECT lead_id FROM down
"""
_INQUIRIES_OF = """
SELECT inquiry_id FROM inquiry_link WHERE lead_id = ANY(CAST(:leads AS uuid[]))
GROUP BY inquiry_id HAVING sum(sign) > 0
"""
_CONTACTS_OF_PERSON = """
WITH person AS (
    SELECT coalesce((SELECT canonical_id FROM contact_link WHERE contact_id = :contact), :contact)
        AS id
)
SELECT id FROM person
UNION SELECT contact_id FROM contact_link JOIN person ON canonical_id = person.id
"""
_HAS_EVENTS = """
SELECT EXISTS (SELECT FROM contact_link WHERE contact_id = ANY(CAST(:contacts AS uuid[])))
    OR EXISTS (SELECT FROM timeline_entry WHERE contact_id = ANY(CAST(:contacts AS uuid[])))
"""
_LEADS_OF = """
SELECT lead_id FROM lead WHERE owner_id = :manager AND contact_id = ANY(CAST(:contacts AS uuid[]))
"""
_SHARED_COLUMNS = ("at", "learned_at", "actor", "lead_id", "contact_id", "text", "facts")


@dataclass(frozen=True, slots=True)
class TimelineFilter:
    """Whose items to read: those of any of these leads, inquiries and contacts.

    `reader_id` is a manager who may see own leads only: of the contacts, items of leads and
    inquiries that are not theirs are left out, and so is what others report until it is confirmed.
    """

    lead_ids: Collection[UUID] = ()
    inquiry_ids: Collection[UUID] = ()
    contact_ids: Collection[UUID] = ()
    reader_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """An entry or a reported activity."""

    activity_id: UUID
    kind: str
    at: datetime
    learned_at: datetime
    actor: str
    lead_id: UUID | None
    contact_id: UUID | None
    inquiry_id: UUID | None
    text: str | None
    facts: dict[str, Any]


async def find_surviving_lead(session: Session, lead_id: UUID) -> LeadState | None:
    """The lead itself, or the one that it was finally merged into."""
    row = (await session.execute(_SURVIVING_LEAD, {"lead": lead_id})).first()
    return LeadState(**row) if row else None


async def with_merged(session: Session, lead_ids: Collection[UUID]) -> list[UUID]:
    """The leads and all that were merged into them."""
    return (await session.execute(_WITH_MERGED, {"leads": list(lead_ids)})).scalars()


async def inquiries_of(session: Session, lead_ids: Collection[UUID]) -> list[UUID]:
    return (await session.execute(_INQUIRIES_OF, {"leads": list(lead_ids)})).scalars()


async def contacts_of_person(session: Session, contact_id: UUID) -> list[UUID]:
    """The ids of all contacts that are the same person as this one, itself included."""
    return (await session.execute(_CONTACTS_OF_PERSON, {"contact": contact_id})).scalars()


async def has_events(session: Session, contact_ids: Collection[UUID]) -> bool:
    """Whether any event about these contacts has come."""
    return bool(await session.scalar(_HAS_EVENTS, {"contacts": list(contact_ids)}))


async def leads_of(
    session: Session, *, manager_id: UUID, contact_ids: Collection[UUID]
) -> list[UUID]:
    """The leads of a person that the manager owns now."""
    params = {"manager": manager_id, "contacts": list(contact_ids)}
    return (await session.execute(_LEADS_OF, params)).scalars()


async def list_items(
    session: Session, criteria: TimelineFilter, *, after: tuple[datetime, UUID], limit: int
) -> Sequence[TimelineItem]:
    """Up to `limit` items behind `after`, oldest first."""
    items = union_all(_entries(criteria), _activities(criteria)).subquery("item")
    place = tuple_(items.c.at, items.c.activity_id)
    query = select(items).where(place > after).order_by(place).limit(limit)
    return [_item(row) for row in await session.execute(query)]


def _entries(criteria: TimelineFilter) -> Select[Any]:
    entry = timeline_entry.c
    of_contact = [among(entry.contact_id, criteria.contact_ids)]
    if criteria.reader_id is not None:
        of_contact += [entry.lead_id.is_(None), entry.inquiry_id.is_(None)]
    return select(
        *(entry[name] for name in _SHARED_COLUMNS),
        entry.event_id.label("activity_id"),
        entry.kind,
        entry.inquiry_id,
        null().label("reported_kind"),
        null().label("direction"),
        false().label("unconfirmed"),
    ).where(
        or_(
            among(entry.lead_id, criteria.lead_ids),
            and_(among(entry.inquiry_id, criteria.inquiry_ids), entry.lead_id.is_(None)),
            and_(*of_contact),
        )
    )


def _activities(criteria: TimelineFilter) -> Select[Any]:
    columns = activity.c
    is_confirmed = columns.recorded_at.is_not(None)
    of_contact = [among(columns.contact_id, criteria.contact_ids)]
    conditions = []
    if criteria.reader_id is not None:
        of_contact.append(columns.lead_id.is_(None))
        conditions.append(or_(is_confirmed, columns.manager_id == criteria.reader_id))
    return select(
        *(columns[name] for name in _SHARED_COLUMNS),
        columns.activity_id,
        literal("activity.recorded"),
        null(),
        columns.kind,
        columns.direction,
        not_(is_confirmed),
    ).where(or_(among(columns.lead_id, criteria.lead_ids), and_(*of_contact)), *conditions)


def _item(row: Row) -> TimelineItem:
    facts = row.facts
    if row.reported_kind is not None:
        facts |= {"kind": row.reported_kind, "direction": row.direction}
    if row.unconfirmed:
        facts["unconfirmed"] = True
    return TimelineItem(
        activity_id=row.activity_id,
        kind=row.kind,
        at=row.at,
        learned_at=row.learned_at,
        actor=row.actor,
        lead_id=row.lead_id,
        contact_id=row.contact_id,
        inquiry_id=row.inquiry_id,
        text=row.text,
        facts=facts,
    )
