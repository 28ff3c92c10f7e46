"""The facts about some leads and inquiries, put together by what belongs to what."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.kpi.domain.facts import (
    ContactLinkFact,
    Facts,
    InquiryChange,
    InquiryFact,
    InquiryLinkFact,
    LeadOpening,
    LeadStep,
    Touch,
)

Fact = (
    LeadOpening | LeadStep | InquiryFact | InquiryChange | InquiryLinkFact | Touch | ContactLinkFact
)


@dataclass(frozen=True, slots=True)
class LinkedFacts:
    """`steps`, `changes` and `contact_links` are in the order of their versions. Touches on a lead
    stand under the lead, all others under the contact.
    """

    openings: dict[UUID, LeadOpening]
    steps: dict[UUID, list[LeadStep]] = field(default_factory=lambda: defaultdict(list))
    inquiries: dict[UUID, InquiryFact] = field(default_factory=dict)
    changes: dict[UUID, list[InquiryChange]] = field(default_factory=lambda: defaultdict(list))
    links: dict[UUID, list[InquiryLinkFact]] = field(default_factory=lambda: defaultdict(list))
    touches: dict[UUID, list[Touch]] = field(default_factory=lambda: defaultdict(list))
    contact_links: dict[UUID, list[ContactLinkFact]] = field(
        default_factory=lambda: defaultdict(list)
    )


def put_together(facts: Facts) -> LinkedFacts:
    """The facts by what they are about; `links` are kept by inquiry."""
    graph = LinkedFacts({opening.lead_id: opening for opening in facts.get("lead", ())})
    for step in sorted(facts.get("lead_event", ()), key=_version):
        graph.steps[step.lead_id].append(step)
    graph.inquiries.update((inquiry.inquiry_id, inquiry) for inquiry in facts.get("inquiry", ()))
    for change in sorted(facts.get("inquiry_change", ()), key=_version):
        graph.changes[change.inquiry_id].append(change)
    for link in facts.get("inquiry_link", ()):
        graph.links[link.inquiry_id].append(link)
    for touch in facts.get("touch", ()):
        graph.touches[touch.contact_id if touch.lead_id is None else touch.lead_id].append(touch)
    for contact_link in sorted(facts.get("contact_link", ()), key=_version):
        graph.contact_links[contact_link.contact_id].append(contact_link)
    return graph


def _version(fact: LeadStep | InquiryChange | ContactLinkFact) -> int:
    return fact.version


@dataclass(slots=True)
class Circle:
    """Leads and inquiries that were ever joined, and the contacts of their people."""

    lead_ids: list[UUID] = field(default_factory=list)
    inquiry_ids: list[UUID] = field(default_factory=list)
    contact_ids: set[UUID] = field(default_factory=set)

    def ids(self) -> tuple[UUID, ...]:
        """Of all that has a story here."""
        return (*self.lead_ids, *self.inquiry_ids)

    def days(self, facts: LinkedFacts, since: date) -> list[date]:
        """The UTC days from `since` on at which something about them became known."""
        days = {fact.known_at.date() for group in self._facts(facts) for fact in group}
        return sorted(day for day in days if day >= since)

    def _facts(self, facts: LinkedFacts) -> Iterator[Sequence[Fact]]:
        for lead_id in self.lead_ids:
            if lead_id in facts.openings:
                yield (facts.openings[lead_id],)
            yield facts.steps.get(lead_id, ())
            yield facts.touches.get(lead_id, ())
        for inquiry_id in self.inquiry_ids:
            if inquiry_id in facts.inquiries:
                yield (facts.inquiries[inquiry_id],)
            yield facts.changes.get(inquiry_id, ())
            yield facts.links.get(inquiry_id, ())
        for contact_id in self.contact_ids:
            yield facts.touches.get(contact_id, ())
            yield facts.contact_links.get(contact_id, ())


class _Joined(dict[UUID, UUID]):
    """Which ids belong together: a forest whose roots stand for the sets."""

    def root(self, key: UUID) -> UUID:
        while (above := self.setdefault(key, key)) != key:
            self[key] = self.setdefault(above, above)
            key = above
        return key

    def join(self, one: UUID, other: UUID) -> None:
        self[self.root(one)] = self.root(other)


def circles(facts: LinkedFacts) -> list[Circle]:
    """What has to be told together: leads and inquiries joined by links or merges at any time."""
    joined = _Joined()
    for lead_id, steps in facts.steps.items():
        for step in steps:
            if step.into_id is not None:
                joined.join(lead_id, step.into_id)
    for inquiry_id, links in facts.links.items():
        for link in links:
            joined.join(link.lead_id, inquiry_id)
    people = _people(facts)
    by_root: dict[UUID, Circle] = {}
    for lead_id, opening in facts.openings.items():
        circle = by_root.setdefault(joined.root(lead_id), Circle())
        circle.lead_ids.append(lead_id)
        contact_id = opening.contact_id
        circle.contact_ids.update(people.get(contact_id, (contact_id,)))
    for inquiry_id in facts.inquiries:
        # What has to do with no lead has no story.
        if (root := joined.root(inquiry_id)) in by_root:
            by_root[root].inquiry_ids.append(inquiry_id)
    return list(by_root.values())


def _people(facts: LinkedFacts) -> dict[UUID, list[UUID]]:
    """All contacts of a person, by each of those that were ever linked."""
    joined = _Joined()
    for contact_id, links in facts.contact_links.items():
        for link in links:
            joined.join(contact_id, link.canonical_id)
    members: dict[UUID, list[UUID]] = defaultdict(list)
    for contact_id in joined:
        members[joined.root(contact_id)].append(contact_id)
    return {contact_id: members[joined.root(contact_id)] for contact_id in joined}
