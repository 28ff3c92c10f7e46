"""From when to when anything is counted: a century of days is asked for as easily as a week, and
most of it is empty.
"""

from typing import Final

from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.repository.rollups.counters import COMPANY
from shared.database import Session

MOST_DAYS: Final = 1100  # three years: periods that are no longer are read as they are
# What managers did with a lead of somebody else's, and stages, are on axes of their own.
_AXES: Final = (COMPANY, "manager", "stage")
_FIND: Final = """
WITH RECURSIVE place (axis, value) AS (
    SELECT axis, (SELECT min(value) FROM counter AS c WHERE c.axis = a.axis)
    FROM unnest(CAST(:axes AS text[])) AS a (axis)
    UNION ALL
    SELECT axis, (SELECT min(value) FROM counter AS c
        WHERE c.axis = place.axis AND c.value > place.value)
    FROM place WHERE value IS NOT NULL
)
SELECT min(first) AS first, max(last) AS last FROM place, LATERAL (
    SELECT (SELECT min(bucket) FROM counter AS c
            WHERE c.axis = place.axis AND c.value = place.value) AS first,
        (SELECT max(bucket) FROM counter AS c
            WHERE c.axis = place.axis AND c.value = place.value) AS last
) AS counted
"""


async def take_view(session: Session, view: View) -> View:
    """As `take_snapshot`, and the view of a long period without days before the first of which
    anything is counted, and after the last: the same figures.
    """
    await take_snapshot(session)
    span = view.period
    if (span.end - span.first).days <= MOST_DAYS:
        return view
    ((first, last),) = await session.execute(_FIND, {"axes": list(_AXES)})
    # Where nothing is counted any day tells it.
    begin, end = (span.begins_at, span.begins_at) if first is None else (first, last)
    return view._replace(period=span.within(begin, end))
