"""Days that are kept as columns of bytes, as far as they tell a view."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from services.kpi.domain.rollups.blocks import runs
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.rollups.blocks import day_at, touched_days, whole_days
from services.kpi.repository.rollups.counters import get_rolled_until
from shared.database import Row, Session

RESPONSE: Final = "response"
SHORTEST_RUN: Final = 4  # days; fewer are read from stories, with what lies around them
MOST_DIMENSIONS: Final = 3  # for which there is room in a key
LATE_DAYS: Final = 5  # after its receipt little becomes known of a lead
LAST: Final = FOR_EVER - timedelta(days=1)


class Kept(NamedTuple):
    """`rows` of days that tell the view, the first and the last maybe more than that, as known
    before `rolled_until`; and the runs that they form: the first day, and the one after the last.
    """

    rows: Sequence[Row]
    runs: Sequence[tuple[date, date]]
    rolled_until: date

    def gaps(self, view: View) -> list[tuple[datetime, datetime]]:
        """What of the view none of them tells: each from one moment to before another."""
        moments = [view.begins_at]
        for first, end in self.runs:
            moments += [day_at(first), day_at(end)]
        moments.append(view.ends_at)
        pairs = zip(moments[::2], moments[1::2], strict=True)
        return [(begin, end) for begin, end in pairs if begin < end]


async def find_kept(
    session: Session,
    view: View,
    dimensions: Sequence[str],
    *,
    are_whole: bool = False,
    due_by: datetime | None = None,
) -> Kept:
    """The days of the view that are kept; none if they do not tell its dimensions. Of an earlier
    day's view not those of which much became known later: the last ones before it, and all after.
    Of the first and the last a part may be of the view, unless they `are_whole`. With `due_by` only
    days all of whose deadlines were kept or over by then.
    """
    rolled_until = await get_rolled_until(session)
    if len(dimensions) > MOST_DIMENSIONS or not view.period.is_even:
        return Kept((), (), rolled_until)
    first_day, end_day = (whole_days if are_whole else touched_days)(view.period)
    known_on = min(view.known_on or LAST, LAST)
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
