"""Reads all facts about leads and inquiries, and about whatever was ever joined with them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any
from uuid import UUID

from services.kpi.domain.facts import (
    ContactLinkFact,
    InquiryChange,
    InquiryFact,
    InquiryLinkFact,
    LeadOpening,
    LeadStep,
    Touch,
)
from services.kpi.domain.stories.known import Known, put_together
from shared.database import Session


@dataclass(frozen=True, slots=True)
class Affected:
    """What events are about: leads, inquiries, and contacts of whom something became known."""

    lead_ids: set[UUID] = field(default_factory=set)
    inquiry_ids: set[UUID] = field(default_factory=set)
    contact_ids: set[UUID] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.lead_ids or self.inquiry_ids or self.contact_ids)


def _people(name: str, contacts: str) -> str:
    """All contacts that were ever linked with these, directly or through others."""
    return f"""
{name} (contact_id) AS (
    {contacts}
    UNION
    SELECT other.contact_id FROM {name}, LATERAL (
        SELECT canonical_id AS contact_id FROM contact_link
        WHERE contact_link.contact_id = {name}.contact_id
        UNION ALL
        SELECT contact_id FROM contact_link WHERE canonical_id = {name}.contact_id
        OFFSET 0
    ) AS other
)"""


def _all(table: str, column: str, ids: str, more: str = "") -> str:
    # The rows of a clause cannot be estimated; an array of ids is looked up by the index. The rows
    # are not of the table's own type: a rebuild puts other tables in the place of these.
    return (
        f"(SELECT array_agg(ROW({table}.*)) FROM {table}"
        f" WHERE {column} = ANY(ARRAY(SELECT {column} FROM {ids})){more})"
    )


_CONTACTS = "SELECT contact_id FROM lead WHERE lead_id = ANY(ARRAY(SELECT lead_id FROM near))"
# Leads are near one another if one was ever merged into the other, or both ever had an inquiry.
_FIND_KNOWN = f"""
WITH RECURSIVE {_people("touched", "SELECT unnest(CAST(:contact_ids AS uuid[]))")},
near (lead_id) AS (
    SELECT lead_id FROM (
        SELECT unnest(CAST(:lead_ids AS uuid[])) AS lead_id
        UNION ALL
        SELECT lead_id FROM inquiry_link WHERE inquiry_id = ANY(CAST(:inquiry_ids AS uuid[]))
        UNION ALL
        SELECT lead_id FROM lead WHERE contact_id = ANY(ARRAY(SELECT contact_id FROM touched))
    ) AS first
    UNION
    SELECT other.lead_id FROM near, LATERAL (
        SELECT into_id AS lead_id FROM lead_event
        WHERE lead_event.lead_id = near.lead_id AND into_id IS NOT NULL
        UNION ALL
        SELECT lead_id FROM lead_event WHERE into_id = near.lead_id
        UNION ALL
        SELECT lead_id FROM inquiry_link WHERE inquiry_id = ANY(ARRAY(
            SELECT inquiry_id FROM inquiry_link AS own WHERE own.lead_id = near.lead_id))
        OFFSET 0
    ) AS other
),
near_inquiry (inquiry_id) AS (
    SELECT DISTINCT inquiry_id FROM inquiry_link
    WHERE lead_id = ANY(ARRAY(SELECT lead_id FROM near))
),
{_people("person", _CONTACTS)}
SELECT
    {_all("lead", "lead_id", "near")} AS openings,
    {_all("lead_event", "lead_id", "near")} AS steps,
    {_all("inquiry", "inquiry_id", "near_inquiry")} AS inquiries,
    {_all("inquiry_change", "inquiry_id", "near_inquiry")} AS changes,
    {_all("inquiry_link", "inquiry_id", "near_inquiry")} AS links,
    {_all("touch", "lead_id", "near")} AS touches,
    {_all("touch", "contact_id", "person", " AND lead_id IS NULL")} AS touches_of_people,
    {_all("contact_link", "contact_id", "person")} AS contact_links,
    EXISTS (SELECT FROM lead_story WHERE lead_id = ANY(ARRAY(SELECT lead_id FROM near)))
        AS are_told
"""


async def find_known(session: Session, affected: Affected) -> tuple[Known, bool]:
    """All facts about these, and about what was ever joined with them; whether any of it has been
    told before.
    """
    rows = await session.execute(
        _FIND_KNOWN,
        {
            "lead_ids": list(affected.lead_ids),
            "inquiry_ids": list(affected.inquiry_ids),
            "contact_ids": list(affected.contact_ids),
        },
    )
    row = rows.one()
    facts = put_together(
        openings=_made(LeadOpening, row.openings),
        steps=_made(LeadStep, row.steps),
        inquiries=_made(InquiryFact, row.inquiries),
        changes=_made(InquiryChange, row.changes),
        links=_made(InquiryLinkFact, row.links),
        touches=[*_made(Touch, row.touches), *_made(Touch, row.touches_of_people)],
        contact_links=_made(ContactLinkFact, row.contact_links),
    )
    return facts, row.are_told


def _made(kind: Any, rows: Sequence[Sequence[Any]] | None) -> list[Any]:
    return [kind(*row) for row in rows or ()]


_FIND_INQUIRIES = f"""
WITH changed (inquiry_id) AS (SELECT unnest(CAST(:ids AS uuid[])))
SELECT {_all("inquiry", "inquiry_id", "changed")} AS inquiries,
    {_all("inquiry_change", "inquiry_id", "changed")} AS changes
"""


async def find_inquiries(
    session: Session, inquiry_ids: Collection[UUID]
) -> list[tuple[InquiryFact, list[InquiryChange]]]:
    """Those of these inquiries that are known, with all their changes in order."""
    row = (await session.execute(_FIND_INQUIRIES, {"ids": list(inquiry_ids)})).one()
    changes: dict[UUID, list[InquiryChange]] = defaultdict(list)
    for change in sorted(_made(InquiryChange, row.changes), key=attrgetter("version")):
        changes[change.inquiry_id].append(change)
    return [(inquiry, changes[inquiry.inquiry_id]) for inquiry in _made(InquiryFact, row.inquiries)]
