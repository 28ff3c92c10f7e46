"""What a manager does next about a lead: set, cleared, and required where the pipeline says so."""

from dataclasses import replace

from services.routing.domain.lead import Lead
from services.routing.domain.pipelines import NEXT_ACTION, Breach, NextAction
from services.routing.repository.leads import get_lead
from services.routing.repository.pipelines import pipelines, stages
from services.routing.use_cases import lead_actions
from services.routing.use_cases.lead_actions import (
    LeadAction,
    event_members,
    lock_lead,
    require_accepted,
)
from services.routing.use_cases.pipelines.terms import refuse
from shared.contracts.leads import LeadNextActionSet
from shared.database import Session
from shared.messaging.outbox.publish import emit


async def accept(
    session: Session, action: LeadAction, *, next_action: NextAction | None = None
) -> None:
    """The owner accepts the lead, and says what comes next where the pipeline wants it."""
    await lead_actions.accept(session, action)
    lead = await get_lead(session, action.lead_id)
    await settle(session, action, lead, next_action)


async def settle(
    session: Session, action: LeadAction, lead: Lead, next_action: NextAction | None
) -> None:
    """Set the next action of an accepted lead, or see to it that it has one where it must.

    The caller holds the lead's lock. Raises InvalidError.
    """
    if next_action is not None:
        await write(session, action, lead, next_action)
    elif lead.next_action is None:
        await _refuse_none(session, lead)


async def _refuse_none(session: Session, lead: Lead) -> None:
    pipeline = await pipelines.get_version(session, lead.pipeline, lead.pipeline_version)
    if pipeline.terms.next_action:
        refuse(pipeline, [Breach("missing", lead.stage, NEXT_ACTION)])


async def set_next_action(
    session: Session, action: LeadAction, *, next_action: NextAction | None
) -> None:
    """Say what comes next, or with None that nothing does.

    Raises InvalidError where an accepted lead needs one.
    """
    lead = await lock_lead(session, action)
    require_accepted(lead, action)
    if next_action is None and lead.accepted_at is not None:
        await _refuse_none(session, lead)
    await write(session, action, lead, next_action)


async def write(
    session: Session, action: LeadAction, lead: Lead, next_action: NextAction | None
) -> Lead:
    """The lead afterwards; the same action again changes nothing. The caller holds its lock."""
    text = next_action.text if next_action else None
    due_at = next_action.due_at if next_action else None
    if (lead.next_action, lead.next_action_at) == (text, due_at):
        return lead
    version = await stages.set_next_action(session, lead.lead_id, text=text, due_at=due_at)
    members = event_members(lead, action, version)
    event = LeadNextActionSet(**members, manager_id=lead.owner_id, next_action=text, due_at=due_at)
    emit(session, event, now=action.now)
    return replace(lead, version=version, next_action=text, next_action_at=due_at)
