"""What events say about the leases of leads, and about managers passed over in a round."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.routing.domain.endings import LEFT, UNBLAMED
from services.routing.domain.policies import Policy
from shared.contracts.leads import (
    LeadAccepted,
    LeadAssigned,
    LeadDeclined,
    LeadEvent,
    LeadLeaseExpired,
    LeadLost,
    LeadMerged,
    LeadParked,
    LeadReturned,
    LeadWon,
)

_ENDS = {LeadWon.TYPE: "won", LeadLost.TYPE: "lost", LeadMerged.TYPE: "merged"}


@dataclass(frozen=True, slots=True)
class Lease:
    """An assignment without its touch: that is history's to tell, and comes back with it."""

    lead_id: UUID
    epoch: int
    manager_id: UUID
    round: int
    units_milli: int
    assigned_at: datetime
    accept_by: datetime
    first_touch_by: datetime
    tier: str = "shift"
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class PassedOver:
    lead_id: UUID
    round: int
    manager_id: UUID


@dataclass(frozen=True, slots=True)
class LeaseChange:
    live: Lease | None
    ended: list[Lease] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)


def lease_after(
    lease: Lease | None, event: LeadEvent, *, units_milli: int, now: datetime
) -> LeaseChange:
    """The lead's live lease after the next event of its stream, and what that has ended."""
    match event:
        case LeadAssigned():
            outcome = LEFT if event.reason == LEFT else "reassigned"
            ended = [_end(lease, event.at, outcome)] if lease else []
            return LeaseChange(_begun(event, units_milli), ended)
        case LeadAccepted():
            live = lease or _accepted_anew(event, units_milli, now=now)
            return LeaseChange(replace(live, accepted_at=event.at))
        case LeadDeclined():
            return _given_back(lease, event, "declined")
        case LeadReturned():
            return _given_back(lease, event, event.outcome or "returned")
        case LeadLeaseExpired():
            return _given_back(lease, event, f"{event.deadline}_expired")
        case LeadParked():
            return LeaseChange(None, [_end(lease, event.at, event.reason)] if lease else [])
        case LeadWon() | LeadLost() | LeadMerged():
            return LeaseChange(None, [_end(lease, event.at, _ENDS[event.TYPE])] if lease else [])
    return LeaseChange(lease)


def renewed(lease: Lease, *, now: datetime) -> Lease:
    """The lease with a full new term from now for each deadline that passed while we were away:
    nobody is punished for our outage.
    """
    return replace(
        lease,
        accept_by=lease.accept_by if lease.accepted_at else _again(lease, lease.accept_by, now),
        first_touch_by=_again(lease, lease.first_touch_by, now),
    )


def _again(lease: Lease, deadline: datetime, now: datetime) -> datetime:
    return deadline if deadline > now else now + (deadline - lease.assigned_at)


def _begun(event: LeadAssigned, units_milli: int) -> Lease:
    return Lease(
        lead_id=event.lead_id,
        epoch=event.epoch,
        manager_id=event.manager_id,
        round=event.round,
        units_milli=units_milli,
        assigned_at=event.at,
        accept_by=event.accept_by,
        first_touch_by=event.first_touch_by,
        tier=event.tier or "shift",
    )


def _accepted_anew(event: LeadAccepted, units_milli: int, *, now: datetime) -> Lease:
    """A lease whose assignment nobody has any more: its terms begin now, by the default policy."""
    accept_by, first_touch_by = Policy().deadlines(now)
    return Lease(
        lead_id=event.lead_id,
        epoch=event.epoch,
        manager_id=event.manager_id,
        round=1,
        units_milli=units_milli,
        assigned_at=event.at,
        accept_by=accept_by,
        first_touch_by=first_touch_by,
    )


def _given_back(
    lease: Lease | None,
    event: LeadDeclined | LeadReturned | LeadLeaseExpired,
    outcome: str,
) -> LeaseChange:
    if lease is None:
        return LeaseChange(None)
    ended = [_end(lease, event.at, outcome)]
    if outcome in UNBLAMED:
        return LeaseChange(None, ended)
    return LeaseChange(None, ended, [PassedOver(lease.lead_id, lease.round, lease.manager_id)])


def _end(lease: Lease, at: datetime, outcome: str) -> Lease:
    return replace(lease, ended_at=at, outcome=outcome)
