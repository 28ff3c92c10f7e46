"""Load over days of UTC that is summed up once: reads it, and keeps none of what has changed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.load.days import PART, RECORD_BYTES, KeptParts, Plan
from services.kpi.domain.load.holdings import Change, Moment
from services.kpi.domain.load.levels import moment_of
from services.kpi.domain.load.sums import Sums
from services.kpi.domain.rollups.blocks import runs
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.rollups.blocks import day_at
from shared.database import Session
from shared.statements import columns

EVERYBODY: Final = UUID(int=0)  # all managers as one
SHORTEST_RUN: Final = 3  # days; fewer between others are read with these
NAMES: Final = (
    "peak", "leads", "units", "capacity", "over_capacity", "present", "on_shift",
    "present_on_shift", "came", "went",
)  # fmt: skip
SUMS: Final = ", ".join(f"max({name})" if name == "peak" else f"sum({name})" for name in NAMES)
# The same as they are read: what may be longer than eight bytes as text, which is read far faster
# than a number of any length.
_BIG: Final = frozenset({"leads", "units", "capacity"})
_READ_SUMS: Final = ", ".join(
    f"CAST({aggregate} AS {'text' if name in _BIG else 'bigint'})"
    for name, aggregate in zip(NAMES, SUMS.split(", "), strict=True)
)
_ONE_DAY: Final = timedelta(days=1)
_MOST_LATE: Final = 20_000  # that are looked at; where there are more nothing is told from days
_LIST_DAYS: Final = """
SELECT first_day FROM load_kept WHERE span = 1 AND first_day >= :first AND first_day < :end
"""
# Days of which something became known later than that day: from a late change on until what was
# held is the same again, and from what a manager was told to be until the next time.
_LIST_DAYS_KNOWN: Final = f"""
WITH late AS MATERIALIZED (
    SELECT manager_id, at, begun, ended, units FROM held_change
    WHERE known_on >= CAST(:known AS date) AND known_on > CAST(at AT TIME ZONE 'UTC' AS date)
        AND at < :ends_at AND manager_id = ANY(CAST(:manager_ids AS uuid[]))
    LIMIT {_MOST_LATE}
), change AS (
    SELECT manager_id, at, sum(begun - ended) AS leads, sum(units) AS units FROM late
    GROUP BY manager_id, at HAVING sum(begun) <> 0 OR sum(ended) <> 0 OR sum(units) <> 0
), unlike AS (
    SELECT at AS since, CASE WHEN sum(leads) OVER past = 0 AND sum(units) OVER past = 0 THEN at
        ELSE lead(at) OVER past END AS until
    FROM change WINDOW past AS (PARTITION BY manager_id ORDER BY at)
    UNION ALL
    SELECT changed_at, (SELECT min(next.changed_at) FROM manager_status AS next
        WHERE next.manager_id = told.manager_id AND next.changed_at > told.changed_at)
    FROM manager_status AS told
    WHERE known_at >= CAST(:known AS date) AND changed_at < :ends_at
        AND CAST(known_at AT TIME ZONE 'UTC' AS date) > CAST(changed_at AT TIME ZONE 'UTC' AS date)
        AND manager_id = ANY(CAST(:manager_ids AS uuid[]))
    UNION ALL
    SELECT changed_at, (SELECT min(next.changed_at) FROM manager AS next
        WHERE next.manager_id = told.manager_id AND next.changed_at > told.changed_at)
    FROM manager AS told
    WHERE known_at >= CAST(:known AS date) AND changed_at < :ends_at
        AND manager_id = ANY(CAST(:manager_ids AS uuid[]))
)
{_LIST_DAYS} AND (SELECT count(*) FROM late) < {_MOST_LATE}
    AND NOT first_day <@ coalesce((SELECT range_agg(daterange(
        CAST(since AT TIME ZONE 'UTC' AS date), CAST(until AT TIME ZONE 'UTC' AS date), '[]'))
        FROM unlike), CAST('{{}}' AS datemultirange))
"""
# Pages are of managers that follow one another, and rows of one day lie together.
_OF_PAGE: Final = "manager_id >= :lowest AND manager_id <= :highest"
_READ_WHOLE: Final = f"""
SELECT manager_id, w.step, {_READ_SUMS}
FROM unnest(CAST(:steps AS int[]), CAST(:spans AS smallint[]), CAST(:days AS date[]))
    AS w (step, span, first_day) JOIN load_sum USING (span, first_day)
WHERE {_OF_PAGE} GROUP BY manager_id, w.step
"""
_READ_MARKS: Final = f"""
SELECT manager_id, array_agg(place ORDER BY place),
    string_agg(substring(sums FROM m.first FOR {RECORD_BYTES}), '' ORDER BY place)
FROM unnest(CAST(:places AS int[]), CAST(:days AS date[]), CAST(:parts AS smallint[]),
    CAST(:firsts AS int[])) AS m (place, day, part, first) JOIN load_part USING (day, part)
WHERE {_OF_PAGE} GROUP BY manager_id
"""
_READ_PEAKS: Final = f"""
SELECT manager_id, array_agg(place ORDER BY place), string_agg(peaks, '' ORDER BY place)
FROM unnest(CAST(:places AS int[]), CAST(:days AS date[])) AS d (place, first_day)
    CROSS JOIN LATERAL (SELECT manager_id, peaks FROM load_sum
        WHERE span = 1 AND first_day = d.first_day AND {_OF_PAGE} OFFSET 0) AS of_day
GROUP BY manager_id
"""
_FORGET: Final = """
DELETE FROM load_kept USING unnest(CAST(:firsts AS date[]), CAST(:lasts AS date[]))
    AS changed (first, last)
WHERE first_day <= changed.last AND first_day + span > changed.first
"""
# Of a manager who was not known before also what was held before that is told.
_FORGET_OF_MANAGERS: Final = """
WITH told AS (
    SELECT manager_id, min(at) AS at
    FROM unnest(CAST(:managers AS uuid[]), CAST(:moments AS timestamptz[])) AS t (manager_id, at)
    GROUP BY manager_id
)
DELETE FROM load_kept WHERE first_day + span > (
    SELECT min(CAST(least(at, CASE WHEN NOT EXISTS (
        SELECT FROM manager WHERE manager.manager_id = told.manager_id
    ) THEN (SELECT min(at) FROM held_change WHERE held_change.manager_id = told.manager_id) END)
        AT TIME ZONE 'UTC' AS date)) FROM told)
"""


async def list_kept(
    session: Session, begin: int, end: int, manager_ids: Sequence[UUID], known_on: date | None
) -> list[tuple[date, date]]:
    """The runs of kept days that touch this time, in microseconds, and say of these managers what
    was known at the end of that day of UTC or is now: the first day of each, and the day after its
    last.
    """
    params: dict[str, Any] = {
        "first": moment_of(begin).date(),
        "end": moment_of(end).date() + _ONE_DAY,
    }
    if known_on is not None:
        params |= {
            "known": known_on + _ONE_DAY,
            "ends_at": moment_of(end),
            "manager_ids": list(manager_ids),
        }
    rows = await session.execute(_query(known_on), params)
    return runs(sorted(rows.scalars()), SHORTEST_RUN)


def _query(known_on: date | None) -> str:
    return _LIST_DAYS if known_on is None else _LIST_DAYS_KNOWN


async def read_parts(
    session: Session, plan: Plan, lowest: UUID, highest: UUID
) -> dict[UUID, KeptParts]:
    """What the plan needs of what is kept, of those from one id to another; without those who have
    nothing.
    """
    page = {"lowest": lowest, "highest": highest}
    whole: dict[UUID, dict[int, Sums]] = defaultdict(dict)
    records: dict[UUID, tuple[list[int], bytes]] = {}
    peaks: dict[UUID, tuple[list[int], bytes]] = {}
    if plan.blocks:
        blocks = columns("steps spans days", [(step, *block) for step, block in plan.blocks])
        for holder, step, *numbers in await session.execute(_READ_WHOLE, blocks | page):
            peak, leads, units, capacity, *rest = numbers
            whole[holder][step] = Sums(peak, int(leads), int(units), int(capacity), *rest)
    if plan.marks:
        for holder, *members in await session.execute(_READ_MARKS, _marks(plan) | page):
            records[holder] = (members[0], members[1])
        days = columns("places days", enumerate(plan.days))
        for holder, *members in await session.execute(_READ_PEAKS, days | page):
            peaks[holder] = (members[0], members[1])
    nothing: tuple[Sequence[int], bytes] = ((), b"")
    return {
        holder: KeptParts(
            whole.get(holder, {}), *records.get(holder, nothing), *peaks.get(holder, nothing)
        )
        for holder in {*whole, *records, *peaks}
    }


def _marks(plan: Plan) -> dict[str, Any]:
    """Bytes are counted from 1."""
    rows = []
    for place, (day, quarter) in enumerate(plan.marks):
        part, number = divmod(quarter - 1, PART)
        rows.append((place, day, part, 1 + number * RECORD_BYTES))
    return columns("places days parts firsts", rows)


async def forget_changed_load(
    session: Session, changes: Mapping[Moment, Change], until: date
) -> None:
    """Keep no day before `until` of which these changes tell something else."""
    begin = day_at(until)
    if any(moment.at < begin for moment in changes):
        await session.execute(_FORGET, columns("firsts lasts", _changed(changes)))


async def forget_load_of(session: Session, begins: Sequence[tuple[UUID, datetime]]) -> None:
    """Keep no day from these moments on: what managers are is about to be told of then. The caller
    holds the lock of the stories.
    """
    await session.execute(_FORGET_OF_MANAGERS, columns("managers moments", begins))


def _changed(changes: Mapping[Moment, Change]) -> list[tuple[date, date]]:
    """By manager the first and the last day of which anything is not as before."""
    sums: dict[UUID, dict[datetime, list[int]]] = defaultdict(dict)
    for (manager_id, at, _), (begun, ended, units) in changes.items():
        numbers = sums[manager_id].setdefault(at, [0, 0, 0])
        numbers[:] = numbers[0] + begun, numbers[1] + ended, numbers[2] + units
    spans = []
    for by_moment in sums.values():
        moments = {at: numbers for at, numbers in by_moment.items() if any(numbers)}
        if moments:
            begun, ended, units = map(sum, zip(*moments.values(), strict=True))
            last = max(moments).astimezone(UTC).date()
            first = min(moments).astimezone(UTC).date()
            spans.append((first, last if begun == ended and not units else FOR_EVER))
    return spans
