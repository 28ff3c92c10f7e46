"""What is said of inquiries that found their lead: each with the event that brought it as cause."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.lead_matching import Placement
from services.routing.repository.outcomes import NewLead
from shared.contracts.envelope import Event
from shared.contracts.inquiries import InquiryReceived
from shared.contracts.leads import LeadInquiryAttached, LeadOpened
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.outbox.publish import emit

Received = Mapping[UUID, tuple[ReceivedEvent, InquiryReceived]]


def say_opened(
    session: Session, opened: Mapping[UUID, NewLead], by_id: Received, *, now: datetime
) -> None:
    """`opened`: leads by the inquiry that opens them."""
    for inquiry_id, lead in opened.items():
        heard, inquiry = by_id[inquiry_id]
        event = LeadOpened(
            lead_id=lead.lead_id,
            contact_id=lead.contact_id,
            version=1,
            at=now,
            inquiry_id=inquiry_id,
            pool=lead.pool,
            pipeline=lead.pipeline,
            stage=lead.stage,
            channel=lead.channel,
            source_id=lead.source_id,
            priority_class=inquiry.priority_class,
            work_units=lead.units_milli / 1000,
            received_at=lead.received_at,
            is_test=lead.is_test,
        )
        _say(session, event, heard, now=now)


def say_attached(
    session: Session,
    placements: Sequence[Placement],
    by_id: Received,
    leads: Mapping[UUID, tuple[UUID, int]],
    *,
    now: datetime,
) -> None:
    """`leads`: lead → (its contact at birth, its version)."""
    for item in placements:
        if item.opens:
            continue
        contact_id, version = leads[item.lead_id]
        event = LeadInquiryAttached(
            lead_id=item.lead_id,
            contact_id=contact_id,
            version=version,
            at=now,
            inquiry_id=item.inquiry_id,
        )
        _say(session, event, by_id[item.inquiry_id][0], now=now)


def _say(session: Session, event: Event, heard: ReceivedEvent, *, now: datetime) -> None:
    envelope = heard.envelope
    emit(session, event, now=now, cause=envelope.event_id, traceparent=envelope.traceparent)
