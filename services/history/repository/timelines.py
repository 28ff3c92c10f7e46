"""Whose items belong to a timeline: computed at reading, from links and merges."""

from collections.abc import Collection
from uuid import UUID

from shared.contracts.lead_state import LeadState
from shared.database import Session

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
GROUP BY inquiry_id HAVING sum(sign) > 0 LIMIT :limit
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
_CONTACTS_OF_LEADS = """
SELECT contact_id FROM lead WHERE lead_id = ANY(CAST(:leads AS uuid[]))
UNION
SELECT e.contact_id FROM inquiry_link AS l
JOIN timeline_entry AS e ON e.inquiry_id = l.inquiry_id AND e.lead_id IS NULL
WHERE l.lead_id = ANY(CAST(:leads AS uuid[])) AND e.contact_id IS NOT NULL
"""
_PERSONS_OF_LEADS = """
WITH person (id) AS (
    SELECT DISTINCT coalesce(link.canonical_id, lead.contact_id)
    FROM lead LEFT JOIN contact_link AS link ON link.contact_id = lead.contact_id
    WHERE lead.lead_id = ANY(CAST(:leads AS uuid[]))
)
SELECT contact_id FROM lead WHERE lead_id = ANY(CAST(:leads AS uuid[]))
UNION SELECT id FROM person
UNION SELECT contact_id FROM contact_link JOIN person ON canonical_id = person.id
"""
_LEADS_OF_CONTACTS = "SELECT lead_id FROM lead WHERE contact_id = ANY(CAST(:contacts AS uuid[]))"


async def find_surviving_lead(session: Session, lead_id: UUID) -> LeadState | None:
    """The lead itself, or the one that it was finally merged into."""
    row = (await session.execute(_SURVIVING_LEAD, {"lead": lead_id})).first()
    return LeadState(**row) if row else None


async def with_merged(session: Session, lead_ids: Collection[UUID]) -> list[UUID]:
    """The leads and all that were merged into them."""
    return (await session.execute(_WITH_MERGED, {"leads": list(lead_ids)})).scalars()


async def inquiries_of(
    session: Session, lead_ids: Collection[UUID], *, limit: int | None = None
) -> list[UUID]:
    """The inquiries that are of these leads now, all or some of them."""
    params = {"leads": list(lead_ids), "limit": limit}
    return (await session.execute(_INQUIRIES_OF, params)).scalars()


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


async def persons_of_leads(session: Session, lead_ids: Collection[UUID]) -> list[UUID]:
    """All contacts of the persons who opened these leads: one of them is named by whatever happens
    to the leads and their inquiries, which routing keeps with the person.
    """
    return (await session.execute(_PERSONS_OF_LEADS, {"leads": list(lead_ids)})).scalars()


async def contacts_of_leads(session: Session, lead_ids: Collection[UUID]) -> list[UUID]:
    """The contacts that opened these leads, and those from whom their inquiries came."""
    return (await session.execute(_CONTACTS_OF_LEADS, {"leads": list(lead_ids)})).scalars()


async def leads_of_contacts(session: Session, contact_ids: Collection[UUID]) -> list[UUID]:
    """The leads that these contacts opened, whoever owns them."""
    return (await session.execute(_LEADS_OF_CONTACTS, {"contacts": list(contact_ids)})).scalars()
