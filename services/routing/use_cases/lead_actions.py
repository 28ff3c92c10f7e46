"""Actions on a lead. Each needs the version that the caller has seen, and raises it by one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from services.routing.domain.lead import Lead
from services.routing.repository import transitions
from services.routing.repository.leads import get_lead, lock_leads, no_such_lead
from services.routing.repository.transitions import Hop
from services.routing.use_cases.assignments import release
from services.routing.use_cases.errors import NotPossibleError, StaleVersionError
from services.routing.use_cases.leases.freeing import wait_again
from services.routing.use_cases.leases.late import own_lead, require_own
from services.routing.use_cases.merge import make_way
from shared.contracts.leads import LeadAccepted, LeadDeclined, LeadEvent, LeadReturned
from shared.database import Session
from shared.messaging.outbox.publish import emit


@dataclass(frozen=True, slots=True)
class LeadAction:
    """Who acts on which lead, and the version they have seen. `manager_id` is set for a manager:
    other managers' leads are answered as if they did not exist.
    """

    lead_id: UUID
    version: int
    actor: str
    manager_id: UUID | None
    now: datetime


async def visible_lead(session: Session, lead_id: UUID, *, manager_id: UUID | None) -> Lead:
    """The lead, if the caller may see it. Raises NotFoundError."""
    lead = await get_lead(session, lead_id)
    if manager_id is not None and lead.owner_id != manager_id:
        raise no_such_lead()
    return lead


async def lock_lead(session: Session, action: LeadAction) -> Lead:
    """Lock the lead and check that the caller has seen its present version.

    Raises NotFoundError, LeaseEndedError, StaleVersionError.
    """
    lead = (await lock_leads(session, [action.lead_id])).get(action.lead_id)
    if lead is None:
        raise no_such_lead()
    await require_own(session, lead, manager_id=action.manager_id)
    check_version(lead, action)
    return lead


def check_version(lead: Lead, action: LeadAction) -> None:
    """Raises StaleVersionError unless the caller has seen the lead's present version."""
    if lead.version != action.version:
        raise StaleVersionError("The lead has changed since the version you have seen.")


def require_open(lead: Lead) -> None:
    if lead.state != "open":
        raise NotPossibleError(f"The lead is {lead.state}.")


def _require_owned(lead: Lead) -> UUID:
    require_open(lead)
    if lead.owner_id is None:
        raise NotPossibleError("Nobody owns the lead now.")
    return lead.owner_id


def require_accepted(lead: Lead, action: LeadAction) -> None:
    """Managers accept a lead before they work it; a supervisor may act without that."""
    require_open(lead)
    if action.manager_id is not None and lead.accepted_at is None:
        raise NotPossibleError("Accept the lead first.")


def event_members(lead: Lead, action: LeadAction, version: int | None) -> Mapping[str, Any]:
    """The members that the events of all actions share."""
    assert version is not None
    return {
        "lead_id": lead.lead_id,
        "contact_id": lead.contact_id,
        "version": version,
        "at": action.now,
        "actor": action.actor,
    }


async def accept(session: Session, action: LeadAction) -> None:
    """The owner accepts the lead, which ends its accept-by deadline. Accepting twice is allowed."""
    lead = await lock_lead(session, action)
    owner_id = _require_owned(lead)
    if lead.accepted_at is not None:
        return
    version = await transitions.accept_lead(session, lead.lead_id, epoch=lead.epoch, now=action.now)
    fact = event_members(lead, action, version)
    event = LeadAccepted(**fact, manager_id=owner_id, epoch=lead.epoch)
    emit(session, event, now=action.now)


async def decline(session: Session, action: LeadAction, *, reason: str | None) -> None:
    """The owner declines a lead that they have not accepted; it waits for somebody else."""
    lead = await lock_lead(session, action)
    _require_owned(lead)
    if lead.accepted_at is not None:
        raise NotPossibleError("The lead is accepted already; return it instead.")
    event = partial(LeadDeclined, reason=reason)
    await _free(session, action, lead, event=event, outcome="declined", hop=Hop.NEXT)


async def return_lead(session: Session, action: LeadAction, *, reason: str | None) -> None:
    """The owner returns an accepted lead; it waits for somebody else."""
    # Contacts are locked before leads, so the lead is first read without its lock.
    lead = await own_lead(session, action.lead_id, manager_id=action.manager_id)
    check_version(lead, action)
    if lead.state == "open" and lead.accepted_at is not None:
        await make_way(session, [lead.contact_id], [lead.lead_id], now=action.now)
    lead = await lock_lead(session, action)
    _require_owned(lead)
    if lead.accepted_at is None:
        raise NotPossibleError("The lead is not accepted yet; decline it instead.")
    event = partial(LeadReturned, reason=reason)
    await _free(session, action, lead, event=event, outcome="returned", hop=Hop.ANEW)


async def _free(
    session: Session,
    action: LeadAction,
    lead: Lead,
    *,
    event: Callable[..., LeadEvent],
    outcome: str,
    hop: Hop,
) -> None:
    """Take the lead from its owner, so that it waits for somebody else."""
    await release(session, [lead.lead_id], outcome=outcome, now=action.now, pass_over=True)
    by_actor = partial(event, actor=action.actor)
    await wait_again(session, [lead], event=by_actor, hop=hop, now=action.now)
