"""Counts by several dimensions at once: from days that are kept as columns of bytes, and from
stories of what lies beside them or became known since.
"""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from services.kpi.domain.periods import STEPS, Period, period
from services.kpi.domain.rollups.lead_days import MEASURES as MEMBERS
from services.kpi.domain.rollups.tally import Groups, Key, packed, received
from services.kpi.repository.cohort import MEASURES, View, groups, inquiries_of
from services.kpi.repository.counted import sum_counters
from services.kpi.repository.day_blocks import count_groups
from services.kpi.repository.kept_days import Kept, find_kept
from services.kpi.repository.rollups.blocks import day_at
from services.kpi.repository.rollups.counters import COMPANY
from services.kpi.repository.sides import Counts
from services.kpi.repository.story_counts import count_stories
from shared.database import Session

_UTC: Final = ZoneInfo("UTC")
_MEMBERS_OF: Final = attrgetter(*MEMBERS)
_ONE_INQUIRY: Final = packed([1, 0, 0, 0, 0, 0])


class Naming:
    """Keys as days and their blocks have them: ids as text, steps of time by their first days."""

    def __init__(self, span: Period, dimensions: Sequence[str]) -> None:
        self._place = next((at for at, name in enumerate(dimensions) if name in STEPS), None)
        self._firsts = () if self._place is None else span.steps(dimensions[self._place]).days

    def key(self, values: Sequence[Any]) -> Key:
        return tuple(
            self._firsts[value - 1]
            if place == self._place
            else str(value)
            if isinstance(value, UUID)
            else value
            for place, value in enumerate(values)
        )


async def count_days(session: Session, view: View, dimensions: Sequence[str]) -> Groups:
    """Counts by group, at all times those of `count_stories`, and much faster over long periods;
    keys are as `Naming` has them. Raises TooManyValuesError.
    """
    naming = Naming(view.period, dimensions)
    days = await find_kept(session, view, dimensions)
    numbers = await count_groups(session, view.period, days, dimensions)
    await _add_changes(session, view, dimensions, days, numbers)
    await _add_unplaced(session, view, dimensions, days, numbers)
    for part in days.views_beside(view):
        stories = _packed(await count_stories(session, part, dimensions), naming)
        for key, counts in stories.items():
            _add(numbers, key, counts)
    return {key: counts for key, counts in numbers.items() if counts}


def _packed(counts: Mapping[tuple[Any, ...], Counts], naming: Naming) -> Groups:
    of_all = {naming.key(key): packed(_MEMBERS_OF(each)) for key, each in counts.items()}
    return {key: each for key, each in of_all.items() if each}


async def _add_changes(
    session: Session, view: View, dimensions: Sequence[str], days: Kept, numbers: Groups
) -> None:
    """Add what became known of the days since they were kept."""
    changes = days.changes(view)
    if changes is None:
        return
    naming = Naming(view.period, dimensions)
    keys = groups(changes, view.period, dimensions)
    times = func.sum(changes.c.sign)
    sums = [times.filter(changes.c.tells_inquiry)]
    sums += [times.filter(changes.c[name].is_not(None)) for name in MEASURES.values()]
    for row in await session.execute(select(*keys, *sums).group_by(*keys)):
        key, counts = naming.key(row[: len(keys)]), row[len(keys) :]
        _add(numbers, key, packed([count or 0 for count in counts]))


async def _add_unplaced(
    session: Session, view: View, dimensions: Sequence[str], days: Kept, numbers: Groups
) -> None:
    """Add the inquiries that are in no lead: counters know whether there are any."""
    every = 0
    for first, end in days.runs:
        span = period(first, end, _UTC)
        sums = await sum_counters(session, span, COMPANY, view.known_on, ("received",))
        every += sum(item.counts["received"] for item in sums.values())
    if every == received(sum(numbers.values())):
        return
    naming = Naming(view.period, dimensions)
    for first, end in days.runs:
        inquiries = inquiries_of(view._replace(span=(day_at(first), day_at(end))))
        keys = groups(inquiries, view.period, dimensions)
        query = select(*keys, func.count()).where(inquiries.c.lead_id.is_(None)).group_by(*keys)
        for *values, count in await session.execute(query):
            _add(numbers, naming.key(values), count * _ONE_INQUIRY)


def _add(numbers: Groups, key: Key, counts: int) -> None:
    numbers[key] = numbers.get(key, 0) + counts
