"""How many leads of one group of many a number counts: from columns of days, and from stories what
lies beside these.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import func, select

from services.kpi.domain.rollups.lately import Lately
from services.kpi.domain.rollups.lead_days import marks_between
from services.kpi.domain.rollups.members import Chosen, count_members, flags_of
from services.kpi.repository.drill.cohort import counts_lead
from services.kpi.repository.drill.pages import matches
from services.kpi.repository.reports.cohort import NOTHING, FunnelFilter, View
from services.kpi.repository.reports.kept_days import Kept, find_kept
from services.kpi.repository.reports.unkept import leads_beside
from shared.database import Row, Session

MOST_NUMBERS: Final = 10_000  # in memory
_COUNTED: Final[Lately[int]] = Lately(MOST_NUMBERS)


async def count_group_members(
    session: Session, view: View, measure: str, criteria: FunnelFilter
) -> int:
    """Of a measure of `domain/rollups/members.py`; texts of the criteria are told whole."""
    days = await find_kept(session, view, list(criteria))
    dated = b"".join(b"%s%d " % (row.digest, row.day.toordinal()) for row in days.rows)
    span = view.begins_at, view.ends_at
    name = (measure, *span, *criteria.items(), blake2b(dated).digest())
    count = _COUNTED.find(name)
    if count is None:
        count = await _count_days(session, view, days, measure, criteria)
        _COUNTED.add(name, count, 1)
    rest = leads_beside(view, days)
    if rest is None:
        return count
    beside = select(func.coalesce(func.sum(rest.c.sign), 0)).where(
        counts_lead(rest, measure), matches(rest, criteria)
    )
    return count + int(await session.scalar(beside))


async def _count_days(
    session: Session, view: View, days: Kept, measure: str, criteria: FunnelFilter
) -> int:
    count = 0
    for row in await _read_days(session, days, criteria):
        flags = flags_of(measure, row.marks, row.promises)
        inside = marks_between(row.day, flags, row.quarters, view.begins_at, view.ends_at)
        count += count_members(inside, _chosen(row, criteria))
    return count


async def _read_days(session: Session, days: Kept, criteria: FunnelFilter) -> Iterable[Row]:
    """With the place of each value among those of the day; no value may be told as an empty one."""
    columns: list[str] = []
    for axis, value in criteria.items():
        columns.append(f"{axis}_places")
        texts = ("NULL", "''") if value is NOTHING else (f":{axis}",)
        places = (f"array_position({axis}_values, CAST({each} AS text))" for each in texts)
        columns.append(f"ARRAY[{', '.join(places)}] AS {axis}_wanted")
    values: dict[str, Any] = {
        axis: str(value) for axis, value in criteria.items() if value is not NOTHING
    }
    return await session.execute(
        f"SELECT day, marks, promises, quarters, {', '.join(columns)} FROM lead_day"
        " WHERE day = ANY(CAST(:dates AS date[]))",
        {"dates": [row.day for row in days.rows], **values},
    )


def _chosen(row: Row, criteria: FunnelFilter) -> Sequence[Chosen]:
    return [
        Chosen(row[f"{axis}_places"], [place - 1 for place in row[f"{axis}_wanted"] if place])
        for axis in criteria
    ]
