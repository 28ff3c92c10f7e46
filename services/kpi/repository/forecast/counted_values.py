"""Counters of values of an axis by the steps of a period: many values at the cost of few."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from services.kpi.domain.rollups.blocks import blocks
from services.kpi.repository.rollups.blocks import day_at
from shared.database import Row, Session
from shared.statements import columns

_COLUMNS: Final = "value, currency, leads, won, amount"
_OF: Final = "axis = :axis AND value = ANY(CAST(:keys AS text[]))"
# A step is read as whole days of UTC, from the midnight next to its beginning to the one next to
# its end: by blocks that were summed before, and what has become known since by days. Quarters of
# an hour between a bound and its midnight are added to the step in which they lie, and taken away
# from the one among whose days they were.
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
    SELECT e.step, value, currency, e.sign * leads, e.sign * won, e.sign * amount
    FROM counter, LATERAL (VALUES
        (width_bucket(bucket, CAST(:bounds AS timestamptz[])), 1),
        (width_bucket(bucket, CAST(:midnights AS timestamptz[])), -1)) AS e (step, sign)
    WHERE {_OF} AND bucket = ANY(ARRAY(
            SELECT quarter FROM unnest(CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[]))
                AS b (begins_at, ends_at),
                generate_series(b.begins_at, b.ends_at, interval '15 minutes') AS quarter
            WHERE quarter < b.ends_at))
        AND e.step BETWEEN 1 AND :steps
) AS part
GROUP BY step, value, currency
HAVING sum(leads) <> 0 OR sum(won) <> 0 OR sum(amount) <> 0
"""
_QUARTER: Final = timedelta(minutes=15)


async def sum_values(
    session: Session, bounds: Sequence[datetime], axis: str, keys: Sequence[str]
) -> list[Row]:
    """What was counted of each value by step, numbered from 1, and currency, empty for none."""
    midnights = [_midnight_next_to(bound) for bound in bounds]
    blocks_of: list[tuple[int, int, date]] = []
    days: list[tuple[int, date]] = []
    for step, (first, end) in enumerate(pairwise(at.date() for at in midnights), start=1):
        blocks_of += [(step, *block) for block in blocks(first, end)]
        days += [(step, first + timedelta(days=number)) for number in range((end - first).days)]
    between = [sorted(pair) for pair in zip(bounds, midnights, strict=True) if pair[0] != pair[1]]
    params: dict[str, Any] = {
        "axis": axis,
        "keys": list(keys),
        **columns("block_steps spans firsts", blocks_of),
        **columns("day_steps days", days),
        "bounds": list(bounds),
        "midnights": midnights,
        "begins": [_quarter_from(begin) for begin, _ in between],
        "ends": [end for _, end in between],
        "steps": len(bounds) - 1,
    }
    return list(await session.execute(_SUM, params))


def _midnight_next_to(at: datetime) -> datetime:
    """The beginning of a day of UTC from which the moment lies twelve hours at most."""
    return day_at((at.astimezone(UTC) + timedelta(hours=12)).date())


def _quarter_from(at: datetime) -> datetime:
    """The first beginning of a quarter of an hour of UTC then or later."""
    beginning = day_at(at.astimezone(UTC).date())
    return beginning - (beginning - at) // _QUARTER * _QUARTER
