"""Which pool takes a lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.routing.domain.policies import DEFAULT_POLICY, Policy

DEFAULT_POOL = "default"
EXACT_FACTS = frozenset(
    {"source"}
)  # keys of sources are compared exactly, other facts without case


Rule = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Pool:
    """`rules` are alternatives; within one rule every named fact must match. `version` rises with
    every change of anything here; `supervisor_ids` take what nobody else can.
    """

    key: str
    name: str
    position: int
    rules: tuple[Rule, ...] = ()
    policy: Policy = DEFAULT_POLICY
    manager_ids: tuple[UUID, ...] = ()
    supervisor_ids: tuple[UUID, ...] = ()
    version: int = 1


Facts = Mapping[str, Sequence[str]]


def facts_of(
    *,
    source_key: str | None,
    source_id: UUID,
    channel: str,
    region: str | None,
    language: str | None,
    priority_class: str,
) -> Facts:
    """The facts of an inquiry that rules may name; a source has its key and its id as values."""
    return {
        "source": [name for name in (source_key, str(source_id)) if name],
        "channel": [channel],
        "region": [region] if region else [],
        "language": [language] if language else [],
        "priority_class": [priority_class],
    }


def matches(rule: Rule, facts: Facts) -> bool:
    """Whether every fact that the rule names has one of its values. An empty rule never matches."""
    return bool(rule) and all(_meets(name, values, facts) for name, values in rule.items())


def _meets(name: str, values: Sequence[str], facts: Facts) -> bool:
    present = facts.get(name, ())
    if name in EXACT_FACTS:
        return not set(present).isdisjoint(values)
    return not {item.casefold() for item in present}.isdisjoint(item.casefold() for item in values)


def choose_pool(pools: Sequence[Pool], facts: Facts, *, source_pool: str | None) -> Pool:
    """The first pool by position with a matching rule, else `source_pool`, else the default."""
    by_position = sorted(pools, key=lambda pool: (pool.position, pool.key))
    for pool in by_position:
        if pool.key != DEFAULT_POOL and any(matches(rule, facts) for rule in pool.rules):
            return pool
    by_key = {pool.key: pool for pool in pools}
    return by_key.get(source_pool or DEFAULT_POOL, by_key[DEFAULT_POOL])
