"""Managers who are away, and the leads that they had not accepted before they left.

The timers note who is absent and since when; what a manager gets later, as from a supervisor, is
kept by its own deadlines.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.routing.domain.endings import RETURNED_OFFLINE
from services.routing.domain.policies import DEFAULT_POLICY
from services.routing.repository.leases.assignments import EndedLease
from shared.database import Session

# Also part of the predicate of an index.
_ABSENT = "(status IN ('offline', 'away') OR duty = 'off' OR left_at IS NOT NULL)"
_NOTE = f"""
UPDATE manager SET absence_settled = FALSE, absent_since = CASE WHEN {_ABSENT} THEN least(:now,
    CASE WHEN status IN ('offline', 'away') THEN coalesce(status_since, :now) ELSE :now END) END
WHERE manager_id IN (
    SELECT manager_id FROM manager WHERE {_ABSENT} <> (absent_since IS NOT NULL)
    ORDER BY manager_id FOR UPDATE)
"""
# Whoever went away while nobody watched has the whole grace from now on.
_SHIFT = f"""
UPDATE manager SET absent_since = CASE WHEN {_ABSENT}
    THEN coalesce(least(absent_since + CAST(:gap AS interval), CAST(:now AS timestamptz)), :now) END
WHERE manager_id IN (
    SELECT manager_id FROM manager WHERE {_ABSENT} ORDER BY manager_id FOR UPDATE)
"""
_SETTLE = """
UPDATE manager SET absence_settled = TRUE
WHERE manager_id IN (
    SELECT manager_id FROM manager AS m
    WHERE absent_since IS NOT NULL AND NOT absence_settled AND NOT EXISTS (
        SELECT FROM assignment AS a
        WHERE a.manager_id = m.manager_id AND a.ended_at IS NULL AND a.accepted_at IS NULL
            AND a.assigned_at <= m.absent_since)
    ORDER BY manager_id FOR UPDATE)
"""
_IS_OVER = f"""a.ended_at IS NULL AND a.accepted_at IS NULL AND a.assigned_at <= m.absent_since
    AND m.absent_since + make_interval(secs => coalesce(
        CAST(p.policy ->> 'offline_grace_seconds' AS integer),
        {DEFAULT_POLICY.offline_grace_seconds})) <= :now"""
_LIST = f"""
SELECT a.lead_id
FROM manager AS m
JOIN assignment AS a USING (manager_id)
JOIN lead AS l USING (lead_id)
JOIN pool AS p ON p.key = l.pool
WHERE m.absent_since IS NOT NULL AND NOT m.absence_settled AND m.left_at IS NULL
    AND a.lead_id > :after AND {_IS_OVER}
ORDER BY a.lead_id LIMIT :limit
"""
_END = f"""
UPDATE assignment AS a SET ended_at = :now, outcome = '{RETURNED_OFFLINE}'
FROM lead AS l, pool AS p, manager AS m
WHERE a.lead_id = ANY(CAST(:ids AS uuid[])) AND l.lead_id = a.lead_id AND p.key = l.pool
    AND m.manager_id = a.manager_id
    AND m.left_at IS NULL AND (m.status IN ('offline', 'away') OR m.duty = 'off') AND {_IS_OVER}
RETURNING a.lead_id, a.epoch, a.manager_id, a.round, a.units_milli
"""


async def note(session: Session, *, now: datetime) -> None:
    """Note who has gone and who is back since the last time."""
    await session.execute(_NOTE, {"now": now})


async def shift(session: Session, *, gap: timedelta, now: datetime) -> None:
    """Move the begin of every absence by the gap, at most to now."""
    await session.execute(_SHIFT, {"gap": gap, "now": now})


async def settle(session: Session) -> None:
    """Look no further at those who left nothing unaccepted behind."""
    await session.execute(_SETTLE)


async def list_due(
    session: Session, *, now: datetime, after: UUID | None, limit: int
) -> Sequence[UUID]:
    """Unaccepted leads of managers whose grace is over, by id, above `after`."""
    params = {"now": now, "after": after or UUID(int=0), "limit": limit}
    return [row.lead_id for row in await session.execute(_LIST, params)]


async def end(session: Session, lead_ids: Collection[UUID], *, now: datetime) -> list[EndedLease]:
    """End those leases whose owners are still away, by the rows as they are now. The caller holds
    the locks of the leads and the managers.
    """
    rows = await session.execute(_END, {"ids": list(lead_ids), "now": now})
    return [EndedLease(**row) for row in rows]
