"""Counters of values of an axis by the steps of a period: many values at the cost of few."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from services.kpi.domain.rollups.blocks import blocks
from services.kpi.repository.rollups.blocks import day_at, next_day
from shared.database import Row, Session
from shared.statements import columns

_COLUMNS: Final = "value, currency, leads, won, amount"
_OF: Final = "axis = :axis AND value = ANY(CAST(:keys AS text[]))"
# Whole days of UTC in a step are read by blocks that were summed before, and what has become known
# since by days; what the step has beyond whole days by quarters of an hour.
_SUM: Final = f"""
WITH since AS MATERIALIZED (
    SELECT coalesce(max(until), CAST('-infinity' AS date)) AS known_on FROM rolled)
SELECT step, value, currency, sum(leads) AS leads, sum(won) AS won, sum(amount) AS amount FROM (
    SELECT b.step, s.* FROM unnest(CAST(:block_steps AS integer[]), CAST(:spans AS smallint[]),
        CAST(:firsts AS date[])) AS b (step, span, first_day), LATERAL (
        SELECT {_COLUMNS} FROM counter_sum
        WHERE {_OF} AND span = b.span AND first_day = b.first_day OFFSET 0) AS s
    UNION ALL
    SELECT b.step, s.* FROM unnest(CAST(:day_steps AS integer[]), CAST(:days AS date[]))
        AS b (step, day), LATERAL (
        SELECT {_COLUMNS} FROM day_counter
        WHERE {_OF} AND day = b.day AND known_on >= (SELECT known_on FROM since) OFFSET 0) AS s
    UNION ALL
    SELECT width_bucket(s.bucket, CAST(:bounds AS timestamptz[])), {_COLUMNS}
    FROM unnest(CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[]))
        AS b (begins_at, ends_at), LATERAL (
        SELECT bucket, {_COLUMNS} FROM counter
        WHERE {_OF} AND bucket >= b.begins_at AND bucket < b.ends_at OFFSET 0) AS s
) AS part
GROUP BY step, value, currency
"""


async def sum_values(
    session: Session, bounds: Sequence[datetime], axis: str, keys: Sequence[str]
) -> list[Row]:
    """What was counted of each value by step, numbered from 1, and currency, empty for none."""
    blocks_of: list[tuple[int, int, date]] = []
    days: list[tuple[int, date]] = []
    ranges: list[tuple[datetime, datetime]] = []
    for step, (begin, end) in enumerate(pairwise(bounds), start=1):
        first_day = next_day(begin)
        end_day = max(first_day, end.astimezone(UTC).date())
        blocks_of += [(step, *block) for block in blocks(first_day, end_day)]
        days += [
            (step, first_day + timedelta(days=number))
            for number in range((end_day - first_day).days)
        ]
        # Where no whole day lies in a step all of it is its beginning.
        middle = min(day_at(first_day), end)
        ranges += (begin, middle), (max(day_at(end_day), middle), end)
    params: dict[str, Any] = {
        "axis": axis,
        "keys": list(keys),
        **columns("block_steps spans firsts", blocks_of),
        **columns("day_steps days", days),
        "bounds": list(bounds),
        **columns("begins ends", _merged(ranges)),
    }
    return list(await session.execute(_SUM, params))


def _merged(ranges: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Ranges in their order, in as few as hold the same: each value is looked up in every one."""
    merged: list[tuple[datetime, datetime]] = []
    for begin, end in ranges:
        if merged and merged[-1][1] == begin:
            merged[-1] = merged[-1][0], end
        elif begin < end:
            merged.append((begin, end))
    return merged
