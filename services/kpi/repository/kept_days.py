"""Days that are kept as columns of bytes, as far as they tell a view, and what became known of them
since they were kept.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Boolean, Integer, Subquery, column, text

from services.kpi.domain.rollups.blocks import runs
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.cohort import COLUMN_OF, MEASURES, View
from services.kpi.repository.rollups.blocks import day_at, whole_days
from services.kpi.repository.rollups.counters import get_rolled_until
from services.kpi.repository.rollups.lead_days import APART_AT, APART_DAY, DAY
from services.kpi.tables.stories import lead_story
from shared.database import Row, Session

RESPONSE: Final = "response"
SHORTEST_RUN: Final = 4  # days; fewer are read from stories, with what lies around them
MOST_DIMENSIONS: Final = 3  # for which there is room in a key
_LAST: Final = FOR_EVER - timedelta(days=1)
_MOMENTS: Final = tuple(MEASURES.values())
_CHANGES: Final = f"""
WITH change AS (
    SELECT 1 AS sign, * FROM lead_story WHERE known_on >= :since AND known_on < :until
    UNION ALL
    SELECT -1, * FROM lead_story WHERE known_until >= :since AND known_until < :until
        AND known_until < DATE 'infinity'
)
SELECT sign, received_at, source_id, channel, campaign, region, product, pipeline, owner_id,
    {", ".join(_MOMENTS)},
    jsonb_array_length(arrivals) > coalesce(jsonb_array_length(apart), 0) AS tells_inquiry
FROM change WHERE NOT is_test AND {DAY.format("received_at")} = ANY(CAST(:dates AS date[]))
UNION ALL
SELECT sign, {APART_AT}, CAST(item ->> 1 AS uuid), item ->> 2, item ->> 3, item ->> 4, item ->> 5,
    pipeline, owner_id, {", ".join("CAST(NULL AS timestamptz)" for _ in _MOMENTS)}, true
FROM change CROSS JOIN LATERAL jsonb_array_elements(apart) AS item
WHERE {APART_DAY} = ANY(CAST(:dates AS date[]))
"""


class Kept(NamedTuple):
    """`rows` of days that tell the view, but for what became known since `rolled_until`, and the
    runs that they form: the first day, and the one after the last.
    """

    rows: Sequence[Row]
    runs: Sequence[tuple[date, date]]
    rolled_until: date

    def views_beside(self, view: View) -> list[View]:
        """What of the view is in none of the runs."""
        bounds = [day_at(day) for run in self.runs for day in run]
        moments: list[datetime] = [view.begins_at, *bounds, view.ends_at]
        spans = zip(moments[::2], moments[1::2], strict=True)
        return [view._replace(span=(begin, end)) for begin, end in spans if begin < end]

    def changes(self, view: View) -> Subquery | None:
        """Entries of these days with a `sign`, that became known (1) or were no more (-1) since;
        None if the view is of an earlier day.
        """
        if view.known_on is not None and view.known_on < self.rolled_until:
            return None
        query = text(_CHANGES).bindparams(
            dates=[row.day for row in self.rows],
            since=self.rolled_until,
            until=min(view.known_on or _LAST, _LAST) + timedelta(days=1),
        )
        stories = [lead_story.c[name] for name in ("received_at", *COLUMN_OF.values(), *_MOMENTS)]
        typed = (column("sign", Integer), *stories, column("tells_inquiry", Boolean))
        return query.columns(*typed).subquery("changes")


async def find_kept(session: Session, view: View, dimensions: Sequence[str]) -> Kept:
    """The days of the view that are kept; none if they do not tell its dimensions."""
    rolled_until = await get_rolled_until(session)
    first_day, end_day = whole_days(view.period)
    if len(dimensions) > MOST_DIMENSIONS or not view.period.is_even or first_day >= end_day:
        return Kept((), (), rolled_until)
    rows = await session.execute(
        "SELECT day, digest FROM lead_day"
        " WHERE day >= :first AND day < :end AND changed_on <= :known_on ORDER BY day",
        {"first": first_day, "end": end_day, "known_on": min(view.known_on or _LAST, _LAST)},
    )
    spans = runs([row.day for row in rows], SHORTEST_RUN)
    used = [row for row in rows if any(first <= row.day < end for first, end in spans)]
    return Kept(used, spans, rolled_until)
