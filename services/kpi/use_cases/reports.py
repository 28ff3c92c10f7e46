"""Reports: the funnel and its drill-down, response times, managers, sources.

A report reads all its figures from one view of the facts, so that they agree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.kpi.domain.periods import Period
from services.kpi.repository import figures
from services.kpi.repository.cohort import FunnelFilter
from services.kpi.repository.figures import Counts, DrillDownItem, Response
from shared.database import Session

NOTHING = Counts()
NO_RESPONSE = Response(0, None, None)
Group = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CountsRow:
    """`group` holds a value per dimension, `labels` its name to display."""

    group: Group
    labels: Group
    counts: Counts


@dataclass(frozen=True, slots=True)
class ResponseRow:
    group: Group
    labels: Group
    response: Response


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one manager or source; `won_amounts` by currency."""

    id: UUID
    label: str | None
    counts: Counts
    response: Response
    won_amounts: Mapping[str, Decimal] = field(default_factory=dict)


async def show_funnel(
    session: Session, period: Period, dimensions: Sequence[str]
) -> tuple[list[CountsRow], Counts]:
    """Counts by group, and their totals."""
    await figures.take_snapshot(session)
    counts_by_key = await figures.count_funnel(session, period, dimensions)
    groups = await _groups(session, period, dimensions, counts_by_key)
    rows = [
        CountsRow(*groups[key], counts_by_key[key]) for key in sorted(counts_by_key, key=_order)
    ]
    return rows, figures.together(counts_by_key.values())


async def drill_down(
    session: Session,
    period: Period,
    measure: str,
    criteria: FunnelFilter,
    *,
    after: UUID | None,
    limit: int,
) -> list[DrillDownItem]:
    """The leads that a number of the funnel counts; for `received`, the inquiries."""
    await figures.take_snapshot(session)
    if measure == "received":
        return await figures.drill_down_to_inquiries(
            session, period, criteria, after=after, limit=limit
        )
    return await figures.drill_down_to_leads(
        session, period, measure, criteria, after=after, limit=limit
    )


async def show_response_times(
    session: Session, period: Period, dimensions: Sequence[str]
) -> tuple[list[ResponseRow], Response]:
    """First response by group, and over all."""
    await figures.take_snapshot(session)
    responses_by_key, total = await figures.measure_responses(session, period, dimensions)
    groups = await _groups(session, period, dimensions, responses_by_key)
    rows = [
        ResponseRow(*groups[key], responses_by_key[key])
        for key in sorted(responses_by_key, key=_order)
    ]
    return rows, total


async def show_managers(session: Session, period: Period, *, only: UUID | None) -> list[Summary]:
    """Every manager, also those without a lead; with `only` that one alone."""
    await figures.take_snapshot(session)
    names = await figures.list_manager_names(session)
    if only is not None:
        names = {only: names.get(only)}
        return await _summaries(session, period, "manager", names, others=False)
    return await _summaries(session, period, "manager", names, others=True)


async def show_sources(session: Session, period: Period) -> list[Summary]:
    """Every source that had an inquiry or a lead in the period."""
    await figures.take_snapshot(session)
    return await _summaries(session, period, "source", {}, others=True)


async def _summaries(
    session: Session,
    period: Period,
    dimension: str,
    labels: Mapping[UUID, str | None],
    *,
    others: bool,
) -> list[Summary]:
    counts = await figures.count_funnel(session, period, [dimension])
    responses, _ = await figures.measure_responses(session, period, [dimension])
    amounts = await figures.sum_amounts_won(session, period, dimension)
    ids = {key for (key,) in counts if key is not None} if others else set()
    if dimension == "source":
        labels = await figures.find_source_keys(session, sorted(ids))
    return [
        Summary(
            id=key,
            label=labels.get(key),
            counts=counts.get((key,), NOTHING),
            response=responses.get((key,), NO_RESPONSE),
            won_amounts=amounts.get(key, {}),
        )
        for key in sorted(ids | set(labels))
    ]


async def _groups(
    session: Session,
    period: Period,
    dimensions: Sequence[str],
    keys: Iterable[figures.Key],
) -> dict[figures.Key, tuple[Group, Group]]:
    """The group and its labels for each key."""
    names: dict[str, Mapping[UUID, str | None]] = {}
    if "manager" in dimensions:
        names["manager"] = await figures.list_manager_names(session)
    if "source" in dimensions:
        place = dimensions.index("source")
        source_ids = sorted({key[place] for key in keys if key[place] is not None})
        names["source"] = await figures.find_source_keys(session, source_ids)
    groups = {}
    for key in keys:
        group = {
            name: period.day(value) if name == "day" else value
            for name, value in zip(dimensions, key, strict=True)
        }
        labels = {
            name: names[name].get(value)
            for name, value in zip(dimensions, key, strict=True)
            if name in names and value is not None
        }
        groups[key] = (group, labels)
    return groups


def _order(key: figures.Key) -> list[tuple[bool, Any]]:
    return [(value is None, value) for value in key]
