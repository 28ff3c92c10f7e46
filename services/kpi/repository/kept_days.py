"""Days that are kept as columns of bytes, as far as they tell a view, and what became known of them
since they were kept.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Boolean, ColumnElement, Integer, Subquery, column, text

from services.kpi.domain.rollups.blocks import runs
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.cohort import COLUMN_OF, MEASURES, View
from services.kpi.repository.rollups.blocks import day_at, whole_days
from services.kpi.repository.rollups.counters import get_rolled_until
from services.kpi.repository.rollups.lead_days import APART_AT, APART_DAY, DAY
from services.kpi.tables.stories import APART_FROM, lead_story
from shared.database import Row, Session

RESPONSE: Final = "response"
SHORTEST_RUN: Final = 4  # days; fewer are read from stories, with what lies around them
MOST_DIMENSIONS: Final = 3  # for which there is room in a key
_LAST: Final = FOR_EVER - timedelta(days=1)
_MOMENTS: Final = tuple(MEASURES.values())
_DAY_OF: Final = DAY.format("received_at")
# As the indexes of `migrations/stories.py` say it.
LATE_DAYS: Final = 5  # after its receipt little becomes known of a lead
_LATE: Final = (
    f" AND received_at >= :begins_at AND received_at < :ends_at AND {{}} > {_DAY_OF} + {LATE_DAYS}"
)
_VERSIONS: Final = """
SELECT {sign} AS sign, * FROM lead_story WHERE known_on >= :since AND known_on < :until{known}
UNION ALL
SELECT - {sign}, * FROM lead_story WHERE known_until >= :since AND known_until < :until
    AND known_until < DATE 'infinity'{ended}
"""
_OF_LEADS: Final = f"""
SELECT sign, received_at, source_id, channel, campaign, region, product, pipeline, owner_id,
    {", ".join(_MOMENTS)},
    jsonb_array_length(arrivals) > coalesce(jsonb_array_length(apart), 0) AS tells_inquiry
FROM {{}} AS change WHERE NOT is_test AND {_DAY_OF} = ANY(CAST(:dates AS date[]))
"""
_OF_APARTS: Final = f"""
SELECT sign, {APART_AT}, CAST(item ->> 1 AS uuid), item ->> 2, item ->> 3, item ->> 4, item ->> 5,
    pipeline, owner_id, {", ".join("CAST(NULL AS timestamptz)" for _ in _MOMENTS)}, true
FROM {{}} AS change CROSS JOIN LATERAL jsonb_array_elements(apart) AS item
WHERE {APART_DAY} = ANY(CAST(:dates AS date[]))
"""
_SINCE: Final = f"""
WITH change AS ({_VERSIONS.format(sign=1, known="", ended="")})
{_OF_LEADS.format("change")} UNION ALL {_OF_APARTS.format("change")}
"""
# An inquiry may have come long before the lead that tells it, or after: the index knows of most of
# them when that was.
_IS_APART: Final = f" AND apart IS NOT NULL AND {APART_FROM} <= :apart_until"
_EAST: Final = timedelta(days=1)  # as far is the date of a zone ahead of that of UTC
_LATE_VERSIONS: Final = _VERSIONS.format(
    sign=-1, known=_LATE.format("known_on"), ended=_LATE.format("known_until")
)
_APART_VERSIONS: Final = _VERSIONS.format(sign=-1, known=_IS_APART, ended=_IS_APART)
_UNTIL: Final = f"""
{_OF_LEADS.format(f"({_LATE_VERSIONS})")} UNION ALL {_OF_APARTS.format(f"({_APART_VERSIONS})")}
"""
# The same of leads alone, with all that their stories say.
_STORIES: Final = f"""
SELECT sign, {", ".join(lead_story.columns.keys())} FROM ({{}}) AS change
WHERE NOT is_test AND {_DAY_OF} = ANY(CAST(:dates AS date[]))
"""
_STORIES_SINCE: Final = _STORIES.format(_VERSIONS.format(sign=1, known="", ended=""))
_STORIES_UNTIL: Final = _STORIES.format(_LATE_VERSIONS)


class Kept(NamedTuple):
    """`rows` of days that tell the view, but for what `changes` says, as known before
    `rolled_until`; and the runs that they form: the first day, and the one after the last.
    """

    rows: Sequence[Row]
    runs: Sequence[tuple[date, date]]
    rolled_until: date

    def views_beside(self, view: View) -> list[View]:
        """What of the view is in none of the runs. Of days after it little was known then."""
        known_until = day_at(min(view.known_on or _LAST, _LAST) + timedelta(days=1))
        bounds = [day_at(day) for run in self.runs for day in run]
        moments: list[datetime] = [view.begins_at, *bounds, view.ends_at]
        views = []
        for begin, end in zip(moments[::2], moments[1::2], strict=True):
            middle = min(max(begin, known_until), end)
            parts = ((begin, middle, False), (middle, end, True))
            views += [
                view._replace(span=(first, last), is_ahead=is_ahead)
                for first, last, is_ahead in parts
                if first < last
            ]
        return views

    def changes(self, view: View) -> Subquery | None:
        """Entries of these days with a `sign`: those that became known (1) or were no more (-1)
        since they were kept or, of an earlier day's view, that were not known yet (-1) or known
        still (1); None if there can be none.
        """
        stories = [lead_story.c[name] for name in ("received_at", *COLUMN_OF.values(), *_MOMENTS)]
        typed = (column("sign", Integer), *stories, column("tells_inquiry", Boolean))
        return self._changes(view, _SINCE, _UNTIL, typed)

    def stories(self, view: View) -> Subquery | None:
        """The same of the stories of leads, with all of their columns."""
        typed = (column("sign", Integer), *lead_story.columns)
        return self._changes(view, _STORIES_SINCE, _STORIES_UNTIL, typed)

    def _changes(
        self, view: View, since: str, until: str, typed: Sequence[ColumnElement[Any]]
    ) -> Subquery | None:
        last = min(view.known_on or _LAST, _LAST)
        known_until = last + timedelta(days=1)
        rows = self.rows
        if known_until == self.rolled_until or not rows:
            return None
        if known_until > self.rolled_until:
            query = text(since).bindparams(since=self.rolled_until, until=known_until)
        else:
            rows = [row for row in rows if row.changed_on > last]
            if not rows:
                return None
            begins_at, ends_at = day_at(rows[0].day), day_at(rows[-1].day + timedelta(days=1))
            query = text(until).bindparams(
                since=known_until,
                until=self.rolled_until,
                begins_at=begins_at,
                ends_at=ends_at,
            )
            if ":apart_until" in until:
                query = query.bindparams(apart_until=str(rows[-1].day + _EAST))
        query = query.bindparams(dates=[row.day for row in rows])
        return query.columns(*typed).subquery("changes")


async def find_kept(
    session: Session, view: View, dimensions: Sequence[str], *, due_by: datetime | None = None
) -> Kept:
    """The days of the view that are kept; none if they do not tell its dimensions. Of an earlier
    day's view not those of which much became known later: the last ones before it, and all after.
    With `due_by` only days all of whose deadlines were kept or over by then.
    """
    rolled_until = await get_rolled_until(session)
    first_day, end_day = whole_days(view.period)
    if len(dimensions) > MOST_DIMENSIONS or not view.period.is_even or first_day >= end_day:
        return Kept((), (), rolled_until)
    known_on = min(view.known_on or _LAST, _LAST)
    rows = await session.execute(
        "SELECT day, digest, changed_on FROM lead_day WHERE day >= :first AND day < :end"
        " AND (changed_on <= :known_on OR day < :late)"
        " AND (CAST(:due_by AS timestamptz) IS NULL OR last_due IS NULL OR last_due <= :due_by)"
        " ORDER BY day",
        {
            "first": first_day,
            "end": end_day,
            "known_on": known_on,
            "late": known_on - timedelta(days=LATE_DAYS),
            "due_by": due_by,
        },
    )
    spans = runs([row.day for row in rows], SHORTEST_RUN)
    used = [row for row in rows if any(first <= row.day < end for first, end in spans)]
    return Kept(used, spans, rolled_until)
