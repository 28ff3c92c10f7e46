"""From facts to stories, by what was known up to a moment.

A function of the set of facts: neither their order nor repetitions change anything.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from services.kpi.domain.facts import ContactLinkFact, InquiryFact, Touch
from services.kpi.domain.stories.circles import Circle, LinkedFacts
from services.kpi.domain.stories.course import Course, course_of
from services.kpi.domain.stories.inquiries import corrected
from services.kpi.domain.stories.placing import apart, tells
from services.kpi.domain.stories.story import Apart, Holding, LeadStory, Placement


class Stories(NamedTuple):
    """By id of lead and inquiry. A lead that is merged into another has none, nor has an inquiry
    that is in no lead.
    """

    leads: dict[UUID, LeadStory]
    placements: dict[UUID, Placement]


@dataclass(slots=True)
class _View:
    """What was known of a circle just before `until`."""

    facts: LinkedFacts
    until: datetime
    courses: dict[UUID, Course]
    inquiries: dict[UUID, InquiryFact]
    places: dict[UUID, dict[UUID, int]]  # inquiry → surviving lead → sum of its links
    canonical_ids: dict[UUID, UUID]  # of the contacts that were ever linked
    parts: dict[UUID, list[UUID]] = field(default_factory=lambda: defaultdict(list))


def tell(circle: Circle, facts: LinkedFacts, until: datetime) -> Stories:
    """The stories of a circle by the facts recorded before `until`."""
    view = _view(circle, facts, until)
    placements: dict[UUID, Placement] = {}
    inquiries_of: dict[UUID, list[InquiryFact]] = defaultdict(list)
    arrivals: dict[UUID, list[datetime]] = defaultdict(list)
    aparts: dict[UUID, list[Apart]] = defaultdict(list)
    for inquiry_id, sums in view.places.items():
        lead_ids = [lead_id for lead_id, total in sums.items() if total > 0]
        inquiry = view.inquiries.get(inquiry_id)
        if inquiry is None:
            continue
        for lead_id in lead_ids:
            inquiries_of[lead_id].append(inquiry)
        if lead_ids and is_told(view.courses.get(place := min(lead_ids))):
            placements[inquiry_id] = Placement(inquiry_id, place)
            if not inquiry.is_test:
                arrivals[place].append(inquiry.received_at)
                if not tells(view.courses[place].opening, inquiry):
                    aparts[place].append(apart(inquiry))
    leads = {
        lead_id: _lead_story(
            view, course, inquiries_of[lead_id], sorted(arrivals[lead_id]), aparts.get(lead_id, ())
        )
        for lead_id, course in view.courses.items()
        if is_told(course)
    }
    return Stories(leads, placements)


def is_told(course: Course | None) -> bool:
    """Whether the lead has a story of its own."""
    return course is not None and course.merged_into is None


def _view(circle: Circle, facts: LinkedFacts, until: datetime) -> _View:
    courses = {
        lead_id: course_of(facts.openings[lead_id], facts.steps.get(lead_id, ()), until)
        for lead_id in circle.lead_ids
        if facts.openings[lead_id].known_at < until
    }
    inquiries = {
        inquiry_id: corrected(facts.inquiries[inquiry_id], facts.changes.get(inquiry_id, ()), until)
        for inquiry_id in circle.inquiry_ids
        if facts.inquiries[inquiry_id].known_at < until
    }
    places: dict[UUID, dict[UUID, int]] = {}
    for inquiry_id in circle.inquiry_ids:
        sums = places[inquiry_id] = defaultdict(int)
        for link in facts.links.get(inquiry_id, ()):
            if link.known_at < until:
                sums[_surviving(courses, link.lead_id)] += link.sign
    canonical_ids = {
        contact_id: _canonical(facts.contact_links[contact_id], until)
        for contact_id in circle.contact_ids
        if contact_id in facts.contact_links
    }
    view = _View(facts, until, courses, inquiries, places, canonical_ids)
    for lead_id in courses:
        view.parts[_surviving(courses, lead_id)].append(lead_id)
    return view


def _surviving(courses: dict[UUID, Course], lead_id: UUID) -> UUID:
    """The lead that a lead was merged into, through all merges.

    Among events of different streams two leads may for a while each seem merged into the other.
    """
    passed = {lead_id}
    while (course := courses.get(lead_id)) is not None and course.merged_into is not None:
        lead_id = course.merged_into
        if lead_id in passed:
            return min(passed)
        passed.add(lead_id)
    return lead_id


def _lead_story(
    view: _View,
    course: Course,
    inquiries: Sequence[InquiryFact],
    arrivals: Sequence[datetime],
    aparts: Sequence[Apart],
) -> LeadStory:
    opening = course.opening
    first = view.inquiries.get(opening.inquiry_id)
    contacts = sorted(_contacts(view, course, inquiries))
    contacted_at = contacts[0] if contacts else None
    return LeadStory(
        lead_id=opening.lead_id,
        contact_id=opening.contact_id,
        inquiry_id=opening.inquiry_id,
        opened_at=opening.opened_at,
        received_at=opening.received_at,
        is_test=opening.is_test,
        source_id=opening.source_id,
        channel=opening.channel,
        campaign=first.utm_campaign if first else None,
        region=first.region if first else None,
        product=first.product if first else None,
        priority_class=opening.priority_class,
        pool=opening.pool,
        pipeline=opening.pipeline,
        stage=course.stage,
        owner_id=course.owner_id,
        assigned_at=course.assigned_at,
        accepted_at=course.accepted_at,
        contacted_at=contacted_at,
        contacted_by=_holder(course, contacted_at),
        accept_by=course.accept_by,
        first_touch_by=course.first_touch_by,
        won_at=course.won_at,
        lost_at=course.lost_at,
        aside_at=course.aside_at,
        closed_by=course.closed_by,
        amount=course.amount,
        currency=course.currency,
        loss_reason=course.loss_reason,
        reopened=course.reopened,
        apart=tuple(sorted(aparts, key=_place_of)) if aparts else (),
        arrivals=tuple(arrivals),
        visits=tuple(course.visits.values()),
        holdings=_holdings(view, course, contacts),
    )


def _place_of(item: Apart) -> tuple[datetime, str]:
    return item.received_at, str(item)


def _holdings(view: _View, course: Course, contacts: Sequence[datetime]) -> tuple[Holding, ...]:
    """Those of the lead and of all that was merged into it, in the order of their beginnings."""
    parts = [view.courses[lead_id] for lead_id in view.parts[course.opening.lead_id]]
    holdings = [_touched(holding, contacts) for part in parts for holding in part.holdings]
    return tuple(sorted(holdings, key=attrgetter("since")))


def _contacts(view: _View, course: Course, inquiries: Sequence[InquiryFact]) -> Iterator[datetime]:
    """The moments at which the customer was contacted about the lead.

    A touch on the lead counts if it was reported after the assignment (if it happened before, it
    counts at the assignment); one on the person alone counts while the lead is assigned and not
    closed; an answered incoming call counts always.
    """
    for inquiry in inquiries:
        if inquiry.answered_at is not None:
            yield inquiry.answered_at
    assigned_at = course.assigned_at
    if assigned_at is None or not view.facts.touches:
        return
    for lead_id in view.parts[course.opening.lead_id]:
        for touch in _known_touches(view, lead_id):
            if touch.learned_at >= assigned_at:
                yield max(touch.at, assigned_at)
    closed_at = course.closed_at
    for contact_id in _births(view, course.opening.contact_id):
        for touch in _known_touches(view, contact_id):
            if touch.at >= assigned_at and (closed_at is None or touch.at <= closed_at):
                yield touch.at


def _known_touches(view: _View, key: UUID) -> Iterator[Touch]:
    return (item for item in view.facts.touches.get(key, ()) if item.known_at < view.until)


def _births(view: _View, contact_id: UUID) -> set[UUID]:
    """All contacts that stand for the same person as this one."""
    person = view.canonical_ids.get(contact_id, contact_id)
    return {person, *(one for one, other in view.canonical_ids.items() if other == person)}


def _canonical(links: Sequence[ContactLinkFact], until: datetime) -> UUID:
    canonical_id = links[0].contact_id
    for link in links:
        if link.known_at >= until:
            break
        canonical_id = link.canonical_id
    return canonical_id


def _holder(course: Course, at: datetime | None) -> UUID | None:
    """Who owned the lead at that moment."""
    if at is None:
        return None
    for holding in reversed(course.holdings):
        if holding.since <= at and (holding.until is None or at < holding.until):
            return holding.manager_id
    return None


def _touched(holding: Holding, contacts: Sequence[datetime]) -> Holding:
    for at in contacts:
        if at >= holding.since and (holding.until is None or at < holding.until):
            return holding._replace(touched_at=at)
    return holding
