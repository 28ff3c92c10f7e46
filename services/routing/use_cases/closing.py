"""Closes leads as won or lost. The reservation ends; the lead keeps its owner."""

from typing import Any

from services.routing.domain.lead import Lead
from services.routing.domain.pipelines import AMOUNT, Particulars, closing_breaches
from services.routing.repository.pipelines import pipelines, stages
from services.routing.repository.pipelines.stages import Change
from services.routing.use_cases.assignments import LEADS, release
from services.routing.use_cases.lead_actions import (
    LeadAction,
    event_members,
    lock_lead,
    require_accepted,
)
from services.routing.use_cases.pipelines.stage_changes import NOTHING_SAID
from services.routing.use_cases.pipelines.terms import names_at_hand, refuse
from shared.contracts.leads import LeadLost, LeadWon
from shared.database import Session
from shared.messaging.outbox.publish import emit


async def win(session: Session, action: LeadAction, *, particulars: Particulars) -> None:
    """Raises InvalidError for breaches of the pipeline's terms."""
    amount, currency = particulars.amount, particulars.currency
    members = await _close(
        session, action, state="won", particulars=particulars, amount=amount, currency=currency
    )
    emit(session, LeadWon(**members, amount=amount, currency=currency), now=action.now)


async def lose(
    session: Session,
    action: LeadAction,
    *,
    loss_reason: str,
    particulars: Particulars = NOTHING_SAID,
) -> None:
    """Raises InvalidError for breaches of the pipeline's terms."""
    members = await _close(
        session, action, state="lost", particulars=particulars, loss_reason=loss_reason
    )
    emit(session, LeadLost(**members, loss_reason=loss_reason), now=action.now)


async def _close(
    session: Session, action: LeadAction, *, state: str, particulars: Particulars, **row: Any
) -> dict[str, Any]:
    """Close the lead with these columns. Returns what its event says besides them."""
    lead = await lock_lead(session, action)
    require_accepted(lead, action)
    names = await _names(session, lead, particulars)
    pipeline = await pipelines.get_version(session, lead.pipeline, lead.pipeline_version)
    reason = row.get("loss_reason")
    refuse(pipeline, closing_breaches(pipeline, state=state, facts=names, loss_reason=reason))
    await release(session, [lead.lead_id], outcome=state, now=action.now)
    change = Change(lead.lead_id, names, action.actor, action.now)
    version = await stages.close_lead(session, change, state=state, **row)
    session.notify_after_commit(LEADS)
    listed = {} if reason is None else {"is_listed": reason in pipeline.terms.loss_reasons}
    return {
        **event_members(lead, action, version),
        **listed,
        "manager_id": lead.owner_id,
        "facts": dict(particulars.facts) or None,
        "fact_names": sorted(names) or None,
    }


async def _names(session: Session, lead: Lead, particulars: Particulars) -> frozenset[str]:
    """What was sold for is said now: an amount that was expected is none."""
    names = await names_at_hand(session, lead, particulars)
    return names | {AMOUNT} if particulars.amount is not None else names
