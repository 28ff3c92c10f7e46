"""Counts by several dimensions at once: from days that are kept as columns of bytes, and from
stories of what lies beside them or became known since.
"""

from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from services.kpi.domain.periods import period
from services.kpi.domain.rollups.lead_days import MEASURES as MEMBERS
from services.kpi.domain.rollups.lead_days import TooManyValuesError
from services.kpi.repository.cohort import MEASURES, View, groups, inquiries_of
from services.kpi.repository.counted import sum_counters
from services.kpi.repository.kept_days import Kept, find_kept, tally
from services.kpi.repository.rollups.blocks import day_at
from services.kpi.repository.rollups.counters import COMPANY
from services.kpi.repository.sides import Counts, Key
from services.kpi.repository.story_counts import count_stories
from shared.database import Session

_UTC: Final = ZoneInfo("UTC")
_MEMBERS_OF: Final = attrgetter(*MEMBERS)
Numbers = defaultdict[Key, list[int]]  # the members of Counts


async def count_days(session: Session, view: View, dimensions: Sequence[str]) -> dict[Key, Counts]:
    """Counts by group, at all times those of `count_stories`, and much faster over long periods."""
    days = await find_kept(session, view, dimensions)
    if not days.rows:
        return await count_stories(session, view, dimensions)
    numbers: Numbers = defaultdict(lambda: [0] * len(MEMBERS))
    try:
        numbers.update(await tally(session, view, days, dimensions))
    except TooManyValuesError:
        return await count_stories(session, view, dimensions)
    await _add_changes(session, view, dimensions, days, numbers)
    await _add_unplaced(session, view, dimensions, days, numbers)
    for part in days.views_beside(view):
        for key, item in (await count_stories(session, part, dimensions)).items():
            _add(numbers[key], _MEMBERS_OF(item))
    return {key: Counts(*each) for key, each in numbers.items() if any(each)}


async def _add_changes(
    session: Session, view: View, dimensions: Sequence[str], days: Kept, numbers: Numbers
) -> None:
    """Add what became known of the days since they were kept."""
    changes = days.changes(view)
    if changes is None:
        return
    keys = groups(changes, view.period, dimensions)
    times = func.sum(changes.c.sign)
    sums = [times.filter(changes.c.tells_inquiry)]
    sums += [times.filter(changes.c[name].is_not(None)) for name in MEASURES.values()]
    for row in await session.execute(select(*keys, *sums).group_by(*keys)):
        key, counts = tuple(row[: len(keys)]), row[len(keys) :]
        _add(numbers[key], [count or 0 for count in counts])


async def _add_unplaced(
    session: Session, view: View, dimensions: Sequence[str], days: Kept, numbers: Numbers
) -> None:
    """Add the inquiries that are in no lead: counters know whether there are any."""
    received = 0
    for first, end in days.runs:
        span = period(first, end, _UTC)
        sums = await sum_counters(session, span, COMPANY, view.known_on, ("received",))
        received += sum(item.counts["received"] for item in sums.values())
    if received == sum(counts[0] for counts in numbers.values()):
        return
    for first, end in days.runs:
        inquiries = inquiries_of(view._replace(span=(day_at(first), day_at(end))))
        keys = groups(inquiries, view.period, dimensions)
        query = select(*keys, func.count()).where(inquiries.c.lead_id.is_(None)).group_by(*keys)
        for *key, count in await session.execute(query):
            numbers[tuple(key)][0] += count


def _add(numbers: list[int], more: Sequence[int]) -> None:
    numbers[:] = map(sum, zip(numbers, more, strict=True))
