"""The facts of inquiries, leads and touches.

A fact changes only by events of its own stream, so the order of different streams does not matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from shared.contracts.activities import ActivityRecorded
from shared.contracts.envelope import Event
from shared.contracts.inquiries import CallObserved, InquiryReceived, InquiryUpdated
from shared.contracts.inquiry import Call, Campaign, moment
from shared.contracts.leads import (
    LeadAccepted,
    LeadAssigned,
    LeadDeclined,
    LeadInquiryAttached,
    LeadLeaseExpired,
    LeadLost,
    LeadMerged,
    LeadOpened,
    LeadParked,
    LeadReopened,
    LeadReturned,
    LeadWon,
)

_ENDS_OWNERSHIP = (LeadParked, LeadDeclined, LeadLeaseExpired, LeadReturned)
_TOWARDS_CUSTOMER = frozenset({"call", "mail", "message"})


@dataclass(frozen=True, slots=True)
class InquiryFact:
    """`answered_at` is set when the inquiry is an incoming call that somebody answered."""

    inquiry_id: UUID
    contact_id: UUID
    source_id: UUID
    source_key: str | None
    channel: str
    received_at: datetime
    is_test: bool
    answered_at: datetime | None
    utm_source: str | None
    utm_medium: str | None
    utm_campaign: str | None


@dataclass(frozen=True, slots=True)
class LeadFact:
    """`assigned_at` and `accepted_at` are the first ones; `owner_id` is the present owner."""

    lead_id: UUID
    contact_id: UUID
    source_id: UUID | None = None
    channel: str | None = None
    pool: str | None = None
    pipeline: str | None = None
    received_at: datetime | None = None
    is_test: bool = False
    owner_id: UUID | None = None
    assigned_at: datetime | None = None
    accepted_at: datetime | None = None
    won_at: datetime | None = None
    lost_at: datetime | None = None
    merged_into: UUID | None = None
    amount: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An inquiry came to a lead (`sign` +1) or left it (-1); it is there while the sum is above 0.

    Links of a merged lead count for the lead that it was merged into.
    """

    event_id: UUID
    lead_id: UUID
    inquiry_id: UUID
    sign: int


@dataclass(frozen=True, slots=True)
class Touch:
    """Something done about a contact; `reaches` when it is a way to have contacted the customer."""

    touch_id: UUID
    contact_id: UUID
    lead_id: UUID | None
    manager_id: UUID | None
    kind: str
    direction: str | None
    at: datetime
    learned_at: datetime
    reaches: bool


def inquiry_fact(event: InquiryReceived) -> InquiryFact:
    campaign = event.campaign
    return InquiryFact(
        inquiry_id=event.inquiry_id,
        contact_id=event.contact_id,
        source_id=event.source_id,
        source_key=event.source_key,
        channel=event.channel,
        received_at=event.received_at,
        is_test=event.is_test,
        answered_at=_answered_at(event.call, otherwise=moment(event)),
        utm_source=campaign.utm_source,
        utm_medium=campaign.utm_medium,
        utm_campaign=campaign.utm_campaign,
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
    if changes.get("campaign") is not None:
        campaign = Campaign.model_validate(changes["campaign"])
        fact = replace(
            fact,
            utm_source=campaign.utm_source,
            utm_medium=campaign.utm_medium,
            utm_campaign=campaign.utm_campaign,
        )
    return fact


def _answered_at(call: Call | None, *, otherwise: datetime) -> datetime | None:
    if call is None or call.outcome != "answered" or call.direction not in {"incoming", None}:
        return None
    return call.answered_at or call.started_at or otherwise


def advance(fact: LeadFact, event: Event) -> LeadFact:
    """The lead after the next event of its stream."""
    if isinstance(event, LeadOpened):
        return replace(
            fact,
            source_id=event.source_id,
            channel=event.channel,
            pool=event.pool,
            pipeline=event.pipeline,
            received_at=aware(event.received_at),
            is_test=event.is_test,
        )
    if isinstance(event, LeadAssigned):
        first = fact.assigned_at or aware(event.at)
        return replace(fact, owner_id=event.manager_id, assigned_at=first)
    if isinstance(event, LeadAccepted):
        first = fact.accepted_at or aware(event.at)
        return replace(fact, owner_id=event.manager_id, accepted_at=first)
    if isinstance(event, _ENDS_OWNERSHIP):
        return replace(fact, owner_id=None)
    return _ended(fact, event)


def _ended(fact: LeadFact, event: Event) -> LeadFact:
    if isinstance(event, LeadWon):
        return replace(
            fact, won_at=aware(event.at), lost_at=None, amount=event.amount, currency=event.currency
        )
    if isinstance(event, LeadLost):
        return replace(fact, lost_at=aware(event.at), won_at=None)
    if isinstance(event, LeadMerged):
        return replace(fact, merged_into=event.into, owner_id=None)
    if isinstance(event, LeadReopened):
        # A lead counts in one outcome only: reopening takes back that it was won or lost.
        return replace(
            fact,
            won_at=None,
            lost_at=None,
            amount=None,
            currency=None,
            merged_into=None,
        )
    return fact


def links_of(event_id: UUID, event: Event) -> Sequence[Link]:
    """The links that an event adds: none, one, or two for an inquiry that changes its lead."""
    if isinstance(event, LeadOpened):
        return (Link(event_id, event.lead_id, event.inquiry_id, 1),)
    if isinstance(event, LeadInquiryAttached):
        arrival = Link(event_id, event.lead_id, event.inquiry_id, 1)
        if event.from_lead_id is None or event.from_lead_id == event.lead_id:
            return (arrival,)
        return (arrival, Link(event_id, event.from_lead_id, event.inquiry_id, -1))
    return ()


def touch_of(event: Event) -> Touch | None:
    """The touch that an event reports, if it reports one."""
    if isinstance(event, ActivityRecorded):
        return Touch(
            touch_id=event.activity_id,
            contact_id=event.contact_id,
            lead_id=event.lead_id,
            manager_id=event.manager_id,
            kind=event.kind,
            direction=event.direction,
            at=aware(event.at),
            learned_at=aware(event.learned_at),
            reaches=_reaches(event),
        )
    if isinstance(event, CallObserved):
        call = event.call
        return Touch(
            touch_id=event.observation_id,
            contact_id=event.contact_id,
            lead_id=None,
            manager_id=None,
            kind="call",
            direction=call.direction,
            at=aware(event.occurred_at),
            learned_at=aware(event.received_at),
            reaches=call.direction == "outgoing" and call.outcome == "answered",
        )
    return None


def _reaches(event: ActivityRecorded) -> bool:
    if event.kind == "meeting":
        return True
    if event.kind == "call" and event.direction == "incoming":
        return event.facts.get("outcome") == "answered"
    return event.kind in _TOWARDS_CUSTOMER and event.direction in {"outgoing", None}


def aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
