"""Reports: the funnel, response times.

A report reads all its figures from one view of the facts, so that they agree.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from services.kpi.domain.comparison import twins
from services.kpi.domain.largest import Key, select_groups
from services.kpi.domain.periods import STEPS
from services.kpi.domain.rollups.tally import measured, received
from services.kpi.repository.reports import figures
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.extent import take_view
from services.kpi.repository.reports.grouped import Grouped
from services.kpi.repository.reports.kept_days import MOST_DIMENSIONS
from services.kpi.repository.reports.lead_days import Naming, count_days
from services.kpi.repository.reports.responses import Response, group_responses
from services.kpi.repository.reports.sides import (
    Activity,
    Counts,
    count_activity,
    count_cohort_and_activity,
    is_counted,
)
from services.kpi.repository.reports.summed import EXACT_LEADS, has_many_leads
from shared.database import Session
from shared.errors import InvalidError

NOTHING = Counts()
Group = dict[str, Any]
Named = tuple[Group, Group]  # a group and its labels
T = TypeVar("T", Counts, Activity)
F = TypeVar("F")


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


class ReportWish(NamedTuple):
    """What a report is of: a period and what was known of it, the period before if it stands beside
    one, by which dimensions, and at most how many groups are shown.
    """

    view: View
    before: View | None
    dimensions: Sequence[str]
    most: int | None = None


class Sides(NamedTuple):
    """`activity` is known where one dimension is asked for."""

    counts: Counts
    activity: Activity | None = None


async def show_funnel(session: Session, wish: ReportWish) -> list[Funnel]:
    """Counts of the groups that are shown and the totals of all, beside what happened in the period
    where one dimension is asked for; then the same of the period before. Raises InvalidError.
    """
    return [
        Funnel(
            [CountsRow(*named, *sides) for named, sides in page.rows],
            page.total.counts,
            page.more,
            page.total.activity,
        )
        for page in await _pages(session, wish, _sides, MOST_DIMENSIONS)
    ]


async def show_response_times(session: Session, wish: ReportWish) -> list[ResponseTimes]:
    """First response of the groups that are shown, and over all; then the same of the period
    before. Raises InvalidError.
    """
    return [
        ResponseTimes(
            [ResponseRow(*named, response) for named, response in page.rows],
            page.total,
            page.more,
        )
        for page in await _pages(session, wish, group_responses, MOST_DIMENSIONS - 1)
    ]


class _Page(NamedTuple, Generic[F]):
    """The groups that are shown, each with its labels and figures."""

    rows: Sequence[tuple[Named, F]]
    total: F
    more: int


async def _pages(
    session: Session,
    wish: ReportWish,
    read: Callable[[Session, View, Sequence[str]], Awaitable[Grouped[F]]],
    most_dimensions: int,
) -> list[_Page[F]]:
    """The report on the period, and on the one before if it is asked for."""
    views = [wish.view] if wish.before is None else [wish.view, wish.before]
    grouped: list[Grouped[F]] = []
    for whole in views:
        view = await take_view(session, whole)
        await _require_quick(session, view, wish.dimensions, most_dimensions)
        grouped.append(await read(session, view, wish.dimensions))
    now, *others = grouped
    before = [*others[0].sizes] if others else []
    choice = select_groups(now.sizes, before, wish.most, _twin(wish))
    pages = []
    for each, keys in zip(grouped, (choice.keys, choice.before), strict=False):
        named = await _named(session, wish.dimensions, keys)
        rows = [(name, each.of(key)) for name, key in zip(named, keys, strict=True)]
        pages.append(_Page(rows, each.total, choice.more))
    return pages


async def _require_quick(
    session: Session, view: View, dimensions: Sequence[str], most: int
) -> None:
    """More dimensions than are counted from days are told from stories, one by one."""
    if len(dimensions) > most and await has_many_leads(session, view):
        raise _refused(
            f"has at most {most} dimensions where leads have more than {EXACT_LEADS} versions"
        )


def _refused(detail: str) -> InvalidError:
    return InvalidError("The report would take too long.", errors=[("/group_by", detail)])


def _twin(wish: ReportWish) -> Callable[[Key], Key | None] | None:
    """For groups of time: which group of the period before stands beside one."""
    place = next((at for at, name in enumerate(wish.dimensions) if name in STEPS), None)
    if wish.before is None or place is None:
        return None
    days = twins(wish.view.period, wish.before.period, wish.dimensions[place])

    def twin(key: Key) -> Key | None:
        day = days.get(key[place])
        return None if day is None else (*key[:place], day, *key[place + 1 :])

    return twin


async def _sides(session: Session, view: View, dimensions: Sequence[str]) -> Grouped[Sides]:
    if not is_counted(view, dimensions):
        numbers = await count_days(session, view, dimensions)
        return Grouped(
            {key: received(counts) for key, counts in numbers.items()},
            lambda key: Sides(Counts(*measured(numbers[key]))),
            Sides(Counts(*measured(sum(numbers.values())))),
        )
    (dimension,) = dimensions
    naming = Naming(view.period, dimensions)
    counted = await count_cohort_and_activity(session, view, dimension)
    sides = {naming.key(key): Sides(both.cohort, both.activity) for key, both in counted.items()}
    # What several managers did with one lead is one thing for the company.
    activity = (
        await count_activity(session, view)
        if dimension == "manager"
        else add_up(Activity, (both.activity for both in counted.values()))
    )
    return Grouped(
        {key: each.counts.received for key, each in sides.items()},
        sides.__getitem__,
        Sides(add_up(Counts, (both.cohort for both in counted.values())), activity),
    )


async def _named(session: Session, dimensions: Sequence[str], keys: Sequence[Key]) -> list[Named]:
    """The group and its labels for each key."""
    places = [place for place, name in enumerate(dimensions) if name in {"source", "manager"}]
    ids = {
        value: UUID(value) for place in places for value in {key[place] for key in keys} if value
    }
    names: dict[str, Mapping[UUID, str | None]] = {}
    if "manager" in dimensions:
        names["manager"] = await figures.list_manager_names(session)
    if "source" in dimensions:
        place = dimensions.index("source")
        source_ids = sorted({ids[key[place]] for key in keys if key[place]})
        names["source"] = await figures.find_source_keys(session, source_ids)
    named = []
    for key in keys:
        group: Group = dict(zip(dimensions, key, strict=True))
        labels: Group = {}
        for place in places:
            if (value := ids.get(key[place])) is not None:
                name = dimensions[place]
                group[name], labels[name] = value, names[name].get(value)
        named.append((group, labels))
    return named


def add_up(kind: type[T], items: Iterable[T]) -> T:
    """The sums of all members of these counts."""
    members_of = attrgetter(*(field.name for field in fields(kind)))
    return kind(*map(sum, zip(*map(members_of, items), strict=True)))
