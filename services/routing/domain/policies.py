"""The terms of a pool: what a lead weighs, whom it may go to, how candidates compare, how long it
may wait. Every part has a default, and a weight of 0 switches a part of the score off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.routing.domain.lead import MILLI

PLAN_LIMIT = 0.2  # the most that attainment may shift a score, either way


@dataclass(frozen=True, slots=True)
class Fading:
    """From `after_hours` without a touch on, a lead weighs `factor` of what it otherwise would."""

    after_hours: float
    factor: float


@dataclass(frozen=True, slots=True)
class ScoreWeights:
    """What each part of a score counts. `load` is the share of a capacity that is reserved,
    `fairness` how far above or below their share of received work somebody is, `fit` the share of
    nice-to-have traits that match, `plan` the distance from the plan, at most `PLAN_LIMIT`.
    """

    load: float = 1.0
    fairness: float = 0.5
    fit: float = 0.1
    plan: float = 0.0


@dataclass(frozen=True, slots=True)
class Policy:
    """Terms of a pool. `skills` are the levels that a manager needs, `nice_skills` those that are
    welcome; `match` names the traits (language, region, product) that must match the lead's,
    `prefer` those that are welcome.
    """

    accept_seconds: int = 300
    touch_seconds: int = 1800
    business_time: bool = True  # terms run in the working time of the manager
    units: Mapping[str, float] = field(default_factory=dict)  # by channel
    stage_units: Mapping[str, float] = field(default_factory=dict)  # factors by stage
    priority_units: Mapping[str, float] = field(default_factory=dict)  # factors by priority class
    fading: Sequence[Fading] = ()
    skills: Mapping[str, float] = field(default_factory=dict)
    nice_skills: Mapping[str, float] = field(default_factory=dict)
    match_language: bool = False
    match: Sequence[str] = ()
    prefer: Sequence[str] = ()
    sticky: bool = True
    sticky_above: float = 0.3  # an owner whose load is further above the pool's mean is passed by
    score: ScoreWeights = ScoreWeights()
    fairness_hours: float = 168.0  # received work counts half after this time
    ageing_seconds: int = 1800  # waiting this much longer makes up for one priority class
    matching_from: int = 20  # a backlog of so many leads is solved as one matching; 0: never
    on_call: bool = True
    supervisor: bool = True
    escalate_seconds: int = 900  # without room for so long, a lead goes to the next tier
    max_hops: int = 5  # leases that may run out before a lead goes to the supervisor
    offline_grace_seconds: int = 300

    def units_milli(
        self, channel: str, *, stage: str | None = None, priority_class: str | None = None
    ) -> int:
        """The weight of a lead that was touched just now, in thousandths of a work unit."""
        units = self.units.get(channel, 1.0)
        factor = self.stage_units.get(stage or "", 1.0)
        factor *= self.priority_units.get(priority_class or "", 1.0)
        return max(1, round(units * factor * MILLI))

    def skills_for(self, language: str | None) -> dict[str, float]:
        """The levels that a manager needs; with `match_language` the language is a skill."""
        levels = dict(self.skills)
        if self.match_language and language:
            levels.setdefault(language, 0.0)
        return levels

    def deadlines(self, assigned_at: datetime) -> tuple[datetime, datetime]:
        """The moments at which an assignment expires without acceptance, and without a touch, for
        a manager who always works.
        """
        return (
            assigned_at + timedelta(seconds=self.accept_seconds),
            assigned_at + timedelta(seconds=self.touch_seconds),
        )


DEFAULT_POLICY = Policy()


def policy_of(record: Mapping[str, Any]) -> Policy:
    """A policy from its JSON; what is missing has its default."""
    parts = dict(record)
    if "score" in parts:
        parts["score"] = ScoreWeights(**parts["score"])
    if "fading" in parts:
        parts["fading"] = tuple(Fading(**step) for step in parts["fading"])
    for name in ("match", "prefer"):
        if name in parts:
            parts[name] = tuple(parts[name])
    return Policy(**parts)
