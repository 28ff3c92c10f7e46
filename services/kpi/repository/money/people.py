"""Reads all facts of people that say something of their arrivals and sales."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.facts import ContactLinkFact, InquiryChange, InquiryFact
from services.kpi.domain.paths.people import Circle, OpenedLead
from services.kpi.domain.sales.events import SaleEvent, SpamMark
from services.kpi.repository.related_facts import FEW, MOST
from shared.database import Session

# One transaction at a time tells people anew: two that each saw half of somebody's facts would
# leave half of the truth. Whoever consumes events never waits for it.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('leadflow:kpi:sales'))"
_SAID: Final = ", ".join(field.name for field in fields(SaleEvent))


def _all(columns: str, table: str, condition: str) -> str:
    return f"(SELECT array_agg(ROW({columns})) FROM {table} WHERE {condition})"


# The rows of a clause cannot be estimated; an array of ids is looked up by the index.
_OF_PERSON = "contact_id = ANY(ARRAY(SELECT contact_id FROM person))"
_OF_INQUIRY = "inquiry_id = ANY(ARRAY(SELECT inquiry_id FROM came))"
_FIND: Final = f"""
WITH RECURSIVE person (contact_id) AS (
    SELECT unnest(CAST(:contact_ids AS uuid[]))
    UNION
    SELECT other.contact_id FROM person, LATERAL (
        SELECT canonical_id AS contact_id FROM contact_link
        WHERE contact_link.contact_id = person.contact_id
        UNION ALL
        SELECT contact_id FROM contact_link WHERE canonical_id = person.contact_id
        {FEW}
    ) AS other
),
came (inquiry_id) AS (SELECT inquiry_id FROM inquiry WHERE {_OF_PERSON}),
opened (lead_id) AS (SELECT lead_id FROM lead WHERE {_OF_PERSON})
SELECT
    ARRAY(SELECT contact_id FROM person) AS contact_ids,
    {_all("inquiry.*", "inquiry", _OF_PERSON)} AS inquiries,
    {_all("inquiry_change.*", "inquiry_change", _OF_INQUIRY)} AS changes,
    {_all("inquiry_id, version, known_at, is_spam", "spam_mark", _OF_INQUIRY)} AS marks,
    {_all("contact_link.*", "contact_link", _OF_PERSON)} AS links,
    {
    _all(
        "lead_id, inquiry_id, known_on, known_until",
        "lead_story",
        "lead_id = ANY(ARRAY(SELECT lead_id FROM opened)) AND NOT is_test",
    )
} AS leads,
    {_all(_SAID, "sale_event", _OF_PERSON)} AS said
"""


@dataclass(frozen=True, slots=True)
class People:
    """Circles by each of the contacts that are in them."""

    circles: dict[UUID, Circle]

    def distinct(self) -> list[tuple[list[UUID], Circle]]:
        """Each circle once, with its contacts."""
        contacts: dict[int, list[UUID]] = defaultdict(list)
        for contact_id, circle in self.circles.items():
            contacts[id(circle)].append(contact_id)
        return [(ids, self.circles[ids[0]]) for ids in contacts.values()]


async def lock_people(session: Session) -> None:
    """Let nobody else tell people anew until the transaction ends."""
    await session.execute(_LOCK)


async def find_people(session: Session, contact_ids: Collection[UUID]) -> People:
    """All facts about these contacts and about all that were ever one person with them."""
    parameters = {"contact_ids": sorted(contact_ids), "most": MOST}
    row = (await session.execute(_FIND, parameters)).one()
    links = _rows_of(ContactLinkFact, row.links)
    circles = _circles(row.contact_ids, links)
    by_inquiry: dict[UUID, Circle] = {}
    for inquiry in _rows_of(InquiryFact, row.inquiries):
        circle = by_inquiry[inquiry.inquiry_id] = circles[inquiry.contact_id]
        circle.inquiries.append(inquiry)
    for change in sorted(_rows_of(InquiryChange, row.changes), key=attrgetter("version")):
        by_inquiry[change.inquiry_id].changes[change.inquiry_id].append(change)
    for mark in sorted(_rows_of(SpamMark, row.marks), key=attrgetter("version")):
        by_inquiry[mark.inquiry_id].marks[mark.inquiry_id].append(mark)
    for link in sorted(links, key=attrgetter("version")):
        circles[link.contact_id].links[link.contact_id].append(link)
    for opened in _rows_of(OpenedLead, row.leads):
        if opened.inquiry_id in by_inquiry:
            by_inquiry[opened.inquiry_id].leads.append(opened)
    for event in _rows_of(SaleEvent, row.said):
        circles[event.contact_id].sale_events.append(event)
    return People(circles)


def _circles(contact_ids: Sequence[UUID], links: Iterable[ContactLinkFact]) -> dict[UUID, Circle]:
    """An empty circle for each set of contacts that were ever linked."""
    members: dict[UUID, set[UUID]] = {contact_id: {contact_id} for contact_id in contact_ids}
    for link in links:
        one, other = members[link.contact_id], members[link.canonical_id]
        if one is not other:
            one |= other
            members.update(dict.fromkeys(other, one))
    circles: dict[int, Circle] = defaultdict(Circle)
    return {contact_id: circles[id(members[contact_id])] for contact_id in contact_ids}


def _rows_of(kind: Any, rows: Sequence[Sequence[Any]] | None) -> list[Any]:
    return [kind(*row) for row in rows or ()]
