"""Emits the events about inquiries that got a lead, each caused by the event of its inquiry."""

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

InquiriesById = Mapping[UUID, tuple[ReceivedEvent, InquiryReceived]]


def emit_opened(
    session: Session, new_leads: Mapping[UUID, NewLead], by_id: InquiriesById, *, now: datetime
) -> None:
    """Emit `lead.opened` for each of these leads, given by the inquiry that opens it."""
    for inquiry_id, lead in new_leads.items():
        cause, inquiry = by_id[inquiry_id]
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
        _emit(session, event, cause, now=now)


def emit_attached(
    session: Session,
    placements: Sequence[Placement],
    by_id: InquiriesById,
    leads: Mapping[UUID, tuple[UUID, int]],
    *,
    now: datetime,
) -> None:
    """Emit `lead.inquiry_attached` for placements into open leads.

    `leads`: lead → (contact that opened it, version).
    """
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
        _emit(session, event, by_id[item.inquiry_id][0], now=now)


def _emit(session: Session, event: Event, cause: ReceivedEvent, *, now: datetime) -> None:
    envelope = cause.envelope
    emit(session, event, now=now, cause=envelope.event_id, traceparent=envelope.traceparent)
