"""Configures pipelines. Leads keep to the version that they were opened under."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.routing.domain.lead import DEFAULT_PIPELINE, Lead
from services.routing.domain.pipelines import Pipeline
from services.routing.repository.leads import lock_leads
from services.routing.repository.pipelines import pipelines
from services.routing.use_cases.errors import (
    PipelineExistsError,
    PipelineInUseError,
    PipelineLimitError,
    StageInUseError,
)
from services.routing.use_cases.lead_actions import LeadAction
from services.routing.use_cases.pipelines.stage_changes import carry_over
from shared.database import Session
from shared.errors import InvalidError

MOST_PIPELINES = 100
MOST_CARRIED_LEADS = 1000  # that a new version moves out of the stages it does not have


@dataclass(frozen=True, slots=True)
class PipelineFields:
    """`move_leads`: a stage that is gone → the one that its open leads are put into."""

    name: str
    stages: Sequence[str]
    terms: Mapping[str, Any]
    move_leads: Mapping[str, str] = field(default_factory=dict)


async def put_pipeline(
    session: Session,
    key: str,
    fields: PipelineFields,
    *,
    create_only: bool,
    actor: str,
    now: datetime,
) -> Pipeline:
    """Create the pipeline or write its next version.

    Raises PipelineExistsError with `create_only`, PipelineLimitError, StageInUseError and
    InvalidError.
    """
    before = await pipelines.lock_pipeline(session, key)
    if before is not None and create_only:
        raise PipelineExistsError("There is such a pipeline already.", errors=[("/key", "taken")])
    if before is None and await pipelines.count_pipelines(session) >= MOST_PIPELINES:
        raise PipelineLimitError(f"There are {MOST_PIPELINES} pipelines, which is the most.")
    gone = [stage for stage in before.stages if stage not in fields.stages] if before else []
    _require_targets(fields, gone)
    await pipelines.write_pipeline(
        session,
        key,
        name=fields.name,
        stages=fields.stages,
        terms=fields.terms,
        actor=actor,
        now=now,
    )
    after = await pipelines.get_pipeline(session, key)
    if gone:
        await _carry(session, after, gone, fields.move_leads, actor=actor, now=now)
    return after


def _require_targets(fields: PipelineFields, gone: Sequence[str]) -> None:
    errors = []
    for stage, target in fields.move_leads.items():
        if stage not in gone:
            errors.append((_pointer(stage), "no stage that this version takes away"))
        elif target not in fields.stages:
            errors.append((_pointer(stage), "no stage of this version"))
    if errors:
        raise InvalidError("Leads cannot be moved like this.", errors=errors)


def _pointer(stage: str) -> str:
    return f"/move_leads/{stage.replace('~', '~0').replace('/', '~1')}"


async def _carry(
    session: Session,
    after: Pipeline,
    gone: Sequence[str],
    targets: Mapping[str, str],
    *,
    actor: str,
    now: datetime,
) -> None:
    lead_ids = await pipelines.find_staying(session, after.key, gone, limit=MOST_CARRIED_LEADS + 1)
    if len(lead_ids) > MOST_CARRIED_LEADS:
        raise StageInUseError(
            f"More than {MOST_CARRIED_LEADS} open leads are in the stages taken away.",
            errors=[("/stages", "move the leads to other stages first")],
        )
    leads = await lock_leads(session, lead_ids)
    staying = [lead for lead in leads.values() if lead.state == "open" and lead.stage in gone]
    _require_all_mapped(staying, targets)
    for lead in staying:
        action = LeadAction(lead.lead_id, lead.version, actor, None, now)
        await carry_over(session, action, lead, after, stage=targets[lead.stage])


def _require_all_mapped(leads: Sequence[Lead], targets: Mapping[str, str]) -> None:
    stages = sorted({lead.stage for lead in leads} - targets.keys())
    if stages:
        raise StageInUseError(
            "Open leads are in a stage that is taken away: say in `move_leads` where they go.",
            errors=[
                ("/stages", f"{sum(lead.stage == stage for lead in leads)} open leads in {stage}")
                for stage in stages
            ],
        )


async def remove_pipeline(session: Session, key: str) -> None:
    """Delete a pipeline that never had a lead; its versions stay.

    Raises NotFoundError, and PipelineInUseError for one with leads and for the default one.
    """
    if await pipelines.lock_pipeline(session, key) is None:
        raise pipelines.no_such_pipeline()
    if key == DEFAULT_PIPELINE:
        raise PipelineInUseError("The default pipeline takes what names no other: it stays.")
    if await pipelines.is_used(session, key):
        raise PipelineInUseError("Leads belong to this pipeline.")
    await pipelines.delete_pipeline(session, key)
