"""Reads timelines. Which lines belong to one is computed at reading, from links and merges."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.history.domain.leads import Lead
from shared.database import Session

_LAST_LEAD = """
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
_INQUIRIES = """
SELECT inquiry_id FROM link WHERE lead_id = ANY(CAST(:leads AS uuid[]))
GROUP BY inquiry_id HAVING sum(sign) > 0
"""
_PERSON = """
WITH person AS (
    SELECT coalesce((SELECT canonical_id FROM contact WHERE contact_id = :contact), :contact) AS id
)
SELECT id FROM person
UNION SELECT contact_id FROM contact JOIN person ON canonical_id = person.id
"""
_CONTACT_IS_KNOWN = """
SELECT EXISTS (SELECT FROM contact WHERE contact_id = ANY(CAST(:contacts AS uuid[])))
    OR EXISTS (SELECT FROM line WHERE contact_id = ANY(CAST(:contacts AS uuid[])))
"""
_LEADS_OF = """
SELECT lead_id FROM lead WHERE owner_id = :manager AND contact_id = ANY(CAST(:contacts AS uuid[]))
"""
_ENTRIES = """
SELECT * FROM (
    SELECT activity_id, kind, at, learned_at, actor, lead_id, contact_id, inquiry_id, text,
        CAST(facts AS text) AS facts, CAST(NULL AS text) AS reported,
        CAST(NULL AS text) AS direction, FALSE AS unconfirmed
    FROM line
    WHERE (at, activity_id) > (:at, :id)
        AND (lead_id = ANY(CAST(:leads AS uuid[]))
            OR inquiry_id = ANY(CAST(:inquiries AS uuid[])) AND lead_id IS NULL
            OR contact_id = ANY(CAST(:contacts AS uuid[]))
                AND (CAST(:reader AS uuid) IS NULL OR lead_id IS NULL AND inquiry_id IS NULL))
    UNION ALL
    SELECT activity_id, 'activity.recorded', at, learned_at, actor, lead_id, contact_id, NULL, text,
        CAST(facts AS text), kind, direction, recorded_at IS NULL
    FROM activity
    WHERE (at, activity_id) > (:at, :id)
        AND (lead_id = ANY(CAST(:leads AS uuid[]))
            OR contact_id = ANY(CAST(:contacts AS uuid[]))
                AND (CAST(:reader AS uuid) IS NULL OR lead_id IS NULL))
        AND (CAST(:reader AS uuid) IS NULL OR recorded_at IS NOT NULL
            OR manager_id = CAST(:reader AS uuid))
) AS entry
ORDER BY at, activity_id LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose lines to read. `reader` is a manager who may see own leads only: for contacts, lines of
    leads and inquiries that are not theirs are left out.
    """

    leads: Sequence[UUID] = ()
    inquiries: Sequence[UUID] = ()
    contacts: Sequence[UUID] = ()
    reader: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a timeline."""

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


async def last_lead(session: Session, lead_id: UUID) -> Lead | None:
    """The lead itself, or the one that it was finally merged into."""
    row = (await session.execute(_LAST_LEAD, {"lead": lead_id})).first()
    return Lead(**row) if row else None


async def with_merged(session: Session, lead_ids: Collection[UUID]) -> list[UUID]:
    """The leads and all that were merged into them."""
    return (await session.execute(_WITH_MERGED, {"leads": list(lead_ids)})).scalars()


async def inquiries_of(session: Session, lead_ids: Collection[UUID]) -> list[UUID]:
    return (await session.execute(_INQUIRIES, {"leads": list(lead_ids)})).scalars()


async def person_of(session: Session, contact_id: UUID) -> list[UUID]:
    """The ids of all contacts that are the same person as this one, itself included."""
    return (await session.execute(_PERSON, {"contact": contact_id})).scalars()


async def contact_is_known(session: Session, contact_ids: Collection[UUID]) -> bool:
    return bool(await session.scalar(_CONTACT_IS_KNOWN, {"contacts": list(contact_ids)}))


async def leads_of(
    session: Session, *, manager_id: UUID, contact_ids: Collection[UUID]
) -> list[UUID]:
    """The leads of a person that the manager owns now."""
    params = {"manager": manager_id, "contacts": list(contact_ids)}
    return (await session.execute(_LEADS_OF, params)).scalars()


async def entries(
    session: Session, scope: Scope, *, after: tuple[datetime, UUID], limit: int
) -> list[Entry]:
    """Up to `limit` items behind `after`, oldest first."""
    params = {
        "leads": list(scope.leads),
        "inquiries": list(scope.inquiries),
        "contacts": list(scope.contacts),
        "reader": scope.reader,
        "at": after[0],
        "id": after[1],
        "limit": limit,
    }
    return [_entry(row) for row in await session.execute(_ENTRIES, params)]


def _entry(row: Any) -> Entry:
    facts = json.loads(row.facts)
    if row.reported is not None:
        facts |= {"kind": row.reported, "direction": row.direction}
    if row.unconfirmed:
        facts["unconfirmed"] = True
    return Entry(
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
