"""Up to which day of knowledge sums over blocks of days are kept."""

from datetime import timedelta

from services.kpi.repository.facts import lock_stories
from services.kpi.repository.rollups.counters import get_rolled_until, roll_up_counters
from services.kpi.repository.rollups.durations import roll_up_durations
from services.kpi.repository.rollups.lead_days import forget_changed_days, keep_missing_days
from shared.database import Session

# What nothing has been told of yet is not rolled up: the last day may go on.
_FIND_SPAN = """
SELECT coalesce((SELECT until FROM rolled), min(known_on)) AS begin, max(known_on) AS last
FROM lead_story
"""
_ADVANCE = """
INSERT INTO rolled (is_only, until) VALUES (true, :until)
ON CONFLICT (is_only) DO UPDATE SET until = excluded.until
"""


async def roll_up_next(session: Session, *, days: int) -> bool:
    """Roll up what became known on the next days, at most so many; False if there are none.

    Takes the lock of the stories, which is held until the transaction ends.
    """
    await lock_stories(session)
    span = (await session.execute(_FIND_SPAN)).one()
    if span.begin is None or span.begin >= span.last:
        return False
    since = await get_rolled_until(session)
    until = min(span.begin + timedelta(days=days), span.last)
    await roll_up_counters(session, since, until)
    await roll_up_durations(session, since, until)
    await forget_changed_days(session, since, until)
    await session.execute(_ADVANCE, {"until": until})
    return True


async def keep_days_next(session: Session, *, most: int) -> bool:
    """Keep so many of the days whose columns are missing; False if there are none.

    Takes the lock of the stories, which is held until the transaction ends.
    """
    await lock_stories(session)
    return await keep_missing_days(session, most=most)
