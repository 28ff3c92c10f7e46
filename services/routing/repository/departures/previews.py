"""What a manager who leaves would leave behind."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.database import Session

_LEADS = """
SELECT l.pool, count(*) AS leads, count(a.accepted_at) AS accepted,
    CAST(sum(a.units_milli) AS bigint) AS units_milli
FROM assignment AS a JOIN lead AS l USING (lead_id)
WHERE a.manager_id = :manager_id AND a.ended_at IS NULL GROUP BY l.pool
"""
_POOLS = f"""
SELECT p.key, coalesce(o.leads, 0) AS leads, coalesce(o.accepted, 0) AS accepted,
    coalesce(o.units_milli, 0) AS units_milli, r.others, r.on_duty,
    CAST(coalesce(r.room_milli, 0) AS bigint) AS room_milli
FROM pool AS p
LEFT JOIN ({_LEADS}) AS o ON o.pool = p.key
CROSS JOIN LATERAL (
    SELECT count(*) AS others, count(*) FILTER (WHERE y.on_duty) AS on_duty,
        sum(greatest(y.capacity_milli - y.reserved_milli, 0)) FILTER (WHERE y.on_duty)
            AS room_milli
    FROM pool_member AS x JOIN (
        SELECT *, status = 'online' AND duty = 'shift'
            AND (status_until IS NULL OR status_until > :now) AS on_duty
        FROM manager WHERE left_at IS NULL) AS y USING (manager_id)
    WHERE x.pool = p.key AND x.manager_id <> CAST(:manager_id AS uuid)) AS r
WHERE o.leads > 0 OR EXISTS (
    SELECT FROM pool_member AS x
    WHERE x.pool = p.key AND x.manager_id = CAST(:manager_id AS uuid))
ORDER BY p.key
"""
_UNITS = """
SELECT a.lead_id, a.units_milli FROM assignment AS a
WHERE a.manager_id = :manager_id AND a.ended_at IS NULL ORDER BY a.lead_id
"""


@dataclass(frozen=True, slots=True)
class PoolShare:
    """The manager's leads of a pool, and who is there to take them: `others` are the members who
    stay, `on_duty` those of them at work now, with their room in thousandths of a work unit.
    """

    key: str
    leads: int
    accepted: int
    units_milli: int
    others: int
    on_duty: int
    room_milli: int


async def list_shares(session: Session, manager_id: UUID, *, now: datetime) -> list[PoolShare]:
    """By pool: those with leads of the manager's, and those the manager is a member of."""
    rows = await session.execute(_POOLS, {"manager_id": manager_id, "now": now})
    return [PoolShare(**row) for row in rows]


async def list_units(session: Session, manager_id: UUID) -> list[tuple[UUID, int]]:
    """The manager's leads with their work units in thousandths, in the order of moving."""
    rows = await session.execute(_UNITS, {"manager_id": manager_id})
    return [(row.lead_id, row.units_milli) for row in rows]
