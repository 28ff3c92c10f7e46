"""Reports: the funnel, response times.

A report reads all its figures from one view of the facts, so that they agree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from services.kpi.domain.largest import largest
from services.kpi.domain.periods import STEPS
from services.kpi.repository import figures
from services.kpi.repository.cohort import View
from services.kpi.repository.responses import Response, measure_responses
from services.kpi.repository.sides import (
    Activity,
    Counts,
    Key,
    count_activity,
    count_cohort_and_activity,
    is_counted,
)
from shared.database import Session

NOTHING = Counts()
Group = dict[str, Any]
T = TypeVar("T", Counts, Activity)


@dataclass(frozen=True, slots=True)
class CountsRow:
    """`group` holds a value per dimension, `labels` its name to display. `activity` is known where
    one dimension is asked for.
    """

    group: Group
    labels: Group
    counts: Counts
    activity: Activity | None = None


@dataclass(frozen=True, slots=True)
class Funnel:
    """`more` groups were left out, those with the fewest inquiries; totals are of all."""

    rows: Sequence[CountsRow]
    totals: Counts
    more: int = 0
    activity: Activity | None = None


@dataclass(frozen=True, slots=True)
class ResponseRow:
    group: Group
    labels: Group
    response: Response


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """`more` groups were left out, those with the fewest leads; totals are of all."""

    rows: Sequence[ResponseRow]
    totals: Response
    more: int = 0


async def show_funnel(
    session: Session, view: View, dimensions: Sequence[str], most: int | None = None
) -> Funnel:
    """Counts of at most so many groups and the totals of all, beside what happened in the period,
    where one dimension is asked for.
    """
    await figures.take_snapshot(session)
    activities: dict[Key, Activity] = {}
    activity: Activity | None = None
    if is_counted(view, dimensions):
        sides = await count_cohort_and_activity(session, view, dimensions[0])
        counts_by_key = {key: both.cohort for key, both in sides.items()}
        activities = {key: both.activity for key, both in sides.items()}
        # What several managers did with one lead is one thing for the company.
        by_manager = list(dimensions) == ["manager"]
        activity = (
            await count_activity(session, view)
            if by_manager
            else add_up(Activity, activities.values())
        )
    else:
        counts_by_key = await figures.count_funnel(session, view, dimensions)
    sizes = {key: counts.received for key, counts in counts_by_key.items()}
    keys = largest(sizes, most)
    groups = await _groups(session, view, dimensions, keys)
    rows = [CountsRow(*groups[key], counts_by_key[key], activities.get(key)) for key in keys]
    totals = add_up(Counts, counts_by_key.values())
    return Funnel(rows, totals, len(sizes) - len(keys), activity)


async def show_response_times(
    session: Session, view: View, dimensions: Sequence[str], most: int | None = None
) -> ResponseTimes:
    """First response of at most so many groups, and over all."""
    await figures.take_snapshot(session)
    responses_by_key, totals = await measure_responses(session, view, dimensions)
    sizes = {key: response.count for key, response in responses_by_key.items()}
    keys = largest(sizes, most)
    groups = await _groups(session, view, dimensions, keys)
    rows = [ResponseRow(*groups[key], responses_by_key[key]) for key in keys]
    return ResponseTimes(rows, totals, len(sizes) - len(keys))


async def _groups(
    session: Session,
    view: View,
    dimensions: Sequence[str],
    keys: Iterable[Key],
) -> dict[Key, tuple[Group, Group]]:
    """The group and its labels for each key."""
    names: dict[str, Mapping[UUID, str | None]] = {}
    if "manager" in dimensions:
        names["manager"] = await figures.list_manager_names(session)
    if "source" in dimensions:
        place = dimensions.index("source")
        source_ids = sorted({key[place] for key in keys if key[place] is not None})
        names["source"] = await figures.find_source_keys(session, source_ids)
    days = {name: view.period.steps(name).days for name in STEPS if name in dimensions}
    groups = {}
    for key in keys:
        group = {
            name: days[name][value - 1] if name in days else value
            for name, value in zip(dimensions, key, strict=True)
        }
        labels = {
            name: names[name].get(value)
            for name, value in zip(dimensions, key, strict=True)
            if name in names and value is not None
        }
        groups[key] = (group, labels)
    return groups


def add_up(kind: type[T], items: Iterable[T]) -> T:
    """The sums of all members of these counts."""
    members_of = attrgetter(*(field.name for field in fields(kind)))
    return kind(*map(sum, zip(*map(members_of, items), strict=True)))
