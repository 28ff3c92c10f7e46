"""How often each tier has taken leads."""

from collections.abc import Mapping
from datetime import datetime

from shared.database import Session

# A block index by time: only the blocks of the window are read.
_COUNT = """
SELECT l.pool, a.tier, count(*) AS number
FROM assignment AS a JOIN lead AS l USING (lead_id)
WHERE a.assigned_at > :since GROUP BY l.pool, a.tier
"""


async def count_by_tier(session: Session, *, since: datetime) -> Mapping[str, dict[str, int]]:
    """Assignments since a moment: pool → tier → number."""
    counts: dict[str, dict[str, int]] = {}
    for row in await session.execute(_COUNT, {"since": since}):
        counts.setdefault(row.pool, {})[row.tier] = row.number
    return counts
