"""Counts by several dimensions at once: from days that are kept as columns of bytes, and from
stories of what lies beside them or became known since.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import and_, func, select

from services.kpi.domain.periods import STEPS, Period
from services.kpi.domain.rollups.tally import Groups, Key, packed
from services.kpi.repository.reports.cohort import MEASURES, View, groups, inquiries_of
from services.kpi.repository.reports.day_blocks import count_groups
from services.kpi.repository.reports.kept_days import Kept, find_kept
from services.kpi.repository.reports.unkept import rest_of
from services.kpi.repository.reports.unplaced import find_unplaced
from shared.database import Session

T = TypeVar("T")

_ONE_INQUIRY: Final = packed([1, 0, 0, 0, 0, 0])


class Naming:
    """Keys as days and their blocks have them: ids as text, steps of time by their first days."""

    def __init__(self, span: Period, dimensions: Sequence[str]) -> None:
        self._tellers = [_teller(span, name) for name in dimensions]

    def key(self, values: Sequence[Any]) -> Key:
        return tuple([tell(value) for tell, value in zip(self._tellers, values, strict=True)])


def _teller(span: Period, dimension: str) -> Callable[[Any], Any]:
    if dimension in STEPS:
        days = span.steps(dimension).days
        return lambda number: days[number - 1]
    return _text if dimension in {"source", "manager"} else _same


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _same(value: T) -> T:
    return value


async def count_days(session: Session, view: View, dimensions: Sequence[str]) -> Groups:
    """Counts by group, at all times those of `count_stories`, and much faster over long periods;
    keys are as `Naming` has them.
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
    """Add the inquiries that are in no lead."""
    quarters = await find_unplaced(session, view.period, view.known_on)
    if not quarters:
        return
    naming = Naming(view.period, dimensions)
    inquiries = inquiries_of(view._replace(quarters=quarters))
    keys = groups(inquiries, view.period, dimensions)
    is_unplaced, at = inquiries.c.lead_id.is_(None), inquiries.c.received_at
    is_inside = and_(at >= view.begins_at, at < view.ends_at)
    query = select(*keys, func.count()).where(is_unplaced, is_inside)
    for *values, count in await session.execute(query.group_by(*keys)):
        _add(numbers, naming.key(values), count * _ONE_INQUIRY)


def _add(numbers: Groups, key: Key, counts: int) -> None:
    numbers[key] = numbers.get(key, 0) + counts
