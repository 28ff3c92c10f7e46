"""Emits the events that say which lead an inquiry is in, and why a lead waits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.lead import MILLI, Lead
from services.routing.domain.lead_matching import Placement
from services.routing.repository.inquiries import InquiryMove
from services.routing.repository.outcomes import NewLead
from services.routing.repository.queue import WaitingLead
from shared.contracts.envelope import Event
from shared.contracts.inquiries import InquiryReceived
from shared.contracts.leads import LeadInquiryAttached, LeadOpened, LeadParked
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
            pipeline_version=lead.pipeline_version,
            channel=lead.channel,
            source_id=lead.source_id,
            priority_class=inquiry.priority_class,
            work_units=lead.units_milli / MILLI,
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


def emit_moved(
    session: Session,
    moves: Sequence[InquiryMove],
    leads: Mapping[UUID, Lead],
    *,
    now: datetime,
    cause: UUID | None,
) -> None:
    """Emit `lead.inquiry_attached` for each move. `leads` holds each lead that is moved into."""
    for item in moves:
        into = leads[item.into_id]
        event = LeadInquiryAttached(
            lead_id=into.lead_id,
            contact_id=into.contact_id,
            version=into.version,
            at=now,
            inquiry_id=item.inquiry_id,
            from_lead_id=item.from_id,
        )
        emit(session, event, now=now, cause=cause)


def emit_parked(
    session: Session,
    waits: Sequence[tuple[WaitingLead, str, UUID | None]],
    *,
    now: datetime,
    until: datetime | None = None,
) -> None:
    """Emit `lead.parked` for each (lead as it was before, reason, decision), once per change of the
    reason; `until`: when somebody's next shift begins.
    """
    for lead, reason, decision_id in waits:
        if lead.parked_reason == reason:
            continue
        event = LeadParked(
            lead_id=lead.lead_id,
            contact_id=lead.contact_id,
            version=lead.version,
            at=now,
            reason=reason,
            decision_id=decision_id,
            until=until,
        )
        emit(session, event, now=now)
