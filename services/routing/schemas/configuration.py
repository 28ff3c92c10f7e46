"""Bodies and answers of managers, pools and pipelines."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.routing.domain.lead import MILLI
from services.routing.domain.pools import Pool
from services.routing.repository.managers import Manager
from services.routing.repository.pools import Pipeline
from services.routing.schemas.fields import Body, Email, Key, Level, Name, Units, Word, Zone
from services.routing.use_cases.configure import ManagerFields, PoolFields

Seconds = Annotated[int, Field(ge=1, le=31_536_000)]
Position = Annotated[int, Field(ge=1, le=999_999)]


def _distinct(values: list[Any]) -> list[Any]:
    if len(set(values)) != len(values):
        raise ValueError("the same one twice")
    return values


class ManagerIn(Body):
    """Capacity in work units. Without `pools` a new manager joins the default pool, and one who is
    replaced stays in theirs.
    """

    name: Name
    email: Email | None = None
    capacity: Units = 10.0
    time_zone: Zone = "Europe/Moscow"
    skills: dict[Word, Level] = Field(default_factory=dict, max_length=100)
    pools: Annotated[list[Key], Field(max_length=100), AfterValidator(_distinct)] | None = None

    def fields(self) -> ManagerFields:
        return ManagerFields(
            name=self.name,
            email=self.email,
            capacity_milli=round(self.capacity * MILLI),
            time_zone=self.time_zone,
            skills=self.skills,
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
    pools: list[str]
    status: str
    status_until: datetime | None
    last_assigned_at: datetime | None


def manager_out(manager: Manager) -> ManagerOut:
    return ManagerOut(
        manager_id=manager.manager_id,
        name=manager.name,
        email=manager.email,
        capacity=manager.capacity_milli / MILLI,
        reserved=manager.reserved_milli / MILLI,
        time_zone=manager.time_zone,
        skills=dict(manager.skills),
        pools=list(manager.pools),
        status=manager.status,
        status_until=manager.status_until,
        last_assigned_at=manager.last_assigned_at,
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


class PoolPolicy(Body):
    """Terms of a pool. `skills` are minimum levels; `match_language` requires the lead's language
    as a skill.
    """

    accept_seconds: Seconds = 300
    touch_seconds: Seconds = 1800
    units: dict[Word, Units] = Field(default_factory=dict, max_length=20)
    skills: dict[Word, Level] = Field(default_factory=dict, max_length=20)
    match_language: bool = False


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

    def fields(self) -> PoolFields:
        return PoolFields(
            name=self.name,
            position=self.position,
            manager_ids=self.manager_ids,
            rules=[rule.when.model_dump(exclude_none=True) for rule in self.rules],
            policy=self.policy.model_dump(),
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


def pool_out(pool: Pool) -> PoolOut:
    policy = pool.policy
    return PoolOut(
        key=pool.key,
        name=pool.name,
        position=pool.position,
        manager_ids=list(pool.manager_ids),
        rules=[PoolRule.model_validate({"when": rule}) for rule in pool.rules],
        policy=PoolPolicy(
            accept_seconds=policy.accept_seconds,
            touch_seconds=policy.touch_seconds,
            units=dict(policy.units),
            skills=dict(policy.skills),
            match_language=policy.match_language,
        ),
    )


class PipelineOut(BaseModel):
    key: str
    name: str
    stages: list[str]


def pipeline_out(pipeline: Pipeline) -> PipelineOut:
    return PipelineOut(key=pipeline.key, name=pipeline.name, stages=list(pipeline.stages))
