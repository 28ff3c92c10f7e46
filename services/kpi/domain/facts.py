"""The facts of inquiries, leads and touches: what figures are computed from, and nothing else.

A fact changes only by events of its own stream, so the order of different streams does not matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from shared.contracts import lead_state
from shared.contracts.activities import ActivityRecorded
from shared.contracts.envelope import Event
from shared.contracts.inquiries import CallObserved, InquiryReceived, InquiryUpdated
from shared.contracts.inquiry import Call, moment
from shared.contracts.lead_state import LeadState
from shared.contracts.leads import (
    LeadAccepted,
    LeadAssigned,
    LeadLost,
    LeadOpened,
    LeadReopened,
    LeadWon,
)

_TOWARDS_CUSTOMER = frozenset({"call", "mail", "message"})


@dataclass(frozen=True, slots=True)
class InquiryFact:
    """`answered_at` is set when the inquiry is an incoming call that somebody answered."""

    inquiry_id: UUID
    source_id: UUID
    source_key: str | None
    channel: str
    received_at: datetime
    is_test: bool
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class LeadFact(LeadState):
    """`assigned_at` and `accepted_at` are the first ones."""

    source_id: UUID | None = None
    channel: str | None = None
    received_at: datetime | None = None
    is_test: bool = False
    assigned_at: datetime | None = None
    accepted_at: datetime | None = None
    won_at: datetime | None = None
    lost_at: datetime | None = None
    amount: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """Something done about a contact by which the customer may have been contacted."""

    touch_id: UUID
    contact_id: UUID
    lead_id: UUID | None
    at: datetime
    learned_at: datetime


class ManagerName(NamedTuple):
    """What a manager is called since this version."""

    manager_id: UUID
    name: str | None
    version: int


def inquiry_fact(event: InquiryReceived) -> InquiryFact:
    return InquiryFact(
        inquiry_id=event.inquiry_id,
        source_id=event.source_id,
        source_key=event.source_key,
        channel=event.channel,
        received_at=event.received_at,
        is_test=event.is_test,
        answered_at=_answered_at(event.call, otherwise=moment(event)),
    )


def corrected(fact: InquiryFact, event: InquiryUpdated) -> InquiryFact:
    """The fact after a correction; changes that figures do not use are ignored.

    Raises ValueError when a changed part does not have the form of the contract.
    """
    changes: Mapping[str, object] = event.changes
    if isinstance(changes.get("is_test"), bool):
        fact = replace(fact, is_test=bool(changes["is_test"]))
    if isinstance(channel := changes.get("channel"), str):
        fact = replace(fact, channel=channel)
    if changes.get("call") is not None:
        call = Call.model_validate(changes["call"])
        fact = replace(fact, answered_at=_answered_at(call, otherwise=fact.received_at))
    return fact


def _answered_at(call: Call | None, *, otherwise: datetime) -> datetime | None:
    if call is None or call.outcome != "answered" or call.direction not in {"incoming", None}:
        return None
    return call.answered_at or call.started_at or otherwise


def advance(lead: LeadFact, event: Event) -> LeadFact:
    """The lead after the next event of its stream."""
    lead = lead_state.advance(lead, event)
    if isinstance(event, LeadOpened):
        return replace(
            lead,
            source_id=event.source_id,
            channel=event.channel,
            received_at=aware(event.received_at),
            is_test=event.is_test,
        )
    if isinstance(event, LeadAssigned):
        return replace(lead, assigned_at=lead.assigned_at or aware(event.at))
    if isinstance(event, LeadAccepted):
        return replace(lead, accepted_at=lead.accepted_at or aware(event.at))
    if isinstance(event, LeadWon):
        return replace(
            lead, won_at=aware(event.at), lost_at=None, amount=event.amount, currency=event.currency
        )
    if isinstance(event, LeadLost):
        return replace(lead, lost_at=aware(event.at), won_at=None)
    if isinstance(event, LeadReopened):
        return taken_back(lead)
    return lead


def taken_back(lead: LeadFact) -> LeadFact:
    """A reopened lead: it counts in one outcome only, so it is neither won nor lost any more."""
    return replace(lead, won_at=None, lost_at=None, amount=None, currency=None)


def touch_of(event: Event) -> Touch | None:
    """The touch that an event reports; None for one by which nobody can have been contacted."""
    if isinstance(event, ActivityRecorded) and _reaches(event):
        return Touch(
            touch_id=event.activity_id,
            contact_id=event.contact_id,
            lead_id=event.lead_id,
            at=aware(event.at),
            learned_at=aware(event.learned_at),
        )
    if isinstance(event, CallObserved) and _is_answered_call_out(event.call):
        return Touch(
            touch_id=event.observation_id,
            contact_id=event.contact_id,
            lead_id=None,
            at=aware(event.occurred_at),
            learned_at=aware(event.received_at),
        )
    return None


def _is_answered_call_out(call: Call) -> bool:
    return call.direction == "outgoing" and call.outcome == "answered"


def _reaches(event: ActivityRecorded) -> bool:
    if event.kind == "meeting":
        return True
    if event.kind == "call" and event.direction == "incoming":
        return event.facts.get("outcome") == "answered"
    return event.kind in _TOWARDS_CUSTOMER and event.direction in {"outgoing", None}


def aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
