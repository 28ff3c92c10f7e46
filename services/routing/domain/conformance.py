"""How a lead went through its pipeline, measured against the terms that held at each step."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from services.routing.domain.pipelines import Breach, Pipeline, closing_breaches, entry_breaches

OVERSTAYED, ROTTING = "overstayed", "rotting"


@dataclass(frozen=True, slots=True)
class StageRow:
    """A step of a lead as it is stored; `version` is the lead's after it, `facts` the names of
    those at hand.
    """

    lead_id: UUID
    version: int
    stage: str
    from_stage: str
    state: str
    pipeline_version: int
    facts: Sequence[str]
    at: datetime
    actor: str
    manager_id: UUID | None


@dataclass(frozen=True, slots=True)
class Step:
    """A change of stage or state, and `facts`, the names of those at hand then. `state` is the one
    after it; a lead that is closed or reopened stays in its stage.
    """

    stage: str
    from_stage: str | None
    state: str
    at: datetime
    pipeline_version: int
    facts: Collection[str] = ()
    loss_reason: str | None = None
    actor: str = "system"
    manager_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """A lead's steps, of which the first opens it; `rots_at` is set while it is open, unless its
    people were all erased before it was closed: then nobody has had to work on it since `aside_at`.
    """

    lead_id: UUID
    steps: Sequence[Step]
    rots_at: datetime | None = None
    aside_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deviation:
    """A breach of terms, `overstayed` (longer in a stage than its most), or `rotting`, and when."""

    kind: str
    stage: str
    at: datetime
    fact: str | None = None


def deviations(path: Path, pipelines: Mapping[int, Pipeline], *, now: datetime) -> list[Deviation]:
    """Where the path leaves its pipeline, whose versions are given by number. A version that nobody
    has any more says nothing.
    """
    items = [item for step in path.steps[1:] for item in _of_step(step, pipelines)]
    items += _stays(path, pipelines, now=now)
    if path.rots_at is not None and path.rots_at <= now:
        items.append(Deviation(ROTTING, path.steps[-1].stage, path.rots_at))
    return sorted(items, key=lambda item: item.at)


def _of_step(step: Step, pipelines: Mapping[int, Pipeline]) -> Iterator[Deviation]:
    pipeline = pipelines.get(step.pipeline_version)
    if pipeline is None:
        return
    breaches: Sequence[Breach] = ()
    if step.state in {"won", "lost"}:
        breaches = closing_breaches(
            pipeline, state=step.state, facts=step.facts, loss_reason=step.loss_reason
        )
    elif step.from_stage is not None and step.from_stage != step.stage:
        breaches = entry_breaches(
            pipeline, from_stage=step.from_stage, to_stage=step.stage, facts=step.facts
        )
    for breach in breaches:
        yield Deviation(breach.kind, breach.stage, step.at, breach.fact)


def _stays(path: Path, pipelines: Mapping[int, Pipeline], *, now: datetime) -> Iterator[Deviation]:
    """Stages that the lead stayed in for too long, until the next step or now; nobody has to take
    the next one of a lead that is set aside.
    """
    steps, last = path.steps, path.aside_at or now
    ends = [min(last, later.at) for _, later in pairwise(steps)]
    if steps[-1].state == "open":
        ends.append(last)
    for step, end in zip(steps, ends, strict=False):
        pipeline = pipelines.get(step.pipeline_version)
        most_hours = None if pipeline is None else pipeline.terms_of(step.stage).max_hours
        if step.state != "open" or most_hours is None:
            continue
        latest = step.at + timedelta(hours=most_hours)
        if end > latest:
            yield Deviation(OVERSTAYED, step.stage, latest)
