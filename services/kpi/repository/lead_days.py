"""Counts by several dimensions at once: from days that are kept as columns of bytes, and from
stories of what lies beside them or became known since.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from services.kpi.domain.periods import STEPS, Period
from services.kpi.domain.rollups.tally import Groups, Key, packed, received
from services.kpi.repository.cohort import MEASURES, View, groups, unplaced_of
from services.kpi.repository.counted import find_unplaced, sum_counters
from services.kpi.repository.day_blocks import count_groups
from services.kpi.repository.kept_days import Kept, find_kept
from services.kpi.repository.rollups.blocks import day_at
from services.kpi.repository.rollups.counters import COMPANY
from services.kpi.repository.unkept import rest_of
from shared.database import Session

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
    days = await find_kept(session, view, dimensions)
    numbers = await count_groups(session, view.period, days, dimensions)
    await _add_rest(session, view, dimensions, days, numbers)
    await _add_unplaced(session, view, dimensions, numbers)
    return {key: counts for key, counts in numbers.items() if counts}


async def _add_rest(
    session: Session, view: View, dimensions: Sequence[str], days: Kept, numbers: Groups
) -> None:
    """Add what the days that are kept do not tell."""
    rest = rest_of(view, days)
    if rest is None:
        return
    naming = Naming(view.period, dimensions)
    keys = groups(rest, view.period, dimensions)
    times = func.sum(rest.c.sign)
    sums = [times.filter(rest.c.tells_inquiry)]
    sums += [times.filter(rest.c[name].is_not(None)) for name in MEASURES.values()]
    for row in await session.execute(select(*keys, *sums).group_by(*keys)):
        key, counts = naming.key(row[: len(keys)]), row[len(keys) :]
        _add(numbers, key, packed([count or 0 for count in counts]))


async def _add_unplaced(
    session: Session, view: View, dimensions: Sequence[str], numbers: Groups
) -> None:
    """Add the inquiries that are in no lead: counters know whether there are any, and on which
    days.
    """
    period = view.period
    if period.is_even:
        company = await sum_counters(session, period, COMPANY, view.known_on, ("received",))
        every = sum(item.counts["received"] for item in company.values())
        if every == received(sum(numbers.values())):
            return
    naming = Naming(period, dimensions)
    for first, end in await find_unplaced(session, period, view.known_on):
        span = (max(day_at(first), period.begins_at), min(day_at(end), period.ends_at))
        inquiries = unplaced_of(view._replace(span=span))
        keys = groups(inquiries, period, dimensions)
        query = select(*keys, func.count()).group_by(*keys)
        for *values, count in await session.execute(query):
            _add(numbers, naming.key(values), count * _ONE_INQUIRY)


def _add(numbers: Groups, key: Key, counts: int) -> None:
    numbers[key] = numbers.get(key, 0) + counts
