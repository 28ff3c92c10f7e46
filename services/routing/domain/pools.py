"""Pools: groups of managers with the rules by which inquiries come to them."""

from dataclasses import dataclass
from uuid import UUID

from services.routing.domain.policies import DEFAULT_POLICY, Policy
from services.routing.domain.rules import Rule

DEFAULT_POOL = "default"


@dataclass(frozen=True, slots=True)
class Pool:
    """`rules` are alternatives; within one rule every named fact must match. `version` rises with
    every change of anything here; `supervisor_ids` take what nobody else can. `shadow` decides
    beside the policy without acting.
    """

    key: str
    name: str
    position: int
    rules: tuple[Rule, ...] = ()
    policy: Policy = DEFAULT_POLICY
    manager_ids: tuple[UUID, ...] = ()
    supervisor_ids: tuple[UUID, ...] = ()
    version: int = 1
    shadow: Policy | None = None
