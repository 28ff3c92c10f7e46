"""What a lead's events say of it: its owner, the lead it was merged into, and its inquiries.

A lead changes only by events of its own stream; links are summed, so their order does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar
from uuid import UUID

from shared.contracts.envelope import Event
from shared.contracts.leads import (
    LeadAccepted,
    LeadAssigned,
    LeadDeclined,
    LeadInquiryAttached,
    LeadLeaseExpired,
    LeadMerged,
    LeadOpened,
    LeadParked,
    LeadReopened,
    LeadReturned,
)

# Why a lead is parked whose people were all erased: it is open, and nobody's work.
ERASED: Final = "erased"
GIVES_OWNERSHIP = (LeadAssigned, LeadAccepted)
ENDS_OWNERSHIP = (
    LeadParked,
    LeadDeclined,
    LeadLeaseExpired,
    LeadReturned,
    LeadMerged,
    LeadReopened,
)


@dataclass(frozen=True, slots=True)
class LeadState:
    """`contact_id` is the contact that opened the lead, `owner_id` its present owner."""

    lead_id: UUID
    contact_id: UUID
    owner_id: UUID | None = None
    merged_into: UUID | None = None


State = TypeVar("State", bound=LeadState)


@dataclass(frozen=True, slots=True)
class InquiryLink:
    """An inquiry came to a lead (`sign` +1) or left it (-1); it is there while the sum is above 0.

    Links of a merged lead count for the lead that it was merged into.
    """

    event_id: UUID
    lead_id: UUID
    inquiry_id: UUID
    sign: int


def advance(lead: State, event: Event) -> State:
    """The lead after the next event of its stream."""
    if isinstance(event, GIVES_OWNERSHIP):
        return replace(lead, owner_id=event.manager_id)
    if isinstance(event, LeadMerged):
        return replace(lead, owner_id=None, merged_into=event.into)
    if isinstance(event, LeadReopened):
        return replace(lead, owner_id=None, merged_into=None)
    if isinstance(event, ENDS_OWNERSHIP):
        return replace(lead, owner_id=None)
    return lead


def links_of(event_id: UUID, event: Event) -> Sequence[InquiryLink]:
    """The links that an event adds: none, one, or two for an inquiry that changes its lead."""
    if isinstance(event, LeadOpened):
        return (InquiryLink(event_id, event.lead_id, event.inquiry_id, 1),)
    if isinstance(event, LeadInquiryAttached):
        arrival = InquiryLink(event_id, event.lead_id, event.inquiry_id, 1)
        if event.from_lead_id is None:
            return (arrival,)
        if event.from_lead_id == event.lead_id:
            return ()  # it was there, and stays: counted twice it could never leave
        return (arrival, InquiryLink(event_id, event.from_lead_id, event.inquiry_id, -1))
    return ()
