"""A lead as its own events tell of it, one after another."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.routing.domain.lead import MILLI
from shared.contracts.leads import (
    LeadAccepted,
    LeadAssigned,
    LeadDeclined,
    LeadEvent,
    LeadLeaseExpired,
    LeadLost,
    LeadMerged,
    LeadOpened,
    LeadParked,
    LeadReopened,
    LeadReturned,
    LeadStageChanged,
    LeadWon,
)


@dataclass(frozen=True, slots=True)
class LeadRow:
    """The columns of a lead that its events carry.

    They carry neither the language nor a class that a later inquiry has raised: both come back with
    the inquiries. A round that began while the lead waited is counted from its next assignment.
    """

    lead_id: UUID
    contact_id: UUID
    pipeline: str
    pool: str
    stage: str
    priority_class: str
    units_milli: int
    channel: str
    source_id: UUID
    is_test: bool
    received_at: datetime
    opened_at: datetime
    unowned_since: datetime
    state: str = "open"
    merged_into: UUID | None = None
    owner_id: UUID | None = None
    epoch: int = 0
    round: int = 1
    version: int = 1
    accepted_at: datetime | None = None
    closed_at: datetime | None = None
    amount: Decimal | None = None
    currency: str | None = None
    loss_reason: str | None = None
    parked_reason: str | None = None
    hops: int = 0

    @property
    def waits(self) -> bool:
        """Whether it is the one lead of its contact that nobody has accepted."""
        return self.state == "open" and self.accepted_at is None


def opened(event: LeadOpened) -> LeadRow:
    """The lead of a first event."""
    return LeadRow(
        lead_id=event.lead_id,
        contact_id=event.contact_id,
        pipeline=event.pipeline,
        pool=event.pool,
        stage=event.stage,
        priority_class=event.priority_class,
        units_milli=max(1, round(event.work_units * MILLI)),
        channel=event.channel,
        source_id=event.source_id,
        is_test=event.is_test,
        received_at=event.received_at,
        opened_at=event.at,
        unowned_since=event.at,
    )


def advance(lead: LeadRow, event: LeadEvent) -> LeadRow:
    """The lead after the next event of its stream."""
    changes: dict[str, Any] = {}
    match event:
        case LeadAssigned():
            changes = {"owner_id": event.manager_id, "epoch": event.epoch, "round": event.round}
            changes |= {"accepted_at": None, "parked_reason": None}
        case LeadParked():
            changes = {"parked_reason": event.reason}
            if lead.owner_id is not None:  # it was taken from its owner
                changes |= {"owner_id": None, "accepted_at": None, "unowned_since": event.at}
        case LeadAccepted():
            changes = {"owner_id": event.manager_id, "epoch": event.epoch, "accepted_at": event.at}
        case LeadDeclined() | LeadLeaseExpired():
            changes = {"owner_id": None, "accepted_at": None, "unowned_since": event.at}
            changes |= {"hops": lead.hops + 1 if event.hops is None else event.hops}
        case LeadReturned():
            changes = {"owner_id": None, "accepted_at": None, "unowned_since": event.at}
            changes |= {"hops": event.hops or 0}
        case LeadStageChanged():
            changes = {"stage": event.to_stage}
        case LeadWon():
            changes = {"state": "won", "closed_at": event.at, "parked_reason": None}
            changes |= {"amount": event.amount, "currency": event.currency}
        case LeadLost():
            changes = {"state": "lost", "closed_at": event.at, "parked_reason": None}
            changes |= {"loss_reason": event.loss_reason}
        case LeadMerged():
            changes = {"state": "merged", "merged_into": event.into}
            changes |= {"closed_at": lead.closed_at or event.at, "parked_reason": None}
            changes |= {"owner_id": None, "accepted_at": None}
        case LeadReopened():
            changes = {"state": "open", "merged_into": None, "closed_at": None}
            changes |= {"unowned_since": event.at, "hops": 0 if event.closed_as else lead.hops}
            changes |= {"owner_id": None, "accepted_at": None}
            changes |= {"amount": None, "currency": None, "loss_reason": None}
    return replace(lead, version=event.version, **changes)


def begun_like(lead: LeadRow, lead_id: UUID) -> LeadRow:
    """A lead that is known only as the one that another was merged into."""
    return LeadRow(
        lead_id=lead_id,
        contact_id=lead.contact_id,
        pipeline=lead.pipeline,
        pool=lead.pool,
        stage=lead.stage,
        priority_class=lead.priority_class,
        units_milli=lead.units_milli,
        channel=lead.channel,
        source_id=lead.source_id,
        is_test=lead.is_test,
        received_at=lead.received_at,
        opened_at=lead.opened_at,
        unowned_since=lead.unowned_since,
    )
