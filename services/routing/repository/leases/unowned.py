"""Leads that have been without an owner for too long: how many, why, and which come first."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.routing.repository.queue import WAITS
from shared.database import Session

# The index of unowned leads answers it by itself, and only the overdue part of it is read.
_COUNT = """
SELECT p.key, w.parked_reason, w.number
FROM pool AS p CROSS JOIN LATERAL (
    SELECT parked_reason, count(*) AS number FROM lead
    WHERE pool = p.key AND state = 'open' AND owner_id IS NULL AND unowned_since <= :before
        AND parked_reason IS DISTINCT FROM 'erased'
    GROUP BY parked_reason) AS w
ORDER BY p.key
"""
_LIST = f"""
SELECT lead_id FROM lead
WHERE pool = :pool AND {WAITS} AND unowned_since <= :before
ORDER BY unowned_since LIMIT :limit
"""


async def count_unowned(
    session: Session, *, before: datetime
) -> Mapping[str, Mapping[str | None, int]]:
    """The number of leads unowned since `before` or longer: pool → reason noted → number."""
    counts: dict[str, dict[str | None, int]] = {}
    for row in await session.execute(_COUNT, {"before": before}):
        counts.setdefault(row.key, {})[row.parked_reason] = row.number
    return counts


async def list_unowned(session: Session, pool: str, *, before: datetime, limit: int) -> list[UUID]:
    """Those of the pool's queue that have been unowned longest."""
    rows = await session.execute(_LIST, {"pool": pool, "before": before, "limit": limit})
    return [row.lead_id for row in rows]
