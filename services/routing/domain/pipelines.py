"""The terms of a pipeline: what has to hold to enter a stage, and to close a lead."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

# Facts that a lead has by itself; all others are given by name in a request.
AMOUNT, NEXT_ACTION = "amount", "next_action"
OWN_FACTS = frozenset({AMOUNT, NEXT_ACTION})
HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class StageTerms:
    """Of one stage. It may be entered from any stage if `enter_from` is None; past the stages
    before it if `skip`; from a later one if `back`. `requires` names the facts that a lead needs to
    enter; it rots `rot_hours` after its last touch or change, and stays for `max_hours` at most;
    `probability` is that of winning.
    """

    enter_from: Sequence[str] | None = None
    skip: bool = True
    back: bool = True
    requires: Sequence[str] = ()
    rot_hours: float | None = None
    max_hours: float | None = None
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """Of a pipeline. `won_requires` and `lost_requires` name the facts that a lead needs to be
    closed; without `loss_reasons` any reason will do; with `next_action` no accepted lead is
    without one; without `enforce` breaches are not refused, only measured.
    """

    stages: Mapping[str, StageTerms] = field(default_factory=dict)
    won_requires: Sequence[str] = ()
    lost_requires: Sequence[str] = ()
    loss_reasons: Sequence[str] = ()
    next_action: bool = False
    managers_reopen: bool = True
    enforce: bool = True


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One version of a pipeline, with its stages in order."""

    key: str
    name: str
    stages: tuple[str, ...]
    terms: Terms = Terms()
    version: int = 1

    def terms_of(self, stage: str) -> StageTerms:
        return self.terms.stages.get(stage, StageTerms())

    def rot_seconds(self, stage: str) -> int | None:
        """Seconds without a touch or change after which a lead in this stage is rotting."""
        hours = self.terms_of(stage).rot_hours
        return None if hours is None else max(1, round(hours * HOUR_SECONDS))


@dataclass(frozen=True, slots=True)
class NextAction:
    text: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Particulars:
    """What a request says besides what it does: facts by name, an amount, what comes next."""

    facts: Mapping[str, str] = field(default_factory=dict)
    amount: Decimal | None = None
    currency: str | None = None
    next_action: NextAction | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """A term that does not hold. `kind` is `entered_from`, `skipped`, `backward`, `missing` or
    `loss_reason`; `stage` the stage to enter, or `won` or `lost`; `fact` the one that is missing.
    """

    kind: str
    stage: str
    fact: str | None = None


def entry_breaches(
    pipeline: Pipeline, *, from_stage: str, to_stage: str, facts: Collection[str]
) -> list[Breach]:
    """What is in the way of entering a stage with these facts at hand."""
    terms = pipeline.terms_of(to_stage)
    breaches = []
    if terms.enter_from is not None and from_stage not in terms.enter_from:
        breaches.append(Breach("entered_from", to_stage))
    steps = _steps(pipeline, from_stage, to_stage)
    if steps > 1 and not terms.skip:
        breaches.append(Breach("skipped", to_stage))
    if steps < 0 and not terms.back:
        breaches.append(Breach("backward", to_stage))
    return breaches + _missing(pipeline, to_stage, terms.requires, facts)


def closing_breaches(
    pipeline: Pipeline, *, state: str, facts: Collection[str], loss_reason: str | None = None
) -> list[Breach]:
    """What is in the way of closing a lead as `won` or `lost` with these facts at hand. A reason
    that is not known is none of the wrong ones.
    """
    terms = pipeline.terms
    required = terms.won_requires if state == "won" else terms.lost_requires
    breaches = [Breach("missing", state, fact) for fact in required if fact not in facts]
    if state == "lost" and terms.loss_reasons and loss_reason not in (None, *terms.loss_reasons):
        breaches.append(Breach("loss_reason", state))
    return breaches


def _steps(pipeline: Pipeline, from_stage: str, to_stage: str) -> int:
    """How many stages ahead it is; 1 where either stage is of another version."""
    if from_stage not in pipeline.stages or to_stage not in pipeline.stages:
        return 1
    return pipeline.stages.index(to_stage) - pipeline.stages.index(from_stage)


def _missing(
    pipeline: Pipeline, stage: str, required: Sequence[str], facts: Collection[str]
) -> list[Breach]:
    names = dict.fromkeys((*required, *((NEXT_ACTION,) if pipeline.terms.next_action else ())))
    return [Breach("missing", stage, name) for name in names if name not in facts]


def terms_of(record: Mapping[str, Any]) -> Terms:
    """Terms from their JSON; what is missing has its default."""
    parts = dict(record)
    parts["stages"] = {
        name: StageTerms(**stage) for name, stage in dict(record.get("stages") or {}).items()
    }
    return Terms(**parts)
