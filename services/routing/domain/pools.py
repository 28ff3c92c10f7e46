"""Which pool takes a lead, on what terms: pools in order, then the source's own, then default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.routing.domain.lead import MILLI

DEFAULT_POOL = "default"
EXACT_FACTS = frozenset({"source"})  # a source's key is taken as given; words ignore case


@dataclass(frozen=True, slots=True)
class Policy:
    """How a pool works; `skills` are minimum levels, asked of whoever receives its leads."""

    accept_seconds: int = 300
    touch_seconds: int = 1800
    units: Mapping[str, float] = field(default_factory=dict)
    skills: Mapping[str, float] = field(default_factory=dict)
    match_language: bool = False

    def units_milli(self, channel: str) -> int:
        """What a lead of this channel weighs, in thousandths of a work unit."""
        return max(1, round(self.units.get(channel, 1.0) * MILLI))

    def skills_for(self, language: str | None) -> dict[str, float]:
        """The levels asked of a manager; a known language counts as a skill when it must match."""
        found = dict(self.skills)
        if self.match_language and language:
            found.setdefault(language, 0.0)
        return found

    def deadlines(self, assigned_at: datetime) -> tuple[datetime, datetime]:
        """When a lease ends unaccepted, and when it ends untouched."""
        return (
            assigned_at + timedelta(seconds=self.accept_seconds),
            assigned_at + timedelta(seconds=self.touch_seconds),
        )


Rule = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Pool:
    """`rules` are alternatives; within one rule every named fact must match."""

    key: str
    name: str
    position: int
    rules: tuple[Rule, ...] = ()
    policy: Policy = Policy()
    manager_ids: tuple[UUID, ...] = ()


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
    """What rules may ask about an inquiry; a source answers to its key and to its id."""
    return {
        "source": [found for found in (source_key, str(source_id)) if found],
        "channel": [channel],
        "region": [region] if region else [],
        "language": [language] if language else [],
        "priority_class": [priority_class],
    }


def matches(rule: Rule, facts: Facts) -> bool:
    """Every fact the rule names must be among its values. An empty rule claims nothing."""
    return bool(rule) and all(_meets(name, values, facts) for name, values in rule.items())


def _meets(name: str, values: Sequence[str], facts: Facts) -> bool:
    found = facts.get(name, ())
    if name in EXACT_FACTS:
        return not set(found).isdisjoint(values)
    return not {item.casefold() for item in found}.isdisjoint(item.casefold() for item in values)


def choose_pool(pools: Sequence[Pool], facts: Facts, *, asked: str | None) -> Pool:
    """The first pool with a matching rule, else the one the source asks for, else the default."""
    ordered = sorted(pools, key=lambda pool: (pool.position, pool.key))
    for pool in ordered:
        if pool.key != DEFAULT_POOL and any(matches(rule, facts) for rule in pool.rules):
            return pool
    by_key = {pool.key: pool for pool in pools}
    return by_key.get(asked or DEFAULT_POOL, by_key[DEFAULT_POOL])
