"""From events to facts."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from services.kpi.domain.facts import (
    ContactLinkFact,
    InquiryChange,
    InquiryFact,
    InquiryLinkFact,
    LeadOpening,
    LeadStep,
    ManagerFact,
    ManagerStatusFact,
    Touch,
)
from shared.contracts.activities import ActivityRecorded
from shared.contracts.contacts import ContactRelinked
from shared.contracts.envelope import EARLIEST, Envelope, Event
from shared.contracts.inquiries import CallObserved, InquiryReceived, InquiryUpdated
from shared.contracts.inquiry import Call, Campaign, moment
from shared.contracts.lead_state import ERASED, links_of
from shared.contracts.leads import (
    LeadEvent,
    LeadInquiryAttached,
    LeadLost,
    LeadNextActionSet,
    LeadOpened,
    LeadParked,
)
from shared.contracts.managers import ManagerChanged, ManagerStatusChanged

_TOWARDS_CUSTOMER = frozenset({"call", "mail", "message"})
_CALLED = ("outgoing", "answered")
_BEGIN, _END = len("lead."), -len(".v1")
_TEXTS = {
    "channel": "channel",
    "priority_class": "priority_class",
    "language": "language",
    "region": "region",
    "product_interest": "product",
}
# A corrected call was answered, and nothing says when: it counts from the inquiry's receipt.
UNKNOWN_MOMENT = EARLIEST
_MARKS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_REQUIRED = frozenset({"channel", "priority_class"})
_MILLI = 1000
_MOST_UNITS = 1e6


def opening_of(envelope: Envelope, event: LeadOpened) -> LeadOpening:
    return LeadOpening(
        lead_id=event.lead_id,
        contact_id=event.contact_id,
        inquiry_id=event.inquiry_id,
        known_at=aware(envelope.time),
        opened_at=aware(event.at),
        received_at=aware(event.received_at),
        source_id=event.source_id,
        channel=event.channel,
        pool=event.pool,
        pipeline=event.pipeline,
        stage=event.stage,
        priority_class=event.priority_class,
        is_test=event.is_test,
        units_milli=_milli(event.work_units),
    )


def _milli(units: float) -> int:
    """In thousandths, within what a table can hold whatever was sent."""
    return round(min(max(units, 0.0), _MOST_UNITS) * _MILLI) if isfinite(units) else _MILLI


def step_of(envelope: Envelope, event: LeadEvent) -> LeadStep | None:
    """The step that an event takes; None for those that are told elsewhere or change no figure."""
    if isinstance(event, LeadOpened | LeadInquiryAttached | LeadNextActionSet):
        return None
    members: Mapping[str, Any] = event.__dict__
    # Other reasons are words of people, or of the queue, and no figure needs them.
    reason = event.loss_reason if isinstance(event, LeadLost) else None
    reason = ERASED if isinstance(event, LeadParked) and event.reason == ERASED else reason
    return LeadStep(
        lead_id=event.lead_id,
        version=envelope.version,
        known_at=aware(envelope.time),
        at=aware(event.at),
        kind=event.TYPE[_BEGIN:_END],
        manager_id=members.get("manager_id"),
        stage=members.get("to_stage"),
        reason=reason,
        deadline=members.get("deadline"),
        into_id=members.get("into"),
        amount=members.get("amount"),
        currency=members.get("currency"),
        accept_by=_aware(members.get("accept_by")),
        first_touch_by=_aware(members.get("first_touch_by")),
        is_listed=bool(members.get("is_listed", reason == ERASED)),
    )


def link_facts(envelope: Envelope, event: Event) -> Iterator[InquiryLinkFact]:
    for link in links_of(envelope.event_id, event):
        yield InquiryLinkFact(
            link.event_id, link.lead_id, link.inquiry_id, link.sign, aware(envelope.time)
        )


def contact_link_fact(envelope: Envelope, event: ContactRelinked) -> ContactLinkFact:
    return ContactLinkFact(
        event.contact_id, envelope.version, event.canonical_id, aware(envelope.time)
    )


def inquiry_fact(envelope: Envelope, event: InquiryReceived) -> InquiryFact:
    campaign = event.campaign
    return InquiryFact(
        inquiry_id=event.inquiry_id,
        contact_id=event.contact_id,
        known_at=aware(envelope.time),
        received_at=aware(event.received_at),
        source_id=event.source_id,
        source_key=event.source_key,
        channel=event.channel,
        is_test=event.is_test,
        is_repeat=event.is_repeat,
        answered_at=_answered_at(event.call, otherwise=moment(event)),
        priority_class=event.priority_class,
        language=event.language,
        region=event.region or None,
        product=event.product_interest or None,
        **_marks(campaign),
    )


def change_of(envelope: Envelope, event: InquiryUpdated) -> InquiryChange | None:
    """The correction of what figures use; None when they use nothing of it.

    Raises ValueError when a changed part does not have the form of the contract.
    """
    changes: Mapping[str, object] = event.changes
    values: dict[str, Any] = {}
    if isinstance(changes.get("is_test"), bool):
        values["is_test"] = changes["is_test"]
    for member, column in _TEXTS.items():
        value = changes.get(member, ...)
        if column in _REQUIRED and isinstance(value, str):
            values[column] = value
        elif column not in _REQUIRED and (value is None or isinstance(value, str)):
            values[column] = value or None
    if "call" in changes:
        call = Call.model_validate(changes["call"] or {})
        values["answered_at"] = _answered_at(call, otherwise=UNKNOWN_MOMENT)
    if "campaign" in changes:
        values |= _marks(Campaign.model_validate(changes["campaign"] or {}))
    if not values:
        return None
    return InquiryChange(
        event.inquiry_id, envelope.version, aware(envelope.time), members=_names(values), **values
    )


def _marks(campaign: Campaign) -> dict[str, Any]:
    marks = {name: getattr(campaign, name) or None for name in _MARKS}  # an empty one is none
    return {**marks, "click_kinds": _names(campaign.click_ids)}


def _names(members: Iterable[str]) -> str:
    return " ".join(sorted(members))


def _answered_at(call: Call | None, *, otherwise: datetime) -> datetime | None:
    if call is None or call.outcome != "answered" or call.direction not in {"incoming", None}:
        return None
    return aware(call.answered_at or call.started_at or otherwise)


def touch_of(envelope: Envelope, event: Event) -> Touch | None:
    """The touch that an event reports; None for one by which nobody can have been contacted."""
    if isinstance(event, ActivityRecorded) and _reaches(event):
        return Touch(
            touch_id=event.activity_id,
            contact_id=event.contact_id,
            lead_id=event.lead_id,
            at=aware(event.at),
            learned_at=aware(event.learned_at),
            known_at=aware(envelope.time),
            manager_id=event.manager_id,
            kind=event.kind,
        )
    if isinstance(event, CallObserved) and (event.call.direction, event.call.outcome) == _CALLED:
        return Touch(
            touch_id=event.observation_id,
            contact_id=event.contact_id,
            lead_id=None,
            at=aware(event.occurred_at),
            learned_at=aware(event.received_at),
            known_at=aware(envelope.time),
            manager_id=None,
            kind="call",
        )
    return None


def _reaches(event: ActivityRecorded) -> bool:
    if event.kind == "meeting":
        return True
    if event.kind == "call" and event.direction == "incoming":
        return event.facts.get("outcome") == "answered"
    return event.kind in _TOWARDS_CUSTOMER and event.direction in {"outgoing", None}


def manager_fact(envelope: Envelope, event: ManagerChanged) -> ManagerFact:
    return ManagerFact(
        manager_id=event.manager_id,
        version=envelope.version,
        known_at=aware(envelope.time),
        changed_at=aware(event.changed_at),
        name=event.name,
        capacity=Decimal(str(event.capacity)),
        time_zone=event.time_zone,
        calendar=None if event.calendar is None else json.dumps(event.calendar),
        left_at=_aware(event.left_at),
    )


def status_fact(envelope: Envelope, event: ManagerStatusChanged) -> ManagerStatusFact:
    return ManagerStatusFact(
        manager_id=event.manager_id,
        version=envelope.version,
        known_at=aware(envelope.time),
        status=event.status,
        changed_at=aware(event.changed_at),
        until=_aware(event.until),
    )


def _aware(at: datetime | None) -> datetime | None:
    return None if at is None else aware(at)


def aware(at: datetime) -> datetime:
    """In UTC, as the database gives it back: facts are told from before they are stored, too."""
    if at.tzinfo is None:
        return at.replace(tzinfo=UTC)
    return at.astimezone(UTC) if at.utcoffset() else at
