"""Bodies and answers of pipelines, and of how leads went through them."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo, field_validator

from services.routing.domain.conformance import Deviation, Step
from services.routing.domain.pipelines import Pipeline
from services.routing.repository.pipelines.pipelines import PipelineVersion
from services.routing.schemas.fields import Key, Name, Word, distinct
from services.routing.use_cases.pipelines.configure import PipelineFields
from services.routing.use_cases.pipelines.conform import LeadConformance, PipelineConformance
from shared.web.fields import Body

FactNames = Annotated[list[Word], Field(max_length=20), AfterValidator(distinct)]
Hours = Annotated[float, Field(ge=0.001, le=87_600, allow_inf_nan=False)]
Stages = Annotated[list[Word], Field(min_length=1, max_length=50), AfterValidator(distinct)]


class StageRules(Body):
    """Of one stage: which stages it may be entered from (null: from any), whether past the stages
    before it and from a later one; the facts needed to enter (`amount`, `next_action`, and any that
    a request gives as `facts`); hours without a touch or change after which a lead is rotting, and
    most hours in it; the probability of winning.
    """

    enter_from: Annotated[list[Word], Field(max_length=50), AfterValidator(distinct)] | None = None
    skip: bool = True
    back: bool = True
    requires: FactNames = Field(default_factory=list)
    rot_hours: Hours | None = None
    max_hours: Hours | None = None
    probability: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None


class PipelineTerms(Body):
    """`stages` by name; facts needed to win and to lose; `loss_reasons`, of which one has to be
    given (empty: any words); `next_action`: no accepted lead without one; `managers_reopen`: not
    only supervisors do; without `enforce` breaches are not refused, only measured.
    """

    stages: dict[Word, StageRules] = Field(default_factory=dict, max_length=50)
    won_requires: FactNames = Field(default_factory=list)
    lost_requires: FactNames = Field(default_factory=list)
    loss_reasons: Annotated[list[Name], Field(max_length=100), AfterValidator(distinct)] = Field(
        default_factory=list
    )
    next_action: bool = False
    managers_reopen: bool = True
    enforce: bool = True


class PipelineReplacementIn(Body):
    """`move_leads`: a stage that this version takes away → the stage that its open leads go to."""

    name: Name
    stages: Stages
    terms: PipelineTerms = PipelineTerms()
    move_leads: dict[Word, Word] = Field(default_factory=dict, max_length=50)

    @field_validator("terms")
    @classmethod
    def _of_these_stages(cls, terms: PipelineTerms, info: ValidationInfo) -> PipelineTerms:
        stages = info.data.get("stages")
        if stages is not None:
            for name, rules in terms.stages.items():
                for other in (name, *(rules.enter_from or ())):
                    if other not in stages:
                        raise ValueError(f"{other} is no stage of the pipeline")
        return terms

    def fields(self) -> PipelineFields:
        return PipelineFields(
            name=self.name,
            stages=self.stages,
            terms=self.terms.model_dump(),
            move_leads=self.move_leads,
        )


class PipelineIn(PipelineReplacementIn):
    key: Key


class PipelineOut(BaseModel):
    key: str
    name: str
    stages: list[str]
    terms: PipelineTerms
    version: int


def pipeline_out(pipeline: Pipeline) -> PipelineOut:
    return PipelineOut(
        key=pipeline.key,
        name=pipeline.name,
        stages=list(pipeline.stages),
        terms=PipelineTerms.model_validate(asdict(pipeline.terms)),
        version=pipeline.version,
    )


class PipelineVersionOut(PipelineOut):
    at: datetime
    actor: str


def version_out(version: PipelineVersion) -> PipelineVersionOut:
    content = pipeline_out(version.pipeline).model_dump()
    return PipelineVersionOut(**content, at=version.at, actor=version.actor)


class StepOut(BaseModel):
    """The first step opens the lead; `facts` are the names of those at hand."""

    stage: str
    from_stage: str | None
    state: str
    at: datetime
    pipeline_version: int
    facts: list[str]
    actor: str
    manager_id: UUID | None


def _step_out(step: Step) -> StepOut:
    values = {name: getattr(step, name) for name in StepOut.model_fields}
    return StepOut.model_validate({**values, "facts": list(step.facts)})


class DeviationOut(BaseModel):
    """`kind`: `entered_from`, `skipped`, `backward`, `missing` (then `fact`), `loss_reason`,
    `overstayed`, `rotting`; `stage` may be `won` or `lost`.
    """

    kind: str
    stage: str
    at: datetime
    fact: str | None


def _deviation_out(deviation: Deviation) -> DeviationOut:
    return DeviationOut(**asdict(deviation))


class LeadConformanceOut(BaseModel):
    lead_id: UUID
    pipeline: str
    conforms: bool
    steps: list[StepOut]
    deviations: list[DeviationOut]


def lead_conformance_out(item: LeadConformance) -> LeadConformanceOut:
    return LeadConformanceOut(
        lead_id=item.lead.lead_id,
        pipeline=item.lead.pipeline,
        conforms=not item.deviations,
        steps=[_step_out(step) for step in item.path.steps],
        deviations=[_deviation_out(deviation) for deviation in item.deviations],
    )


class DeviationCountOut(BaseModel):
    """`leads` of the period deviate like this, `times` together; `lead_ids` are the newest 100."""

    kind: str
    stage: str
    fact: str | None
    leads: int
    times: int
    lead_ids: list[UUID]


class PipelineConformanceOut(BaseModel):
    """Of the leads received in the period, tests and merged ones excluded; `share` is null where
    there is none.
    """

    pipeline: str
    leads: int
    conforming: int
    share: float | None
    deviations: list[DeviationCountOut]


def pipeline_conformance_out(item: PipelineConformance) -> PipelineConformanceOut:
    return PipelineConformanceOut(
        pipeline=item.pipeline,
        leads=item.leads,
        conforming=item.conforming,
        share=item.conforming / item.leads if item.leads else None,
        deviations=[DeviationCountOut(**asdict(count)) for count in item.deviations],
    )
