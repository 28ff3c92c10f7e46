"""Bodies and answers of managers and pools."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.routing.domain.lead import MILLI
from services.routing.domain.policies import PLAN_LIMIT
from services.routing.domain.pools import Pool
from services.routing.repository.managers import Manager, ManagerFields
from services.routing.schemas.fields import Body, Email, Key, Level, Name, Units, Word, Zone
from services.routing.schemas.fields import distinct as _distinct
from services.routing.use_cases.configure import PoolFields

Seconds = Annotated[int, Field(ge=1, le=31_536_000)]
Position = Annotated[int, Field(ge=1, le=999_999)]

Traits = Annotated[list[Word], Field(max_length=100), AfterValidator(_distinct)]
Inflow = Annotated[int, Field(ge=0, le=100_000)]


class ManagerIn(Body):
    """Capacity in work units; `weight` is the share of the pool's work that this manager is to get,
    beside the others' weights; the limits are numbers of leads. No regions, or no products: any.
    Without `pools` a new manager joins the default pool, and one who is replaced stays in theirs.
    """

    name: Name
    email: Email | None = None
    capacity: Units = 10.0
    time_zone: Zone = "Europe/Moscow"
    skills: dict[Word, Level] = Field(default_factory=dict, max_length=100)
    languages: Traits = Field(default_factory=list)
    regions: Traits = Field(default_factory=list)
    products: Traits = Field(default_factory=list)
    weight: Annotated[float, Field(ge=0.001, le=1000, allow_inf_nan=False)] = 1.0
    hourly_limit: Inflow | None = None
    daily_limit: Inflow | None = None
    pools: Annotated[list[Key], Field(max_length=100), AfterValidator(_distinct)] | None = None

    def fields(self) -> ManagerFields:
        return ManagerFields(
            name=self.name,
            email=self.email,
            capacity_milli=round(self.capacity * MILLI),
            time_zone=self.time_zone,
            skills=self.skills,
            languages=self.languages,
            regions=self.regions,
            products=self.products,
            weight_milli=round(self.weight * MILLI),
            hourly_limit=self.hourly_limit,
            daily_limit=self.daily_limit,
            pools=self.pools,
        )


class StatusIn(Body):
    """`ttl_seconds`: how long it holds; afterwards the manager is offline."""

    status: Literal["online", "busy", "away", "offline"]
    ttl_seconds: Seconds | None = None


class ManagerOut(BaseModel):
    manager_id: UUID
    name: str
    email: str | None
    capacity: float
    reserved: float
    time_zone: str
    skills: dict[str, float]
    languages: list[str]
    regions: list[str]
    products: list[str]
    weight: float
    hourly_limit: int | None
    daily_limit: int | None
    pools: list[str]
    status: str
    status_until: datetime | None
    duty: str
    duty_until: datetime | None
    last_assigned_at: datetime | None
    left_at: datetime | None


def manager_out(manager: Manager) -> ManagerOut:
    return ManagerOut(
        manager_id=manager.manager_id,
        name=manager.name,
        email=manager.email,
        capacity=manager.capacity_milli / MILLI,
        reserved=manager.reserved_milli / MILLI,
        time_zone=manager.time_zone,
        skills=dict(manager.skills),
        languages=list(manager.languages),
        regions=list(manager.regions),
        products=list(manager.products),
        weight=manager.weight_milli / MILLI,
        hourly_limit=manager.hourly_limit,
        daily_limit=manager.daily_limit,
        pools=list(manager.pools),
        status=manager.status,
        status_until=manager.status_until,
        duty=manager.duty,
        duty_until=manager.duty_until,
        last_assigned_at=manager.last_assigned_at,
        left_at=manager.left_at,
    )


Values = Annotated[list[Word], Field(min_length=1, max_length=100)]


class When(Body):
    """The facts that a rule needs; all that are given must match."""

    source: Values | None = None
    channel: Values | None = None
    region: Values | None = None
    language: Values | None = None
    priority_class: Values | None = None


class PoolRule(Body):
    when: When


Factors = Annotated[
    dict[Word, Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]], Field(max_length=50)
]
Levels = Annotated[dict[Word, Level], Field(max_length=20)]
Share = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
MatchedTraits = Annotated[list[Literal["language", "region", "product"]], AfterValidator(_distinct)]


class FadingStep(Body):
    """From `after_hours` without a touch on, a lead weighs `factor` of its full weight."""

    after_hours: Annotated[float, Field(gt=0, le=87_600, allow_inf_nan=False)]
    factor: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class ScoreParts(Body):
    """What each part of a score counts; 0 switches it off."""

    load: Share = 1.0
    fairness: Share = 0.25
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


class PoolReplacementIn(Body):
    """Without `position` a pool stays where it is, a new one goes last; without `manager_ids` its
    members stay.
    """

    name: Name
    position: Position | None = None
    manager_ids: Annotated[list[UUID], Field(max_length=2000), AfterValidator(_distinct)] | None = (
        None
    )
    rules: list[PoolRule] = Field(default_factory=list, max_length=100)
    policy: PoolPolicy = PoolPolicy()
    supervisor_ids: Annotated[list[UUID], AfterValidator(_distinct)] = Field(
        default_factory=list, max_length=20
    )

    def fields(self) -> PoolFields:
        return PoolFields(
            name=self.name,
            position=self.position,
            manager_ids=self.manager_ids,
            rules=[rule.when.model_dump(exclude_none=True) for rule in self.rules],
            policy=self.policy.model_dump(),
            supervisor_ids=self.supervisor_ids,
        )


class PoolIn(PoolReplacementIn):
    key: Key


class PoolOut(BaseModel):
    key: str
    name: str
    position: int
    manager_ids: list[UUID]
    rules: list[PoolRule]
    policy: PoolPolicy
    supervisor_ids: list[UUID]
    version: int


def pool_out(pool: Pool) -> PoolOut:
    return PoolOut(
        key=pool.key,
        name=pool.name,
        position=pool.position,
        manager_ids=list(pool.manager_ids),
        rules=[PoolRule.model_validate({"when": rule}) for rule in pool.rules],
        policy=PoolPolicy.model_validate(asdict(pool.policy)),
        supervisor_ids=list(pool.supervisor_ids),
        version=pool.version,
    )
