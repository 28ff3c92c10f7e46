"""Reopens leads that were won or lost. The owner keeps the lead if there is room, else it waits."""

from collections.abc import Sequence
from uuid import UUID

from services.routing.domain.deciding.candidates import has_room
from services.routing.domain.lead import Lead
from services.routing.domain.lead_matching import Group
from services.routing.domain.pipelines import NextAction
from services.routing.repository import inquiries, transitions
from services.routing.repository.contacts import lock_contacts
from services.routing.repository.leads import LockedLead, lock_groups, lock_leads
from services.routing.repository.managers import lock_managers
from services.routing.repository.pipelines import pipelines, stages
from services.routing.repository.pipelines.stages import Change
from services.routing.use_cases.assignments import LEADS
from services.routing.use_cases.errors import NotPossibleError
from services.routing.use_cases.lead_actions import (
    LeadAction,
    check_version,
    event_members,
    lock_lead,
)
from services.routing.use_cases.leases.late import own_lead
from services.routing.use_cases.pipelines import next_actions
from services.routing.use_cases.reassign import give
from shared.contracts.leads import LeadAccepted, LeadReopened
from shared.database import Session
from shared.errors import ForbiddenError
from shared.messaging.outbox.publish import emit

REASON = "reopened"


async def reopen(
    session: Session,
    action: LeadAction,
    *,
    reason: str,
    next_action: NextAction | None = None,
) -> None:
    """Take back that the lead was won or lost. Its owner gets it again under a new epoch, accepted
    if they reopen it themselves; without room for it, it waits.

    Raises NotFoundError, LeaseEndedError, StaleVersionError, NotPossibleError, ForbiddenError,
    InvalidError.
    """
    # Contacts are locked before leads, so the lead is first read without its lock.
    lead = await own_lead(session, action.lead_id, manager_id=action.manager_id)
    check_version(lead, action)
    _require_closed(lead)
    await _require_leave(session, lead, action)
    links = await lock_contacts(session, [lead.contact_id])
    canonical_id = links.canonical_of(lead.contact_id)
    in_lead = await inquiries.list_by_lead(session, [lead.lead_id])
    open_leads = await lock_groups(
        session,
        {canonical_id},
        inquiry_ids=[inquiry.inquiry_id for inquiry in in_lead[lead.lead_id]],
    )
    lead = await lock_lead(session, action)
    _require_closed(lead)
    _require_alone(open_leads, Group(canonical_id, lead.pipeline, lead.is_test))
    reopened = await _open(session, action, lead, canonical_id=canonical_id, reason=reason)
    if next_action is not None:
        reopened = await next_actions.write(session, action, reopened, next_action)
    await _give_back(session, action, reopened, owner_id=lead.owner_id)
    session.notify_after_commit(LEADS)


def _require_closed(lead: Lead) -> None:
    if lead.state not in {"won", "lost"}:
        raise NotPossibleError(f"The lead is {lead.state}.")


async def _require_leave(session: Session, lead: Lead, action: LeadAction) -> None:
    if action.manager_id is None:
        return
    pipeline = await pipelines.get_version(session, lead.pipeline, lead.pipeline_version)
    if not pipeline.terms.managers_reopen:
        raise ForbiddenError("In this pipeline a supervisor reopens leads.")


def _require_alone(open_leads: Sequence[LockedLead], group: Group) -> None:
    """Of a contact at most one lead waits in a pipeline: it is the one to work on."""
    for item in open_leads:
        if item.lead.group == group and not item.lead.accepted:
            raise NotPossibleError(
                "Another open lead of the contact waits in this pipeline.",
                extra={"waiting_lead_id": str(item.lead.lead_id)},
            )


async def _open(
    session: Session, action: LeadAction, lead: Lead, *, canonical_id: UUID, reason: str
) -> Lead:
    """The lead afterwards, open and without an owner."""
    names = await stages.get_last_facts(session, lead.lead_id)
    change = Change(lead.lead_id, names, action.actor, action.now)
    version = await stages.reopen_lead(session, change, canonical_id=canonical_id)
    event = LeadReopened(
        **event_members(lead, action, version),
        reason=reason,
        closed_as=lead.state,
        fact_names=sorted(names) or None,
    )
    emit(session, event, now=action.now)
    return (await lock_leads(session, [lead.lead_id]))[lead.lead_id]


async def _give_back(
    session: Session, action: LeadAction, lead: Lead, *, owner_id: UUID | None
) -> None:
    managers = await lock_managers(session, [owner_id] if owner_id is not None else [])
    manager = next(iter(managers.values()), None)
    if manager is None or manager.left_at is not None:
        return
    if not has_room(
        reserved_milli=manager.reserved_milli,
        units_milli=lead.units_milli,
        capacity_milli=manager.capacity_milli,
    ):
        return
    await give(session, action, lead, manager, reason=REASON)
    if action.manager_id != manager.manager_id:
        return  # they have to accept it, like any other
    lead = (await lock_leads(session, [lead.lead_id]))[lead.lead_id]
    version = await transitions.accept_lead(session, lead.lead_id, epoch=lead.epoch, now=action.now)
    event = LeadAccepted(
        **event_members(lead, action, version), manager_id=manager.manager_id, epoch=lead.epoch
    )
    emit(session, event, now=action.now)
    await next_actions.settle(session, action, lead, None)
