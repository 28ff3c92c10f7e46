"""Reads one person's story, page by page: entries and confirmed reports, the oldest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.history.domain.search.documents import REPORTED, Item
from shared.contracts.lead_state import LeadState
from shared.database import Session

Place = tuple[datetime, UUID]

_ALL = "{contact} = ANY(CAST(:contacts AS uuid[]))"
# A manager reads own leads and their inquiries, and of the person what is of no lead or inquiry.
_OWN = """({lead} = ANY(CAST(:leads AS uuid[]))
        OR {inquiry} = ANY(CAST(:inquiries AS uuid[])) AND {lead} IS NULL
        OR {contact} = ANY(CAST(:contacts AS uuid[])) AND {lead} IS NULL AND {inquiry} IS NULL)"""
_ENTRY = {"contact": "e.contact_id", "lead": "e.lead_id", "inquiry": "e.inquiry_id"}
_REPORT = {"contact": "a.contact_id", "lead": "a.lead_id", "inquiry": "CAST(NULL AS uuid)"}
_ITEMS = """
SELECT * FROM (
    SELECT e.event_id AS document_id, e.kind, e.at, e.actor, e.lead_id, e.inquiry_id, e.contact_id,
        e.text, e.facts, CAST(NULL AS text) AS reported_kind, CAST(NULL AS text) AS direction,
        CAST(NULL AS timestamptz) AS due_at, CAST(NULL AS uuid) AS owner_id,
        CAST(NULL AS uuid) AS task_id, CAST(NULL AS boolean) AS done
    FROM timeline_entry AS e WHERE {entries}
    UNION ALL
    SELECT a.activity_id, '{reported}', a.at, a.actor, a.lead_id, NULL, a.contact_id, a.text,
        a.facts, a.kind, a.direction, a.due_at, a.owner_id, a.task_id, a.done
    FROM activity AS a WHERE recorded_at IS NOT NULL AND {reports}
) AS item
WHERE CAST(:at AS timestamptz) IS NULL
    OR (at, document_id) > (CAST(:at AS timestamptz), CAST(:id AS uuid))
ORDER BY at, document_id LIMIT :limit
"""
_DETAILS = """
SELECT facts FROM timeline_entry AS e
WHERE kind IN ('inquiry.received', 'contact.changed') AND {entries}
ORDER BY at DESC LIMIT :limit
"""
_LEADS = """
SELECT lead_id, contact_id, owner_id, merged_into FROM lead
WHERE contact_id = ANY(CAST(:contacts AS uuid[])) OR lead_id = ANY(CAST(:leads AS uuid[]))
ORDER BY lead_id LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose story: all of these contacts, or only what belongs to these leads and inquiries."""

    contact_ids: Collection[UUID]
    lead_ids: Collection[UUID] = ()
    inquiry_ids: Collection[UUID] = ()
    sees_all: bool = True

    def params(self) -> dict[str, Any]:
        return {
            "contacts": list(self.contact_ids),
            "leads": list(self.lead_ids),
            "inquiries": list(self.inquiry_ids),
        }

    def within(self, columns: dict[str, str]) -> str:
        return (_ALL if self.sees_all else _OWN).format(**columns)


async def list_items(
    session: Session, scope: Scope, *, after: Place | None, limit: int
) -> Sequence[Item]:
    """Up to `limit` items behind `after`."""
    statement = _ITEMS.format(
        entries=scope.within(_ENTRY), reports=scope.within(_REPORT), reported=REPORTED
    )
    params = {**scope.params(), "at": after and after[0], "id": after and after[1]}
    return [Item(**row) for row in await session.execute(statement, {**params, "limit": limit})]


async def list_details(session: Session, scope: Scope, *, limit: int) -> Sequence[dict[str, Any]]:
    """What the latest inquiries and changes say of the person, the latest first."""
    statement = _DETAILS.format(entries=scope.within(_ENTRY))
    rows = await session.execute(statement, {**scope.params(), "limit": limit})
    return [row.facts.get("contact") or row.facts.get("details") or {} for row in rows]


async def list_leads(session: Session, scope: Scope, *, limit: int) -> Sequence[LeadState]:
    """The person's leads, or those of them that the scope names."""
    params = scope.params()
    if not scope.sees_all:
        params["contacts"] = []
    return [LeadState(**row) for row in await session.execute(_LEADS, {**params, "limit": limit})]
