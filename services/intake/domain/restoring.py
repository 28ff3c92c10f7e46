"""What intake's own events say about people and inquiries: for a database older than they are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.intake.domain.calls import CallFacts, facts_of
from services.intake.domain.contact_matching import PointFacts, completed, limited_to
from services.intake.domain.keys import ContactPoint, contact_points, key_digest
from services.intake.domain.purchases import PurchaseState, after_event
from services.intake.domain.requests import CallReport, Draft
from services.intake.domain.shared_points import is_shared, leads_further, people_with
from shared.contracts.contacts import ConsentRecorded, ContactChanged, ContactRelinked
from shared.contracts.envelope import Event
from shared.contracts.inquiries import CallObserved, InquiryReceived, InquiryUpdated
from shared.contracts.inquiry import ContactDetails
from shared.contracts.purchases import PurchaseCancelled, PurchaseRecorded


class Moment(NamedTuple):
    """An event, when it was emitted, and its text."""

    event: Event
    at: datetime
    payload: str


@dataclass(frozen=True, slots=True)
class RestoredContact:
    """`details` are None where no event in hand tells them; an inquiry's own are a beginning."""

    contact_id: UUID
    created_at: datetime
    details: ContactDetails | None = None
    first_details: ContactDetails = field(default_factory=ContactDetails)
    has_inquiry: bool = False


@dataclass(frozen=True, slots=True)
class RestoredInquiry:
    """A row of `inquiry`. Its submission may be gone with what was lost."""

    event: InquiryReceived
    submission_id: UUID
    normalised_at: datetime
    content: str

    @property
    def external_digest(self) -> bytes | None:
        """Of the provider's name for it, by which a later delivery is known as the same."""
        record_id = None if self.event.is_test else self.event.external_id
        return key_digest(record_id) if record_id else None


@dataclass(frozen=True, slots=True)
class RestoredCall:
    """A row of `call`: what later events of the same call are added to."""

    source_id: UUID
    call_id: str
    submission_id: UUID
    heard_at: datetime
    facts: CallFacts
    inquiry_id: UUID | None = None
    observation_id: UUID | None = None


@dataclass(eq=False)
class Restored:
    """Rows as the events have them; `owners` are of points that nobody had. `changes` are laid over
    inquiries, in this order; `refusals` are how the refused channels of a contact changed.
    """

    contacts: dict[UUID, RestoredContact] = field(default_factory=dict)
    relinks: dict[UUID, ContactRelinked] = field(default_factory=dict)
    inquiries: list[RestoredInquiry] = field(default_factory=list)
    changes: list[tuple[UUID, Mapping[str, Any]]] = field(default_factory=list)
    calls: list[RestoredCall] = field(default_factory=list)
    purchases: dict[UUID, PurchaseState] = field(default_factory=dict)
    consents: list[tuple[ConsentRecorded, datetime]] = field(default_factory=list)
    refusals: list[ContactChanged] = field(default_factory=list)
    points: dict[ContactPoint, PointFacts] = field(default_factory=dict)
    owners: dict[ContactPoint, UUID] = field(default_factory=dict)


def points_of(moments: Collection[Moment]) -> set[ContactPoint]:
    """The points that these events name."""
    return {
        point
        for event, _, _ in moments
        if isinstance(event, InquiryReceived)
        for point in contact_points(event.contact, channel=event.channel)
    }


def restored(
    moments: Collection[Moment],
    points: Mapping[ContactPoint, PointFacts],
    erased: Collection[UUID],
) -> Restored:
    """The rows after these events. `points` are those that are known, `erased` the contacts of
    people who asked to be forgotten: of these no detail comes back.
    """
    rows = Restored(points=dict(points))
    for event, at, payload in moments:
        if isinstance(event, ContactChanged):
            _change(rows, event, is_erased=event.contact_id in erased)
        elif isinstance(event, ConsentRecorded):
            contact = _contact(rows, event.contact_id, at)
            rows.contacts[event.contact_id] = contact
            blank = {"page_url": None, "ip": None} if event.contact_id in erased else {}
            rows.consents.append((event.model_copy(update=blank), at))
        elif isinstance(event, ContactRelinked):
            rows.relinks[event.contact_id] = event
        elif isinstance(event, CallObserved):
            contact = _contact(rows, event.contact_id, event.received_at)
            rows.contacts[event.contact_id] = contact
            if event.external_id:
                rows.calls.append(_observed(event, event.external_id))
        elif isinstance(event, PurchaseRecorded | PurchaseCancelled):
            rows.contacts[event.contact_id] = _contact(rows, event.contact_id, at)
            order = after_event(event, rows.purchases.get(event.purchase_id))
            if order is not None:
                rows.purchases[event.purchase_id] = order
        elif isinstance(event, InquiryUpdated):
            if event.contact_id not in erased:
                rows.changes.append((event.inquiry_id, event.changes))
        elif isinstance(event, InquiryReceived):
            forgotten = _forgotten(event) if event.contact_id in erased else None
            content = forgotten.model_dump_json() if forgotten else payload
            _receive(rows, forgotten or event, at, content)
    return rows


def _contact(rows: Restored, contact_id: UUID, at: datetime) -> RestoredContact:
    contact = rows.contacts.get(contact_id, RestoredContact(contact_id, at))
    return replace(contact, created_at=min(contact.created_at, at))


def _change(rows: Restored, event: ContactChanged, *, is_erased: bool) -> None:
    contact = _contact(rows, event.contact_id, event.changed_at)
    details = ContactDetails() if is_erased else event.details
    rows.contacts[event.contact_id] = replace(contact, details=details)
    if event.do_not_contact is not None:
        blank = {"reason": None} if is_erased else {}
        rows.refusals.append(event.model_copy(update=blank))


def _receive(rows: Restored, event: InquiryReceived, at: datetime, content: str) -> None:
    points = []
    for point in contact_points(event.contact, channel=event.channel):
        facts = rows.points.get(point, PointFacts())
        facts = replace(facts, people=people_with(facts.people, point, event.contact))
        rows.points[point] = facts
        if leads_further(point, event.contact):
            points.append(point)
        elif not is_shared(facts.people, verdict=facts.shared):
            rows.owners.setdefault(point, event.contact_id)
            points.append(point)
    contact = _contact(rows, event.contact_id, event.received_at)
    rows.contacts[event.contact_id] = replace(
        contact,
        first_details=completed(contact.first_details, limited_to(event.contact, points)),
        has_inquiry=contact.has_inquiry or not event.is_test,
    )
    if event.submission_id is not None:
        rows.inquiries.append(RestoredInquiry(event, event.submission_id, at, content))
        if _is_of_exchange(event) and event.external_id:
            rows.calls.append(_call_of_inquiry(event, event.external_id, event.submission_id))


def _is_of_exchange(event: InquiryReceived) -> bool:
    call_id = event.call.provider_call_id if event.call else event.external_id
    return event.channel == "call" and call_id == event.external_id


def _call_of_inquiry(event: InquiryReceived, call_id: str, submission_id: UUID) -> RestoredCall:
    draft = Draft.model_validate(event.model_dump(include=set(Draft.model_fields)))
    return RestoredCall(
        event.source_id,
        call_id,
        submission_id,
        event.received_at,
        facts_of(CallReport(call_id, draft, final=True)),
        inquiry_id=event.inquiry_id,
    )


def _observed(event: CallObserved, call_id: str) -> RestoredCall:
    draft = Draft(channel="call", occurred_at=event.occurred_at, call=event.call)
    return RestoredCall(
        event.source_id,
        call_id,
        event.observation_id,  # the submission is not told, and nothing asks for it any more
        event.received_at,
        facts_of(CallReport(call_id, draft, final=True)),
        observation_id=event.observation_id,
    )


def _forgotten(event: InquiryReceived) -> InquiryReceived:
    blank: dict[str, Any] = {
        "contact": ContactDetails(),
        "subject": None,
        "text": None,
        "call": None,
        "fields": {},
        "consent": None
        if event.consent is None
        else event.consent.model_copy(update={"page_url": None, "ip": None}),
    }
    return event.model_copy(update=blank)
