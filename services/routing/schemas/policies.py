"""The terms of a pool as bodies and answers."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from services.routing.domain.policies import PLAN_LIMIT
from services.routing.schemas.fields import Level, Seconds, Units, Word, distinct
from shared.web.fields import Body

Factors = Annotated[
    dict[Word, Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]], Field(max_length=50)
]
Levels = Annotated[dict[Word, Level], Field(max_length=20)]
Share = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
MatchedTraits = Annotated[list[Literal["language", "region", "product"]], AfterValidator(distinct)]


class FadingStep(Body):
    """From `after_hours` without a touch on, a lead weighs `factor` of its full weight."""

    after_hours: Annotated[float, Field(gt=0, le=87_600, allow_inf_nan=False)]
    factor: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class ScoreParts(Body):
    """What each part of a score counts; 0 switches it off."""

    load: Share = 1.0
    fairness: Share = 0.5
    fit: Share = 0.1
    plan: Annotated[float, Field(ge=0, le=PLAN_LIMIT, allow_inf_nan=False)] = 0.0


class PoolPolicy(Body):
    """Terms of a pool. `skills` are minimum levels, `nice_skills` are welcome; `match_language`
    requires the lead's language as a skill; `match` names traits that must match the lead's, and
    `prefer` those that are welcome.
    """

    accept_seconds: Seconds = 300
    touch_seconds: Seconds = 1800
    business_time: bool = True
    units: dict[Word, Units] = Field(default_factory=dict, max_length=20)
    stage_units: Factors = Field(default_factory=dict)
    priority_units: Factors = Field(default_factory=dict)
    fading: list[FadingStep] = Field(default_factory=list, max_length=10)
    skills: dict[Word, Level] = Field(default_factory=dict, max_length=20)
    nice_skills: Levels = Field(default_factory=dict)
    match_language: bool = False
    match: MatchedTraits = Field(default_factory=list)
    prefer: MatchedTraits = Field(default_factory=list)
    sticky: bool = True
    sticky_above: Share = 0.3
    score: ScoreParts = ScoreParts()
    fairness_hours: Annotated[float, Field(ge=1, le=8760, allow_inf_nan=False)] = 168.0
    ageing_seconds: Seconds = 1800
    matching_from: Annotated[int, Field(ge=0, le=500)] = 20
    on_call: bool = True
    supervisor: bool = True
    escalate_seconds: Seconds = 900
    max_hops: Annotated[int, Field(ge=1, le=1000)] = 5
    offline_grace_seconds: Seconds = 300
