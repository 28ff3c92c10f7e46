"""Measures how leads went through their pipelines: one, or all that were received in a period."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.routing.domain.conformance import Deviation, Path, deviations
from services.routing.domain.lead import Lead
from services.routing.domain.pipelines import Pipeline
from services.routing.repository.pipelines import paths, pipelines
from services.routing.repository.pipelines.paths import Place
from shared.database import Session
from shared.errors import InvalidError

MOST_MEASURED_LEADS = 50_000
MOST_DRILLED_LEADS = 100
_PAGE = 5000


@dataclass(frozen=True, slots=True)
class LeadConformance:
    lead: Lead
    path: Path
    deviations: Sequence[Deviation]


@dataclass(eq=False, slots=True)
class DeviationCount:
    """Deviations of one kind: of how many leads, how often, and the newest of the leads."""

    kind: str
    stage: str
    fact: str | None
    leads: int = 0
    times: int = 0
    lead_ids: list[UUID] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PipelineConformance:
    pipeline: str
    leads: int
    conforming: int
    deviations: Sequence[DeviationCount]


async def measure_lead(session: Session, lead: Lead, *, now: datetime) -> LeadConformance:
    path = await paths.get_path(session, lead.lead_id)
    versions = await _versions(session, lead.pipeline, [path])
    return LeadConformance(lead, path, deviations(path, versions, now=now))


async def measure_pipeline(
    session: Session, key: str, *, since: datetime, until: datetime, now: datetime
) -> PipelineConformance:
    """Over the leads received in the period. Raises NotFoundError, InvalidError."""
    await pipelines.get_pipeline(session, key)
    counts: dict[tuple[str, str, str | None], DeviationCount] = {}
    leads = conforming = 0
    after: Place | None = None
    more = True
    while more:
        page, after = await paths.list_paths(
            session, key, since=since, until=until, after=after, limit=_PAGE
        )
        leads += len(page)
        if leads > MOST_MEASURED_LEADS:
            raise InvalidError(
                f"More than {MOST_MEASURED_LEADS} leads: choose a shorter period.",
                errors=[("/from", "the period has too many leads")],
            )
        versions = await _versions(session, key, page)
        for path in page:
            items = deviations(path, versions, now=now)
            conforming += not items
            _count(counts, path.lead_id, items)
        more = after is not None
    ordered = sorted(counts.values(), key=lambda count: (-count.leads, count.kind, count.stage))
    return PipelineConformance(key, leads, conforming, ordered)


def _count(
    counts: dict[tuple[str, str, str | None], DeviationCount],
    lead_id: UUID,
    items: Iterable[Deviation],
) -> None:
    """Paths come the oldest first, so the newest leads push out the eldest."""
    times: dict[tuple[str, str, str | None], int] = {}
    for item in items:
        key = (item.kind, item.stage, item.fact)
        times[key] = times.get(key, 0) + 1
    for key, number in times.items():
        count = counts.setdefault(key, DeviationCount(*key))
        count.leads += 1
        count.times += number
        count.lead_ids = [lead_id, *count.lead_ids[: MOST_DRILLED_LEADS - 1]]


async def _versions(session: Session, key: str, page: Sequence[Path]) -> Mapping[int, Pipeline]:
    numbers = {step.pipeline_version for path in page for step in path.steps}
    return await pipelines.find_versions(session, key, numbers)
