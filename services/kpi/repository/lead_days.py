"""Counts by several dimensions at once: from days that are kept as columns of bytes, and from
stories of what lies beside them or became known since.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Boolean, Integer, column, func, select, text

from services.kpi.domain.periods import STEPS, period
from services.kpi.domain.rollups.blocks import runs
from services.kpi.domain.rollups.lead_days import (
    Column,
    Tally,
    TooManyValuesError,
    Value,
    measured,
    steps_of,
)
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.cohort import (
    COLUMN_OF,
    MEASURES,
    View,
    groups,
    inquiries_of,
)
from services.kpi.repository.counted import sum_counters
from services.kpi.repository.rollups.blocks import day_at, whole_days
from services.kpi.repository.rollups.counters import COMPANY, get_rolled_until
from services.kpi.repository.rollups.lead_days import APART_AT, APART_DAY, DAY
from services.kpi.repository.sides import Counts, Key
from services.kpi.repository.story_counts import count_stories
from services.kpi.tables.stories import lead_story
from shared.database import Row, Session
from shared.runtime.pace import Pace

MOST_DIMENSIONS: Final = 3  # for which there is room in a key
SHORTEST_RUN: Final = 4  # days; fewer are read from stories, with what lies around them
_LAST: Final = FOR_EVER - timedelta(days=1)
_UTC: Final = ZoneInfo("UTC")
_MOMENTS: Final = tuple(MEASURES.values())
_OWN: Final = "source_id, channel, campaign, region, product"
_CHANGES: Final = f"""
WITH change AS (
    SELECT 1 AS sign, * FROM lead_story WHERE known_on >= :since AND known_on < :until
    UNION ALL
    SELECT -1, * FROM lead_story WHERE known_until >= :since AND known_until < :until
        AND known_until < DATE 'infinity'
)
SELECT sign, received_at, {_OWN}, pipeline, owner_id, {", ".join(_MOMENTS)},
    jsonb_array_length(arrivals) > coalesce(jsonb_array_length(apart), 0) AS tells_inquiry
FROM change WHERE NOT is_test AND {DAY.format("received_at")} = ANY(CAST(:days AS date[]))
UNION ALL
SELECT sign, {APART_AT}, CAST(item ->> 1 AS uuid), item ->> 2, item ->> 3, item ->> 4, item ->> 5,
    pipeline, owner_id, {", ".join(f"CAST(NULL AS timestamptz) AS {name}" for name in _MOMENTS)},
    true
FROM change CROSS JOIN LATERAL jsonb_array_elements(apart) AS item
WHERE {APART_DAY} = ANY(CAST(:days AS date[]))
"""


class _Kept(NamedTuple):
    """Rows of days that are used, and the runs that they form: first day, day after the last."""

    rows: Sequence[Row]
    runs: Sequence[tuple[date, date]]

    def spans_beside(self, view: View) -> list[tuple[datetime, datetime]]:
        """What of the view is in none of the runs."""
        bounds = [day_at(day) for run in self.runs for day in run]
        moments = [view.begins_at, *bounds, view.ends_at]
        pairs = zip(moments[::2], moments[1::2], strict=True)
        return [(begin, end) for begin, end in pairs if begin < end]


async def count_days(session: Session, view: View, dimensions: Sequence[str]) -> dict[Key, Counts]:
    """Counts by group, at all times those of `count_stories`, and much faster over long periods."""
    rolled_until = await get_rolled_until(session)
    kept = await _kept_days(session, view, dimensions)
    if not kept.rows:
        return await count_stories(session, view, dimensions)
    try:
        numbers = await _tallied(view, kept, dimensions)
    except TooManyValuesError:
        return await count_stories(session, view, dimensions)
    days = [row.day for row in kept.rows]
    if view.known_on is None or view.known_on >= rolled_until:
        await _add_changes(session, view, dimensions, days, rolled_until, numbers)
    await _add_unplaced(session, view, dimensions, kept, numbers)
    for span in kept.spans_beside(view):
        counts = await count_stories(session, view._replace(span=span), dimensions)
        for key, item in counts.items():
            _add(numbers[key], astuple(item))
    counts_by_key = {key: Counts(*each) for key, each in numbers.items()}
    return {key: item for key, item in counts_by_key.items() if item != Counts()}


async def _kept_days(session: Session, view: View, dimensions: Sequence[str]) -> _Kept:
    first_day, end_day = whole_days(view.period)
    if len(dimensions) > MOST_DIMENSIONS or not view.period.is_even or first_day >= end_day:
        return _Kept((), ())
    axes = [name for name in dimensions if name not in STEPS]
    columns = "".join(f", {axis}_places, {axis}_values" for axis in axes)
    rows = await session.execute(
        f"SELECT day, received, marks, quarters{columns} FROM lead_day"
        " WHERE day >= :first AND day < :end AND changed_on <= :known_on ORDER BY day",
        {"first": first_day, "end": end_day, "known_on": min(view.known_on or _LAST, _LAST)},
    )
    spans = runs([row.day for row in rows], SHORTEST_RUN)
    in_runs = {row.day for row in rows if any(first <= row.day < end for first, end in spans)}
    return _Kept([row for row in rows if row.day in in_runs], spans)


async def _tallied(
    view: View, kept: _Kept, dimensions: Sequence[str]
) -> defaultdict[Key, list[int]]:
    tally, pace = Tally(len(dimensions)), Pace()
    step = next((name for name in dimensions if name in STEPS), None)
    bounds = view.period.steps(step).bounds if step else ()
    for row in kept.rows:
        columns = [
            Column(row.quarters, steps_of(row.day, bounds))
            if name == step
            else Column(row[f"{name}_places"], row[f"{name}_values"])
            for name in dimensions
        ]
        tally.add(row.marks, columns)
        await pace.breathe()
    numbers: defaultdict[Key, list[int]] = defaultdict(lambda: [0] * len(Counts.__slots__))
    ids: dict[Value, UUID] = {}
    places = [place for place, name in enumerate(dimensions) if name in {"source", "manager"}]
    for values, counts in tally.groups().items():
        key = list(values)
        for place in places:
            if (value := key[place]) is not None:
                key[place] = ids[value] if value in ids else ids.setdefault(value, UUID(str(value)))
        numbers[tuple(key)] = measured(counts)
    return numbers


async def _add_changes(
    session: Session,
    view: View,
    dimensions: Sequence[str],
    days: Sequence[date],
    since: date,
    numbers: defaultdict[Key, list[int]],
) -> None:
    """Add what became known of the days since they were kept."""
    known = {"since": since, "until": min(view.known_on or _LAST, _LAST) + timedelta(days=1)}
    stories = [lead_story.c[name] for name in ("received_at", *COLUMN_OF.values(), *_MOMENTS)]
    query = text(_CHANGES).bindparams(days=list(days), **known)
    typed = (column("sign", Integer), *stories, column("tells_inquiry", Boolean))
    changes = query.columns(*typed).subquery("changes")
    keys = groups(changes, view.period, dimensions)
    times = func.sum(changes.c.sign)
    sums = [times.filter(changes.c.tells_inquiry)]
    sums += [times.filter(changes.c[name].is_not(None)) for name in _MOMENTS]
    for row in await session.execute(select(*keys, *sums).group_by(*keys)):
        key, counts = tuple(row[: len(keys)]), row[len(keys) :]
        _add(numbers[key], [count or 0 for count in counts])


async def _add_unplaced(
    session: Session,
    view: View,
    dimensions: Sequence[str],
    kept: _Kept,
    numbers: defaultdict[Key, list[int]],
) -> None:
    """Add the inquiries that are in no lead: counters know whether there are any."""
    received = 0
    for first, end in kept.runs:
        sums = await sum_counters(
            session, period(first, end, _UTC), COMPANY, view.known_on, ("received",)
        )
        received += sum(item.counts["received"] for item in sums.values())
    if received == sum(each[0] for each in numbers.values()):
        return
    for first, end in kept.runs:
        inquiries = inquiries_of(view._replace(span=(day_at(first), day_at(end))))
        keys = groups(inquiries, view.period, dimensions)
        query = select(*keys, func.count()).where(inquiries.c.lead_id.is_(None)).group_by(*keys)
        for *key, count in await session.execute(query):
            numbers[tuple(key)][0] += count


def _add(numbers: list[int], more: Sequence[int]) -> None:
    numbers[:] = map(sum, zip(numbers, more, strict=True))
