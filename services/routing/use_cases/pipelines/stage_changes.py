"""Moves leads from stage to stage, as the terms of their pipelines allow."""

from services.routing.domain.lead import Lead
from services.routing.domain.pipelines import AMOUNT, Particulars, Pipeline, entry_breaches
from services.routing.repository.pipelines import pipelines, stages
from services.routing.repository.pipelines.stages import Change
from services.routing.use_cases.lead_actions import (
    LeadAction,
    event_members,
    lock_lead,
    require_accepted,
)
from services.routing.use_cases.pipelines import next_actions
from services.routing.use_cases.pipelines.terms import names_at_hand, refuse
from services.routing.use_cases.pools.weigh import weigh, weigh_changed
from shared.contracts.leads import LeadStageChanged
from shared.database import Session
from shared.errors import InvalidError
from shared.messaging.outbox.publish import emit

NOTHING_SAID = Particulars()


async def move_to_stage(
    session: Session,
    action: LeadAction,
    *,
    stage: str,
    particulars: Particulars = NOTHING_SAID,
    pipeline_version: int | None = None,
) -> None:
    """Move the lead to a stage of the version that it keeps to, or of the newest if it is of that
    one only, or of the version named; to the stage it is in, nothing changes.

    Raises InvalidError for an unknown stage, and for breaches of the pipeline's terms.
    """
    lead = await lock_lead(session, action)
    require_accepted(lead, action)
    pipeline = await _pipeline_for(session, lead, stage=stage, version=pipeline_version)
    if particulars.next_action is not None:
        lead = await next_actions.write(session, action, lead, particulars.next_action)
    if stage == lead.stage and pipeline.version == lead.pipeline_version:
        return
    names = await _names(session, lead, particulars)
    breaches = entry_breaches(pipeline, from_stage=lead.stage, to_stage=stage, facts=names)
    refuse(pipeline, breaches)
    await _enter(session, action, lead, pipeline, stage=stage, names=names, particulars=particulars)
    await weigh(session, [lead.lead_id], now=action.now)


async def carry_over(
    session: Session, action: LeadAction, lead: Lead, pipeline: Pipeline, *, stage: str
) -> None:
    """Put the lead into a stage of a new version of its pipeline, whatever its terms say. The
    caller holds the lead's lock.
    """
    names = await _names(session, lead, NOTHING_SAID)
    await _enter(session, action, lead, pipeline, stage=stage, names=names)
    # Many leads are carried over in one transaction: their owners are not locked one by one.
    await weigh_changed(session, [lead.lead_id], now=action.now)


async def _names(session: Session, lead: Lead, particulars: Particulars) -> frozenset[str]:
    names = await names_at_hand(session, lead, particulars)
    has_amount = lead.expected_amount is not None or particulars.amount is not None
    return names | {AMOUNT} if has_amount else names


async def _enter(
    session: Session,
    action: LeadAction,
    lead: Lead,
    pipeline: Pipeline,
    *,
    stage: str,
    names: frozenset[str],
    particulars: Particulars = NOTHING_SAID,
) -> None:
    version = await stages.move_lead(
        session,
        Change(lead.lead_id, names, action.actor, action.now),
        from_stage=lead.stage,
        stage=stage,
        pipeline_version=pipeline.version,
        rot_seconds=pipeline.rot_seconds(stage),
        amount=particulars.amount,
        currency=particulars.currency,
    )
    event = LeadStageChanged(
        **event_members(lead, action, version),
        from_stage=lead.stage,
        to_stage=stage,
        manager_id=lead.owner_id,
        pipeline_version=pipeline.version,
        amount=particulars.amount,
        currency=particulars.currency,
        facts=dict(particulars.facts) or None,
        fact_names=sorted(names) or None,
    )
    emit(session, event, now=action.now)


async def _pipeline_for(
    session: Session, lead: Lead, *, stage: str, version: int | None
) -> Pipeline:
    """Raises InvalidError."""
    own = await pipelines.get_version(session, lead.pipeline, lead.pipeline_version)
    if version is not None and version != own.version:
        versions = await pipelines.find_versions(session, lead.pipeline, [version])
        if version < own.version or version not in versions:
            raise InvalidError(
                "The lead cannot be moved to this version of its pipeline.",
                errors=[("/pipeline_version", "no version from the lead's on")],
            )
        own = versions[version]
    elif stage not in own.stages and version is None:
        newest = await pipelines.get_pipeline(session, lead.pipeline)
        own = newest if newest.version > own.version and stage in newest.stages else own
    if stage not in own.stages:
        raise InvalidError(
            "The pipeline has no such stage.",
            errors=[("/stage", f"one of: {', '.join(own.stages)}")],
        )
    return own
