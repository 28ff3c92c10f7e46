"""Reads sums of durations over a period: from blocks of days, and from stories what lies beside
whole blocks or became known since they were summed.
"""

from array import array
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from operator import neg
from typing import Any, Final, NamedTuple

from services.kpi.domain.rollups.blocks import SPANS, Parts, blocks, parts
from services.kpi.domain.rollups.classes import Counts, added, class_counts, unpacked
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.held import Held, Sealed
from services.kpi.repository.rollups.blocks import (
    day_at,
    parameters_of,
    whole_and_gains,
    whole_days,
)
from services.kpi.repository.rollups.counters import get_rolled, get_rolled_until
from services.kpi.repository.rollups.durations import CHANGES, ONES, PACKED
from services.kpi.repository.rollups.parts import OPEN, PARTS, STORY_COLUMNS
from shared.database import Session

MOST_CLASSES: Final = 5_000_000  # counts in memory, of four bytes


def _size(counts: Mapping[str, Counts]) -> int:
    return sum(map(len, counts.values()))


_HELD: Final[Held[dict[str, Counts]]] = Held(MOST_CLASSES, _size)
# Of so many versions of stories are leads read one by one, and figures of them are exact.
EXACT_LEADS: Final = 20_000
_NOW: Final = FOR_EVER - timedelta(days=1)
_NAMES: Final = ", ".join(STORY_COLUMNS)
_KNOWN: Final = f"""
SELECT 1 AS sign, known_on AS changed_on, {_NAMES} FROM lead_story
WHERE known_on < :until AND known_until >= :until
"""
_STORIES: Final = f"""
{_KNOWN} AND received_at >= :begins_at AND received_at < :middle
UNION ALL
{_KNOWN} AND received_at >= :end AND received_at < :ends_at
UNION ALL
{CHANGES.format(more=" AND received_at >= :middle AND received_at < :end")}
"""
_COUNT: Final = """
SELECT count(*) FROM (
    SELECT FROM lead_story WHERE received_at >= :begins_at AND received_at < :ends_at LIMIT :most
) AS lead
"""


async def is_rolled_up(session: Session, view: View) -> bool:
    """Whether the view has so many leads that their durations are read in classes."""
    return await get_rolled_until(session) > date.min and await has_many_leads(session, view)


async def has_many_leads(session: Session, view: View) -> bool:
    """Whether there are more versions of stories in the period than EXACT_LEADS."""
    period = view.period
    parameters = {
        "begins_at": period.begins_at,
        "ends_at": period.ends_at,
        "most": EXACT_LEADS + 1,
    }
    return int(await session.scalar(_COUNT, parameters)) > EXACT_LEADS


async def sum_durations(
    session: Session, view: View, measure: str, values: Sequence[str] | None = None
) -> dict[str, Counts]:
    """How many leads of the view took how long, by value of the measure; with `values` of these."""
    rolled = await get_rolled(session)
    span = _Span.of(view, rolled.until, SPANS)
    wish = {"values": list(values or ())}

    async def read() -> dict[str, Counts]:
        query = _of_blocks(measure, with_values=values is not None)
        rows = await session.execute(query, parameters_of(span.of_sums) | wish)
        return {row.value: array("I", unpacked(row.number)) for row in rows}

    name = (measure, None if values is None else tuple(values))
    sealed = Sealed(rolled, span.of_sums)
    whole = {} if sealed.is_empty else await _HELD.find(session, sealed, name, read)
    counts = dict(whole)
    query = _beside(measure, with_values=values is not None)
    for row in await session.execute(query, span.parameters | wish):
        counts[row.value] = added(counts.get(row.value, ()), _signed(row.more, row.less))
    return {value: of_value for value, of_value in counts.items() if any(of_value)}


def _signed(more: bytes | None, less: bytes | None) -> Counts:
    gone = [] if less is None else list(map(neg, unpacked(less)))
    return gone if more is None else added(unpacked(more), gone)


async def count_open(
    session: Session, view: View, values: Sequence[str]
) -> dict[str, dict[int, int]]:
    """How many leads of the view are open, by hour of receipt, in seconds since 1970, and by value:
    see `parts`.
    """
    span = _Span.of(view, await get_rolled_until(session), (1,))
    rows = await session.execute(
        _sum_open(),
        span.parameters | parameters_of(span.of_sums) | {"values": list(values)},
    )
    counts: dict[str, dict[int, int]] = {}
    for row in rows:
        begin = int(day_at(row.day).timestamp())
        of_value = counts.setdefault(row.value, {})
        for hour, count in class_counts(unpacked(row.number)):
            of_value[begin + 3600 * hour] = count
    return counts


class _Span(NamedTuple):
    """A view as whole blocks of days, and the parameters of what lies beside these."""

    of_sums: Parts
    parameters: dict[str, Any]

    @classmethod
    def of(cls, view: View, rolled_until: date, spans: Sequence[int]) -> "_Span":
        period = view.period
        first_day, end_day = whole_days(period)
        middle = min(day_at(first_day), period.ends_at)
        parameters = {
            "since": rolled_until,
            "until": min(view.known_on or _NOW, _NOW) + timedelta(days=1),
            "begins_at": period.begins_at,
            "ends_at": period.ends_at,
            "middle": middle,
            "end": max(middle, day_at(end_day)) if first_day < end_day else middle,
        }
        days = blocks(first_day, end_day, spans)
        return cls(parts(days, view.known_on, rolled_until), parameters)


_OF_VALUES: Final = " AND value = ANY(CAST(:values AS text[]))"


@cache
def _of_blocks(measure: str, *, with_values: bool) -> str:
    sums = whole_and_gains(
        "duration", f"measure = '{measure}'{_OF_VALUES if with_values else ''}",
        "value, packed", "value, b.sign * packed",
    )  # fmt: skip
    return f"""
    SELECT value, numeric_send(sum(packed)) AS number FROM ({sums}) AS part GROUP BY value"""


@cache
def _beside(measure: str, *, with_values: bool) -> str:
    """Counts that are added and those that are taken away, which have no digits of their own."""
    more, less = (f"numeric_send({ONES} FILTER (WHERE sign = {sign}))" for sign in (1, -1))
    return f"""
    WITH story AS ({_STORIES})
    SELECT value, {more} AS more, {less} AS less
    FROM ({PARTS[measure]}) AS part
    WHERE true{_OF_VALUES if with_values else ""} GROUP BY value"""


@cache
def _sum_open() -> str:
    sums = whole_and_gains(
        "duration", f"measure = '{OPEN}'{_OF_VALUES}",
        "first_day AS day, value, packed", "first_day AS day, value, b.sign * packed",
    )  # fmt: skip
    return f"""
    WITH story AS ({_STORIES})
    SELECT day, value, numeric_send(sum(packed)) AS number FROM (
        {sums}
        UNION ALL
        SELECT day, value, {PACKED} FROM ({PARTS[OPEN]}) AS part
        WHERE true{_OF_VALUES} GROUP BY day, value
    ) AS part GROUP BY day, value"""
