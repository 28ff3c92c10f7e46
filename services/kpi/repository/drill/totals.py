"""How many items a number has of which no counter tells: from columns of days and from sums of
durations, where there are more leads than are counted one by one.
"""

from typing import Final

from services.kpi.domain.rollups.classes import within
from services.kpi.domain.rollups.members import COUNTED
from services.kpi.domain.rollups.tally import received
from services.kpi.domain.stories.contributions import LONGEST_VALUE
from services.kpi.domain.stories.signature import RESPONSE_MINUTES
from services.kpi.repository.drill.members import count_group_members
from services.kpi.repository.reports.cohort import COLUMN_OF, NOTHING, FunnelFilter, View
from services.kpi.repository.reports.kept_days import MOST_DIMENSIONS
from services.kpi.repository.reports.lead_days import count_days
from services.kpi.repository.reports.summed import has_many_leads, is_rolled_up, sum_durations
from shared.database import Session

_INQUIRIES: Final = "received"
_MINUTES_OF: Final = {f"within_{minutes}": minutes for minutes in RESPONSE_MINUTES}


async def count_group(
    session: Session, view: View, measure: str, criteria: FunnelFilter
) -> int | None:
    """Of a group by several dimensions; None where these are told one by one."""
    values = {name: None if each is NOTHING else str(each) for name, each in criteria.items()}
    is_told = measure in {_INQUIRIES, *COUNTED} and criteria.keys() <= COLUMN_OF.keys()
    if not is_told or len(criteria) > MOST_DIMENSIONS or not await has_many_leads(session, view):
        return None
    # Texts that begin alike are one group.
    if any(len(value or "") >= LONGEST_VALUE for value in values.values()):
        return None
    if measure in COUNTED:
        return await count_group_members(session, view, measure, criteria)
    numbers = await count_days(session, view, list(values))
    key = tuple(values.values())
    counts = sum(each for group, each in numbers.items() if _named(group) == key)
    return received(counts)


def _named(group: tuple[object, ...]) -> tuple[str | None, ...]:
    """An empty text is none."""
    return tuple(None if value in {None, ""} else str(value) for value in group)


async def count_durations(
    session: Session, view: View, kind: str, value: str, measure: str | None = None
) -> int | None:
    """Of a step or of stays at a stage; None where leads are few. With `measure` only those that
    took no longer than it says.
    """
    if not await is_rolled_up(session, view):
        return None
    counts = (await sum_durations(session, view, kind, [value])).get(value, ())
    if measure in _MINUTES_OF:
        return within(counts, _MINUTES_OF[measure])
    return sum(counts)
