"""What the story says altogether, as far as it was known: people, inquiries, leads, contacts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tests.integration.truth.inquiries import ToldInquiry, inquiry_of
from tests.integration.truth.leads import Holding, ToldLead, lead_of
from tests.integration.truth.rows import REPORTED, Row, known_before


@dataclass
class Knowledge:
    """`place` is the unmerged lead that an inquiry is in, `whole` a lead with all merged into it.
    `touches` are rows by which a customer may have been contacted.
    """

    known_on: date | None
    rows: list[Row]
    person: dict[UUID, UUID] = field(default_factory=dict)
    inquiries: dict[UUID, ToldInquiry] = field(default_factory=dict)
    leads: dict[UUID, ToldLead] = field(default_factory=dict)  # those that are not merged
    whole: dict[UUID, list[ToldLead]] = field(default_factory=lambda: defaultdict(list))
    place: dict[UUID, ToldLead] = field(default_factory=dict)
    touches: list[Row] = field(default_factory=list)
    source_ids: dict[str, UUID] = field(default_factory=dict)  # by key, as of today
    same_sale_hours: int = 72
    sales: list[Any] | None = None
    contacts_by_lead: dict[UUID, list[datetime]] = field(default_factory=dict)

    def who(self, contact_id: UUID) -> UUID:
        return self.person.get(contact_id, contact_id)

    def real_inquiries(self) -> list[ToldInquiry]:
        return [inquiry for inquiry in self.inquiries.values() if not inquiry.is_test]

    def real_leads(self) -> list[ToldLead]:
        return [lead for lead in self.leads.values() if not lead.is_test]

    def first_inquiry(self, lead: ToldLead) -> ToldInquiry | None:
        return self.inquiries.get(lead.inquiry_id)

    def holdings(self, lead: ToldLead) -> list[Holding]:
        """Everybody's time with the lead and with what was merged into it, by its beginning."""
        holdings = [holding for part in self.whole[lead.lead_id] for holding in part.holdings]
        return sorted(holdings, key=lambda holding: holding.since)

    def contacts(self, lead: ToldLead) -> list[datetime]:
        """When the customer was contacted about the lead, in time."""
        if lead.lead_id not in self.contacts_by_lead:
            self.contacts_by_lead[lead.lead_id] = sorted(self._contacts(lead))
        return self.contacts_by_lead[lead.lead_id]

    def contacted_at(self, lead: ToldLead) -> datetime | None:
        return min(self.contacts(lead), default=None)

    def _contacts(self, lead: ToldLead) -> Iterator[datetime]:
        part_ids = {part.lead_id for part in self.whole[lead.lead_id]}
        for inquiry_id, place in self.place.items():
            if place is lead and (answered_at := self.inquiries[inquiry_id].answered_at):
                yield answered_at
        if lead.assigned_at is None:
            return
        closed_at = lead.outcome and lead.outcome.at
        for row in self.touches:
            if row.lead_id in part_ids:
                if row.learned_at >= lead.assigned_at:
                    yield max(row.at, lead.assigned_at)
            elif row.lead_id is None and row.contact_id is not None:
                is_theirs = self.who(row.contact_id) == self.who(lead.contact_id)
                is_within = row.at >= lead.assigned_at and (not closed_at or row.at <= closed_at)
                if is_theirs and is_within:
                    yield row.at


def knowledge_of(story: Sequence[Row], known_on: date | None, before: datetime) -> Knowledge:
    """What was known of the story before a moment."""
    knowledge = Knowledge(known_on, known_before(story, before))
    for row in story:
        if row.kind == "inquiry.received" and (key := row.facts.get("source_key")):
            source_id = row.id_of("source_id")
            assert source_id is not None
            knowledge.source_ids[key] = source_id
    by_lead: dict[UUID, list[Row]] = defaultdict(list)
    for row in knowledge.rows:
        if row.kind == "contact.relinked":
            canonical_id = row.id_of("canonical_id")
            assert row.contact_id is not None
            assert canonical_id is not None
            knowledge.person[row.contact_id] = canonical_id
        elif row.kind == "inquiry.received":
            inquiry = inquiry_of(row)
            knowledge.inquiries[inquiry.inquiry_id] = inquiry
        elif row.kind == "inquiry.updated":
            assert row.inquiry_id is not None
            knowledge.inquiries[row.inquiry_id].correct(row.facts["changes"])
        elif row.lead_id is not None and row.kind != REPORTED:
            by_lead[row.lead_id].append(row)
        elif _reaches(row):
            knowledge.touches.append(row)
    everything = {lead_id: lead_of(rows) for lead_id, rows in by_lead.items()}
    _put_together(knowledge, everything)
    return knowledge


def _put_together(knowledge: Knowledge, everything: dict[UUID, ToldLead]) -> None:
    def survivor(lead_id: UUID) -> ToldLead:
        lead = everything[lead_id]
        return lead if lead.merged_into is None else survivor(lead.merged_into)

    for lead in everything.values():
        knowledge.whole[survivor(lead.lead_id).lead_id].append(lead)
        if lead.merged_into is None:
            knowledge.leads[lead.lead_id] = lead
    # Whoever was the last to say that an inquiry came to a lead is right.
    for row in sorted(knowledge.rows, key=lambda row: row.place[1]):
        if row.kind in {"lead.opened", "lead.inquiry_attached"}:
            assert row.lead_id is not None
            if row.inquiry_id is not None and row.inquiry_id in knowledge.inquiries:
                knowledge.place[row.inquiry_id] = survivor(row.lead_id)


def _reaches(row: Row) -> bool:
    """An answered call out, or a report of having talked or written to the customer."""
    if row.kind == "call.observed":
        call = row.facts["call"]
        return bool(call.get("direction") == "outgoing" and call.get("outcome") == "answered")
    if row.kind != REPORTED:
        return False
    kind, direction = row.facts["kind"], row.facts["direction"]
    if kind == "call" and direction == "incoming":
        return bool(row.facts["told"].get("outcome") == "answered")
    return kind == "meeting" or (
        kind in {"call", "mail", "message"} and direction in {"outgoing", None}
    )
