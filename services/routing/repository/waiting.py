"""Leads that wait for an owner, most pressing first, then the longest waiting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.database import Session

# Reasons that keep a lead out of the assigner's hands until somebody has looked at it.
SET_ASIDE = ("failed", "crashes_the_process")
_OUTSIDE = (
    "parked_reason IS DISTINCT FROM 'failed'"
    " AND parked_reason IS DISTINCT FROM 'crashes_the_process'"
)
_POOLS = f"""
SELECT p.key,
    EXISTS (SELECT FROM leads AS l WHERE l.pool = p.key AND l.state = 'open'
        AND l.owner_id IS NULL AND l.parked_reason IS NULL) AS news,
    EXISTS (SELECT FROM leads AS l WHERE l.pool = p.key AND l.state = 'open'
        AND l.owner_id IS NULL AND {_OUTSIDE}) AS any_waiting,
    EXISTS (SELECT FROM pool_members AS x JOIN managers AS m USING (manager_id)
        WHERE x.pool = p.key AND m.status = 'online'
            AND (m.status_until IS NULL OR m.status_until > :now)
            AND m.reserved_milli < m.capacity_milli) AS has_room
FROM pools AS p ORDER BY p.key
"""
_NEXT = f"""
SELECT lead_id, priority_rank, received_at, number FROM leads
WHERE pool = :pool AND state = 'open' AND owner_id IS NULL AND {_OUTSIDE}
    AND (priority_rank, received_at, number) > (:rank, :received_at, :number)
ORDER BY priority_rank, received_at, number LIMIT :limit
"""
_NEXT_NEWS = """
SELECT lead_id, priority_rank, received_at, number FROM leads
WHERE pool = :pool AND state = 'open' AND owner_id IS NULL AND parked_reason IS NULL
    AND (priority_rank, received_at, number) > (:rank, :received_at, :number)
ORDER BY priority_rank, received_at, number LIMIT :limit
"""
_LOCK = """
SELECT lead_id, contact_id, units_milli, round, language, parked_reason,
    ARRAY(SELECT p.manager_id FROM passed_over AS p
        WHERE p.lead_id = l.lead_id AND p.round = l.round) AS passed_over
FROM leads AS l
WHERE lead_id = ANY(CAST(:ids AS uuid[])) AND state = 'open' AND owner_id IS NULL
ORDER BY priority_rank, received_at, number FOR UPDATE OF l SKIP LOCKED
"""
_RETRY = """
UPDATE leads SET parked_reason = NULL
WHERE state = 'open' AND owner_id IS NULL AND parked_reason = 'failed'
"""


@dataclass(frozen=True, slots=True)
class WaitingPool:
    """`news`: leads never looked at; `has_room`: a member on duty could take at least a little."""

    key: str
    news: bool
    any_waiting: bool
    has_room: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lead stands in its pool's queue."""

    lead_id: UUID
    rank: int
    received_at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class WaitingLead:
    """A lead under its lock."""

    lead_id: UUID
    contact_id: UUID
    units_milli: int
    round: int
    language: str | None
    parked_reason: str | None
    passed_over: Sequence[UUID]


async def waiting_pools(session: Session, *, now: datetime) -> list[WaitingPool]:
    """Pools with something to do: a new lead to judge, or a waiting one and room."""
    rows = await session.execute(_POOLS, {"now": now})
    found = [WaitingPool(row.key, row.news, row.any_waiting, row.has_room) for row in rows]
    return [pool for pool in found if pool.news or (pool.any_waiting and pool.has_room)]


async def next_waiting(
    session: Session, pool: WaitingPool, *, after: Place | None, limit: int
) -> list[Place]:
    """The next in the queue; without room only those that nobody has told why they wait."""
    asked = {
        "pool": pool.key,
        "rank": after.rank if after else -1,
        "received_at": after.received_at if after else datetime.fromisoformat("0001-01-02T00:00Z"),
        "number": after.number if after else 0,
        "limit": limit,
    }
    rows = await session.execute(_NEXT if pool.has_room else _NEXT_NEWS, asked)
    return [Place(row.lead_id, row.priority_rank, row.received_at, row.number) for row in rows]


async def lock_waiting(session: Session, lead_ids: Sequence[UUID]) -> list[WaitingLead]:
    """Those of the leads that still wait and that nobody else has in hand, in queue order."""
    rows = await session.execute(_LOCK, {"ids": list(lead_ids)})
    return [WaitingLead(**row) for row in rows]


async def retry_failed(session: Session) -> None:
    """Let a newer program try what an older one could not."""
    await session.execute(_RETRY)
