"""Reads sums of durations over a period: from blocks of days, and from stories what lies beside
whole blocks or became known since they were summed.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from services.kpi.domain.rollups.blocks import SPANS, blocks, parts
from services.kpi.domain.rollups.classes import ClassCount, unpacked
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.rollups.blocks import (
    day_at,
    parameters_of,
    whole_and_gains,
    whole_days,
)
from services.kpi.repository.rollups.counters import get_rolled_until
from services.kpi.repository.rollups.durations import CHANGES, PACKED
from services.kpi.repository.rollups.parts import OPEN, PARTS, STORY_COLUMNS
from shared.database import Session

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
) -> dict[str, list[ClassCount]]:
    """How many leads of the view took how long, by value of the measure; with `values` of these."""
    rows = await session.execute(
        _sum(measure, with_values=values is not None),
        await _parameters(session, view, SPANS) | {"values": list(values or ())},
    )
    counts = {row.value: list(unpacked(row.digits)) for row in rows}
    return {value: of_value for value, of_value in counts.items() if of_value}


async def count_open(
    session: Session, view: View, values: Sequence[str]
) -> dict[str, dict[int, int]]:
    """How many leads of the view are open, by hour of receipt, in seconds since 1970, and by value:
    see `parts`.
    """
    rows = await session.execute(
        _sum(OPEN, with_values=True, by_day=True),
        await _parameters(session, view, (1,)) | {"values": list(values)},
    )
    counts: dict[str, dict[int, int]] = {}
    for row in rows:
        begin = int(day_at(row.day).timestamp())
        of_value = counts.setdefault(row.value, {})
        for hour, count in unpacked(row.digits):
            of_value[begin + 3600 * hour] = count
    return counts


async def _parameters(session: Session, view: View, spans: Sequence[int]) -> dict[str, Any]:
    period, rolled_until = view.period, await get_rolled_until(session)
    first_day, end_day = whole_days(period)
    middle = min(day_at(first_day), period.ends_at)
    end = max(middle, day_at(end_day)) if first_day < end_day else middle
    return {
        "since": rolled_until,
        "until": min(view.known_on or _NOW, _NOW) + timedelta(days=1),
        "begins_at": period.begins_at,
        "ends_at": period.ends_at,
        "middle": middle,
        "end": end,
        **parameters_of(parts(blocks(first_day, end_day, spans), view.known_on, rolled_until)),
    }


@cache
def _sum(measure: str, *, with_values: bool, by_day: bool = False) -> str:
    only = " AND value = ANY(CAST(:values AS text[]))" if with_values else ""
    day, first_day = ("day, ", "first_day AS day, ") if by_day else ("", "")
    sums = whole_and_gains(
        "duration", f"measure = '{measure}'{only}",
        f"{first_day}value, packed", f"{first_day}value, b.sign * packed",
    )  # fmt: skip
    return f"""
    WITH story AS ({_STORIES})
    SELECT {day}value, CAST(sum(packed) AS text) AS digits FROM (
        {sums}
        UNION ALL
        SELECT {day}value, {PACKED} FROM ({PARTS[measure]}) AS part
        WHERE true{only} GROUP BY {day}value
    ) AS part GROUP BY {day}value"""
