"""Counters of values of an axis by the steps of a period: many values at the cost of few."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from operator import add
from typing import Any, Final, NamedTuple

from services.kpi.domain.rollups.blocks import Parts, blocks, parts
from services.kpi.repository.reports.held import Held, Sealed
from services.kpi.repository.rollups.blocks import day_at
from services.kpi.repository.rollups.counters import Rolled, get_rolled
from shared.database import Row, Session
from shared.statements import columns

_COLUMNS: Final = "value, currency, leads, won, amount"
_OF: Final = "axis = :axis AND value = ANY(CAST(:keys AS text[]))"
_SUMS: Final = "step, value, currency, sum(leads) AS leads, sum(won) AS won, sum(amount) AS amount"
# A step is read as whole days of UTC, from the midnight next to its beginning to the one next to
# its end: by blocks that were summed before, and what has become known since by days. Quarters of
# an hour between a bound and its midnight are added to the step in which they lie, and taken away
# from the one among whose days they were.
_WHOLE: Final = f"""
SELECT {_SUMS} FROM (
    SELECT b.step, s.* FROM unnest(CAST(:steps AS integer[]), CAST(:spans AS smallint[]),
        CAST(:firsts AS date[])) AS b (step, span, first_day), LATERAL (
        SELECT {_COLUMNS} FROM counter_sum
        WHERE {_OF} AND span = b.span AND first_day = b.first_day OFFSET 0) AS s
) AS part
GROUP BY step, value, currency
"""
_REST: Final = f"""
WITH since AS MATERIALIZED (
    SELECT coalesce(max(until), CAST('-infinity' AS date)) AS known_on FROM rolled)
SELECT {_SUMS} FROM (
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
"""
_QUARTER: Final = timedelta(minutes=15)


class Counted(NamedTuple):
    """Leads, those won, and what these brought."""

    leads: int
    won: int
    amount: Decimal


# By step, numbered from 1, value and currency, empty for none.
Values = dict[tuple[int, str, str], Counted]
MOST_VALUES: Final = 100_000  # in memory, each of some hundred bytes
_HELD: Final[Held[Values]] = Held(MOST_VALUES, len)


async def sum_values(
    session: Session, bounds: Sequence[datetime], axis: str, keys: Sequence[str]
) -> Values:
    """What was counted of each value, of which something was. What whole blocks add up to is found
    in memory; it is read again where they change meanwhile, as not every reader has a snapshot.
    """
    midnights = [_midnight_next_to(bound) for bound in bounds]
    steps = [(first.date(), end.date()) for first, end in pairwise(midnights)]
    wish = {"axis": axis, "keys": list(keys)}
    while True:
        rolled = await get_rolled(session)
        whole = await _sum_whole(session, rolled, steps, wish)
        rest = await _sum_rest(session, bounds, midnights, wish)
        if await get_rolled(session) == rolled:
            break
    sums = whole | {key: _added(each, whole.get(key)) for key, each in rest.items()}
    return {key: each for key, each in sums.items() if any(each)}


async def _sum_whole(
    session: Session, rolled: Rolled, steps: Sequence[tuple[date, date]], wish: dict[str, Any]
) -> Values:
    of_steps = [parts(blocks(*days), None, rolled.until) for days in steps]
    whole = [block for of_step in of_steps for block in of_step.whole]
    if not whole:
        return {}
    rows = [(step, *block) for step, each in enumerate(of_steps, start=1) for block in each.whole]
    name = wish["axis"], *wish["keys"], *(len(each.whole) for each in of_steps)
    reader = partial(_read_whole, session, wish | columns("steps spans firsts", rows))
    return await _HELD.find(session, Sealed(rolled, Parts(whole, [])), name, reader)


async def _read_whole(session: Session, params: dict[str, Any]) -> Values:
    return _by_key(await session.execute(_WHOLE, params))


async def _sum_rest(
    session: Session,
    bounds: Sequence[datetime],
    midnights: Sequence[datetime],
    wish: dict[str, Any],
) -> Values:
    days: list[tuple[int, date]] = []
    for step, (first, end) in enumerate(pairwise(at.date() for at in midnights), start=1):
        days += [(step, first + timedelta(days=number)) for number in range((end - first).days)]
    between = [sorted(pair) for pair in zip(bounds, midnights, strict=True) if pair[0] != pair[1]]
    params = wish | {
        **columns("day_steps days", days),
        "bounds": list(bounds),
        "midnights": midnights,
        "begins": [_quarter_from(begin) for begin, _ in between],
        "ends": [end for _, end in between],
        "steps": len(bounds) - 1,
    }
    return _by_key(await session.execute(_REST, params))


def _by_key(rows: Iterable[Row]) -> Values:
    return {
        (step, value, currency): Counted(int(leads), int(won), amount)
        for step, value, currency, leads, won, amount in rows
    }


def _added(one: Counted, other: Counted | None) -> Counted:
    return one if other is None else Counted(*map(add, one, other))


def _midnight_next_to(at: datetime) -> datetime:
    """The beginning of a day of UTC from which the moment lies twelve hours at most."""
    return day_at((at.astimezone(UTC) + timedelta(hours=12)).date())


def _quarter_from(at: datetime) -> datetime:
    """The first beginning of a quarter of an hour of UTC then or later."""
    beginning = day_at(at.astimezone(UTC).date())
    return beginning - (beginning - at) // _QUARTER * _QUARTER
