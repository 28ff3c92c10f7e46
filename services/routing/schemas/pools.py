"""Bodies and answers of pools and their versions."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.routing.domain.policies import Policy
from services.routing.domain.pools import Pool
from services.routing.repository.pools.versions import PoolVersion
from services.routing.schemas.fields import Key, Name, distinct
from services.routing.schemas.policies import PoolPolicy
from services.routing.schemas.rules import PoolRule
from services.routing.use_cases.configure import PoolFields
from services.routing.use_cases.pools.versions import Difference
from shared.web.fields import Body

Position = Annotated[int, Field(ge=1, le=999_999)]


class PoolReplacementIn(Body):
    """Without `position` a pool stays where it is, a new one goes last; without `manager_ids` its
    members stay.
    """

    name: Name
    position: Position | None = None
    manager_ids: Annotated[list[UUID], Field(max_length=2000), AfterValidator(distinct)] | None = (
        None
    )
    rules: list[PoolRule] = Field(default_factory=list, max_length=100)
    policy: PoolPolicy = PoolPolicy()
    supervisor_ids: Annotated[list[UUID], AfterValidator(distinct)] = Field(
        default_factory=list, max_length=20
    )

    def fields(self) -> PoolFields:
        return PoolFields(
            name=self.name,
            position=self.position,
            manager_ids=self.manager_ids,
            rules=[rule.record() for rule in self.rules],
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
    shadow_policy: PoolPolicy | None


def pool_out(pool: Pool) -> PoolOut:
    return PoolOut(
        key=pool.key,
        name=pool.name,
        position=pool.position,
        manager_ids=list(pool.manager_ids),
        rules=[PoolRule.model_validate({"when": rule}) for rule in pool.rules],
        policy=_policy_out(pool.policy),
        supervisor_ids=list(pool.supervisor_ids),
        version=pool.version,
        shadow_policy=None if pool.shadow is None else _policy_out(pool.shadow),
    )


def _policy_out(policy: Policy) -> PoolPolicy:
    return PoolPolicy.model_validate(asdict(policy))


class PoolVersionOut(BaseModel):
    """`content` is the pool as it was: key, name, position, rules, policy, members, supervisors."""

    version: int
    at: datetime
    actor: str
    content: dict[str, Any]


class DifferenceOut(BaseModel):
    """A member that differs, as a JSON pointer into the content; null where it is missing."""

    pointer: str
    before: Any
    after: Any


class ComparedVersionOut(PoolVersionOut):
    """`differences` from the version `against`, where one was asked for."""

    against: int | None = None
    differences: list[DifferenceOut] | None = None


def pool_version_out(version: PoolVersion) -> PoolVersionOut:
    return PoolVersionOut(**_members(version))


def compared_version_out(
    version: PoolVersion, against: int | None, differences: Iterable[Difference] | None
) -> ComparedVersionOut:
    items = None if differences is None else [DifferenceOut(**asdict(item)) for item in differences]
    return ComparedVersionOut(**_members(version), against=against, differences=items)


def _members(version: PoolVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in PoolVersionOut.model_fields}
