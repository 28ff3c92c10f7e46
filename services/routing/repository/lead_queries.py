"""The load of managers and pools, and how many leads there are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.database import Session

_LOAD = """
SELECT m.manager_id, m.name, m.status, m.capacity_milli, m.reserved_milli,
    (SELECT count(*) FROM assignment AS a
        WHERE a.manager_id = m.manager_id AND a.ended_at IS NULL) AS leads
FROM manager AS m ORDER BY m.manager_id
"""
_POOL_LOAD = """
SELECT p.key, coalesce(m.members, 0) AS members, coalesce(m.on_duty, 0) AS on_duty,
    CAST(coalesce(m.capacity, 0) AS bigint) AS capacity_milli,
    CAST(coalesce(m.reserved, 0) AS bigint) AS reserved_milli,
    CAST(coalesce(m.headroom, 0) AS bigint) AS headroom_milli, coalesce(w.waiting, 0) AS waiting,
    coalesce(w.parked, 0) AS parked, w.oldest AS waiting_since
FROM pool AS p
LEFT JOIN (
    SELECT x.pool, count(*) AS members, count(*) FILTER (WHERE on_shift) AS on_duty,
        sum(capacity_milli) FILTER (WHERE on_shift) AS capacity,
        sum(reserved_milli) FILTER (WHERE on_shift) AS reserved,
        sum(greatest(capacity_milli - reserved_milli, 0)) FILTER (WHERE on_shift) AS headroom
    FROM pool_member AS x JOIN (
        SELECT *, status = 'online' AND (status_until IS NULL OR status_until > :now)
            AND duty = 'shift' AND left_at IS NULL AS on_shift
        FROM manager) AS y USING (manager_id)
    GROUP BY x.pool
) AS m ON m.pool = p.key
LEFT JOIN (
    SELECT pool, count(*) AS waiting, count(parked_reason) AS parked, min(received_at) AS oldest
    FROM lead WHERE state = 'open' AND owner_id IS NULL
        AND parked_reason IS DISTINCT FROM 'erased' GROUP BY pool
) AS w ON w.pool = p.key
ORDER BY p.position, p.key
"""
# Two indexes that hold nothing but such leads answer this. Nobody neglects who was erased.
_NEGLECTED = """
SELECT pipeline, CAST(sum(rotting) AS bigint) AS rotting, CAST(sum(overdue) AS bigint) AS overdue
FROM (
    SELECT pipeline, 1 AS rotting, 0 AS overdue FROM lead
    WHERE num_nonnulls(closed_at) = 0 AND rots_at <= now()
        AND parked_reason IS DISTINCT FROM 'erased'
    UNION ALL
    SELECT pipeline, 0, 1 FROM lead
    WHERE num_nonnulls(closed_at) = 0 AND next_action_at < now()
        AND parked_reason IS DISTINCT FROM 'erased'
) AS l
GROUP BY pipeline
"""


@dataclass(frozen=True, slots=True)
class ManagerLoad:
    manager_id: UUID
    name: str
    status: str
    capacity_milli: int
    reserved_milli: int
    leads: int


@dataclass(frozen=True, slots=True)
class PoolLoad:
    key: str
    members: int
    on_duty: int
    capacity_milli: int
    reserved_milli: int
    headroom_milli: int
    waiting: int
    parked: int
    waiting_since: datetime | None


async def list_manager_loads(session: Session) -> list[ManagerLoad]:
    rows = await session.execute(_LOAD)
    return [ManagerLoad(**row) for row in rows]


async def list_pool_loads(session: Session, *, now: datetime) -> list[PoolLoad]:
    rows = await session.execute(_POOL_LOAD, {"now": now})
    return [PoolLoad(**row) for row in rows]


# Partial indexes of open leads and of live leases answer these: closed leads cost nothing.


async def count_waiting(session: Session) -> int:
    """The number of open leads without an owner."""
    count: int = await session.scalar(
        """SELECT count(*) FROM lead WHERE state = 'open' AND owner_id IS NULL
        AND parked_reason IS DISTINCT FROM 'erased'"""
    )
    return count


async def count_owned(session: Session) -> int:
    """The number of open leads with an owner."""
    count: int = await session.scalar("SELECT count(*) FROM assignment WHERE ended_at IS NULL")
    return count


async def count_parked(session: Session) -> dict[str, int]:
    """The number of open leads for which no owner was found, by the reason."""
    rows = await session.execute(
        """SELECT parked_reason, count(*) AS number FROM lead
        WHERE state = 'open' AND owner_id IS NULL AND parked_reason <> 'erased'
        GROUP BY parked_reason"""
    )
    return {row.parked_reason: row.number for row in rows}


async def count_managers(session: Session) -> dict[str, int]:
    """The number of managers by status."""
    rows = await session.execute("SELECT status, count(*) AS number FROM manager GROUP BY status")
    return {row.status: row.number for row in rows}


async def count_neglected(session: Session) -> list[tuple[str, int, int]]:
    """By pipeline: open leads that are rotting, and those whose next action is overdue."""
    rows = await session.execute(_NEGLECTED)
    return [(row.pipeline, row.rotting, row.overdue) for row in rows]
