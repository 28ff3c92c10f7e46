"""What all facts about some people say of their arrivals and sales, by what was known on a day.

A function of the set of facts: neither their order nor repetitions change anything.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from services.kpi.domain.facts import ContactLinkFact, InquiryChange, InquiryFact
from services.kpi.domain.paths.credits import Point, credits_for
from services.kpi.domain.paths.origins import Sold, as_text, origins_of, sold_again
from services.kpi.domain.paths.rows import Again, Arrival, Row
from services.kpi.domain.paths.segments import (
    EVERYTHING,
    Segment,
    alike,
    as_number,
    groupings_within,
    segment_id,
    segment_of,
)
from services.kpi.domain.sales.events import SaleEvent, SpamMark
from services.kpi.domain.sales.people import sales_of
from services.kpi.domain.stories.inquiries import corrections


class OpenedLead(NamedTuple):
    """A lead that is merged into no other, known so from one day to before another."""

    lead_id: UUID
    inquiry_id: UUID
    known_on: date
    known_until: date


@dataclass(frozen=True, slots=True)
class Circle:
    """All facts about contacts that were ever one person, directly or through others."""

    inquiries: list[InquiryFact] = field(default_factory=list)
    changes: dict[UUID, list[InquiryChange]] = field(default_factory=lambda: defaultdict(list))
    marks: dict[UUID, list[SpamMark]] = field(default_factory=lambda: defaultdict(list))
    links: dict[UUID, list[ContactLinkFact]] = field(default_factory=lambda: defaultdict(list))
    leads: list[OpenedLead] = field(default_factory=list)
    sale_events: list[SaleEvent] = field(default_factory=list)

    def days(self, since: date) -> list[date]:
        """The UTC days from `since` on at which something about them became known."""
        days = {opened.known_on for opened in self.leads}
        days |= {opened.known_until for opened in self.leads if opened.known_until < date.max}
        groups: Iterable[Sequence[SpamMark | ContactLinkFact | SaleEvent | InquiryFact]] = (
            *self.marks.values(), *self.links.values(), self.sale_events, self.inquiries
        )  # fmt: skip
        for facts in groups:
            days |= {_day(fact.known_at) for fact in facts}
        for inquiry in self.inquiries:
            if changes := self.changes.get(inquiry.inquiry_id):
                days |= {item.known_on for item in corrections(inquiry, changes)}
        return sorted(day for day in days if day >= since)


class _Came(NamedTuple):
    """An inquiry as it was known, with what is told of it."""

    at: datetime
    inquiry_id: UUID
    segment: Segment
    is_spam: bool


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def tell(circle: Circle, day: date, *, window: timedelta) -> Iterator[Row]:
    """All rows as they were known at the end of that day of UTC. `window`: within which a win and
    an order of the same amount are one sale.
    """
    until = datetime.combine(day + timedelta(days=1), time(), UTC)
    people = {contact: _person(links, until) for contact, links in circle.links.items()}
    opened: dict[UUID, UUID] = {}
    for lead in circle.leads:
        if lead.known_on <= day < lead.known_until:
            opened[lead.inquiry_id] = min(lead.lead_id, opened.get(lead.inquiry_id, lead.lead_id))
    came: dict[UUID, list[_Came]] = defaultdict(list)
    for inquiry in _inquiries_on(circle, day):
        person_id = people.get(inquiry.contact_id, inquiry.contact_id)
        is_spam = _is_spam(circle.marks.get(inquiry.inquiry_id, ()), until)
        segment = segment_of(inquiry)
        came[person_id].append(_Came(inquiry.received_at, inquiry.inquiry_id, segment, is_spam))
        yield Arrival(
            inquiry_id=inquiry.inquiry_id,
            person_id=person_id,
            at=inquiry.received_at,
            segment_id=segment_id(segment),
            is_target=not inquiry.is_repeat and not is_spam,
            lead_id=opened.get(inquiry.inquiry_id),
        )
    for arrivals in came.values():
        arrivals.sort(key=lambda one: one[:2])
        yield from _again(arrivals)
    events_of: dict[UUID, list[SaleEvent]] = defaultdict(list)
    for event in circle.sale_events:
        if event.known_at < until:
            events_of[people.get(event.contact_id, event.contact_id)].append(event)
    for person_id, events in events_of.items():
        yield from _sales(person_id, events, came.get(person_id, ()), window)


def _inquiries_on(circle: Circle, day: date) -> Iterator[InquiryFact]:
    """The inquiries that were known, as they were corrected by then, without tests."""
    for inquiry in circle.inquiries:
        if _day(inquiry.known_at) > day:
            continue
        version = inquiry
        if changes := circle.changes.get(inquiry.inquiry_id):
            for item in corrections(inquiry, changes):
                if item.known_on <= day:
                    version = item.inquiry
        if not version.is_test:
            yield version


def _person(links: Sequence[ContactLinkFact], until: datetime) -> UUID:
    """Whom the contact stood for; `links` are in the order of their versions."""
    canonical_ids = [link.canonical_id for link in links if link.known_at < until]
    return canonical_ids[-1] if canonical_ids else links[0].contact_id


def _is_spam(marks: Sequence[SpamMark], until: datetime) -> bool:
    spam = [mark.is_spam for mark in marks if mark.known_at < until]
    return bool(spam) and spam[-1]


def _again(arrivals: Sequence[_Came]) -> Iterator[Again]:
    """For each inquiry the earlier ones that are the last before in some grouping."""
    latest: dict[Segment, _Came] = {}  # by time, the latest at the end
    for one in arrivals:
        open_groupings = groupings_within(EVERYTHING)
        for earlier in reversed(latest.values()):
            groupings = groupings_within(alike(one.segment, earlier.segment)) & open_groupings
            if groupings:
                open_groupings &= ~groupings
                yield Again(
                    inquiry_id=one.inquiry_id,
                    earlier_id=earlier.inquiry_id,
                    at=one.at,
                    earlier_at=earlier.at,
                    segment_id=segment_id(one.segment),
                    groupings=as_number(groupings),
                )
            if not open_groupings:
                break
        latest.pop(one.segment, None)
        latest[one.segment] = one


def _sales(
    person_id: UUID, events: Iterable[SaleEvent], arrivals: Sequence[_Came], window: timedelta
) -> Iterator[Row]:
    points = [
        Point(one.at, one.inquiry_id, segment_id(one.segment), one.segment.is_direct)
        for one in arrivals
        if not one.is_spam
    ]
    segments = {segment_id(one.segment): one.segment for one in arrivals}
    sold: list[Sold] = []
    for sale in sales_of(person_id, events, window=window):
        shares = credits_for(sale, points)
        yield from shares
        origins = origins_of(sale, shares, segments)
        yield replace(sale, origins=as_text(origins))
        if sale.taken_back_at is None:
            sold.append(Sold(sale, origins))
    yield from sold_again(sold)
