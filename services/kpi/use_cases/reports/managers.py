"""The report on managers: how far the leads that they own got, and what they did."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.kpi.repository.reports import figures
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.counted import Sums, no_sums, sum_counters
from services.kpi.repository.reports.extent import take_view
from services.kpi.repository.reports.responses import Response, measure_responses
from services.kpi.repository.reports.sides import Counts, cohort_of
from services.kpi.repository.reports.story_counts import count_stories
from shared.database import Session

NOTHING: Final = Counts()
NO_RESPONSE: Final = Response()


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one manager; `won_amounts` by currency. `activity` of managers: what
    they did in the period, by what they owned then.
    """

    id: UUID
    label: str | None = None
    counts: Counts = NOTHING
    response: Response = NO_RESPONSE
    won_amounts: Mapping[str, Decimal] = field(default_factory=dict)
    activity: Sums | None = None


async def show_managers(session: Session, view: View, *, only: UUID | None) -> list[Summary]:
    """Every manager, also those without a lead; with `only` that one alone."""
    view = await take_view(session, view)
    names = await figures.list_manager_names(session)
    if only is not None:
        names = {only: names.get(only)}
    responses, _ = await measure_responses(session, view, "manager")
    if view.period.is_even:
        summaries = await _counted_summaries(session, view)
    else:
        summaries = await _told_summaries(session, view)
    activity = no_sums() if view.period.is_even else None
    ids = {*names, *(summaries if only is None else ())}
    return [
        replace(
            summaries.get(key, Summary(id=key, activity=activity)),
            label=names.get(key),
            response=responses.get(key, NO_RESPONSE),
        )
        for key in sorted(ids)
    ]


async def _counted_summaries(session: Session, view: View) -> dict[UUID, Summary]:
    sums_by_value = await sum_counters(session, view.period, "manager", view.known_on)
    return {
        UUID(value): Summary(
            id=UUID(value),
            counts=cohort_of(sums.counts),
            won_amounts=sums.amounts.get("cohort_amount", {}),
            activity=sums,
        )
        for value, sums in sums_by_value.items()
        if value
    }


async def _told_summaries(session: Session, view: View) -> dict[UUID, Summary]:
    counts = await count_stories(session, view, ["manager"])
    amounts = await figures.sum_amounts_won(session, view, "manager")
    return {
        key: Summary(id=key, counts=item, won_amounts=amounts.get(key, {}))
        for (key,), item in counts.items()
        if key is not None
    }
