"""Tries rules of pools, the present ones or a draft, on an inquiry or on recorded leads."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.routing.domain.facts import Facts
from services.routing.domain.pools import Pool
from services.routing.domain.prepared_rules import PoolChoice, PreparedRules, in_order, prepare
from services.routing.domain.rules import Verdict, explain
from services.routing.repository.configuration import Configuration
from services.routing.repository.recordings.facts import RecordedLead

EXPLAINED = 1000  # rules at most
EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Question:
    """An inquiry to try rules on. `stage` None is the first one of its pipeline."""

    facts: Facts
    source_pool: str | None
    pipeline: str
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """A rule that was tried, by its place in its pool."""

    pool: str
    rule: int
    verdicts: Sequence[Verdict]

    @property
    def matches(self) -> bool:
        return bool(self.verdicts) and all(verdict.holds for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class Trial:
    """The pool of the inquiry, the rules up to that which chose it, and how many more were tried.
    `units_milli` is what the lead would weigh; `match` and `prefer` are the traits of a manager
    that it needs, and that are welcome.
    """

    choice: PoolChoice
    tried: Sequence[RuleVerdict]
    more: int
    units_milli: int
    skills: Mapping[str, float]
    match: Mapping[str, str]
    prefer: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Move:
    """A recorded lead that the draft would give to another pool; `rule` as in `PoolChoice`."""

    lead_id: UUID
    from_pool: str
    to_pool: str
    rule: int | None


@dataclass(frozen=True, slots=True)
class BatchTrial:
    leads: int
    moves: int
    flows: Mapping[tuple[str, str], int]
    examples: Sequence[Move]


def with_draft(configuration: Configuration, draft: Sequence[Pool]) -> PreparedRules:
    """The present rules, where no pool of the draft stands for one of them. A position of 0 is the
    present one, or the last.
    """
    if not draft:
        return configuration.rules
    pools = dict(configuration.pools)
    last = max((pool.position for pool in in_order(pools.values())), default=0)
    for pool in draft:
        present = pools.get(pool.key)
        position = pool.position or (present.position if present else last + 1)
        pools[pool.key] = replace(pool, position=position)
        last = max(last, position)
    return prepare(pools.values())


def try_rules(rules: PreparedRules, question: Question, *, stage: str) -> Trial:
    """What becomes of the inquiry, whose lead would be in this stage, and why."""
    choice = rules.choose(question.facts, source_pool=question.source_pool)
    rules_tried: list[RuleVerdict] = []
    count = 0
    for pool, place in rules.places:
        count += 1
        if len(rules_tried) < EXPLAINED:
            verdicts = explain(pool.rules[place], question.facts)
            rules_tried.append(RuleVerdict(pool.key, place, verdicts))
        if choice.by == "rule" and (pool.key, place) == (choice.pool.key, choice.rule):
            break
    policy, texts = choice.pool.policy, question.facts.texts
    traits = {name: texts[name][0] for name in ("language", "region", "product") if texts[name]}
    return Trial(
        choice=choice,
        tried=rules_tried,
        more=count - len(rules_tried),
        units_milli=policy.units_milli(
            _only(texts["channel"]), stage=stage, priority_class=_only(texts["priority_class"])
        ),
        skills=policy.skills_for(traits.get("language")),
        match={name: traits[name] for name in policy.match if name in traits},
        prefer={name: traits[name] for name in policy.prefer if name in traits},
    )


def _only(values: Sequence[str]) -> str:
    return values[0] if values else ""


def try_on_leads(rules: PreparedRules, leads: Sequence[RecordedLead]) -> BatchTrial:
    """Which of the leads would be in another pool than they are. Tests and merged leads count for
    nothing.
    """
    flows: Counter[tuple[str, str]] = Counter()
    examples: list[Move] = []
    counted = [lead for lead in leads if lead.counts]
    for lead in counted:
        choice = rules.choose(lead.facts(), source_pool=lead.source_pool)
        if choice.pool.key != lead.pool:
            flows[lead.pool, choice.pool.key] += 1
            if len(examples) < EXAMPLES:
                examples.append(Move(lead.lead_id, lead.pool, choice.pool.key, choice.rule))
    return BatchTrial(len(counted), sum(flows.values()), flows, examples)
