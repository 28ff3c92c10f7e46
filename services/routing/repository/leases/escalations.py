"""Leads that went round too often: those that wait for the supervisors of their pools."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.domain.policies import Policy, policy_of
from shared.database import Session

# Also the predicate of the index for these statements.
ESCALATED = "state = 'open' AND owner_id IS NULL AND parked_reason = 'escalated'"
_TERMS = """
SELECT key, version, policy, supervisor_ids, FALSE AS has_room
FROM pool WHERE key = ANY(CAST(:keys AS text[]))
"""
# A glance at the beginning of each queue: the cost does not grow with its length.
_POOLS = f"""
SELECT p.key, p.version, p.policy, p.supervisor_ids, EXISTS (
    SELECT FROM manager AS m
    WHERE m.manager_id = ANY(p.supervisor_ids) AND m.left_at IS NULL
        AND NOT (m.status IN ('busy', 'away')
            AND (m.status_until IS NULL OR m.status_until > :now))
        AND m.capacity_milli - m.reserved_milli >= (
            SELECT min(units_milli) FROM (
                SELECT units_milli FROM lead WHERE pool = p.key AND {ESCALATED}
                ORDER BY queue_at, number LIMIT :limit) AS w)) AS has_room
FROM pool AS p
WHERE EXISTS (SELECT FROM lead WHERE pool = p.key AND {ESCALATED})
ORDER BY p.key
"""
_LIST = f"""
SELECT lead_id FROM lead WHERE pool = :pool AND {ESCALATED} ORDER BY queue_at, number LIMIT :limit
"""
_PUT_BACK = f"""
UPDATE lead SET parked_reason = NULL WHERE {ESCALATED} AND lead_id = ANY(ARRAY(
    SELECT lead_id FROM lead WHERE pool = :pool AND {ESCALATED}
    ORDER BY queue_at, number LIMIT :limit FOR UPDATE SKIP LOCKED))
"""


@dataclass(frozen=True, slots=True)
class SupervisedPool:
    """`has_room`: a supervisor can take one of the leads at the beginning of the queue."""

    key: str
    version: int
    policy: Policy
    supervisor_ids: Sequence[UUID]
    has_room: bool

    @property
    def is_supervised(self) -> bool:
        """Whether anybody is named to take what went round too often."""
        return self.policy.supervisor and bool(self.supervisor_ids)


def _as_pool(row: Any) -> SupervisedPool:
    return SupervisedPool(
        row.key, row.version, policy_of(row.policy), tuple(row.supervisor_ids), row.has_room
    )


async def list_terms(session: Session, keys: Collection[str]) -> dict[str, SupervisedPool]:
    """These pools, without looking for room."""
    rows = await session.execute(_TERMS, {"keys": list(keys)})
    return {row.key: _as_pool(row) for row in rows}


async def list_pools(session: Session, *, now: datetime, limit: int) -> list[SupervisedPool]:
    """The pools in which leads wait for supervisors; `limit` leads of each are looked at."""
    rows = await session.execute(_POOLS, {"now": now, "limit": limit})
    return [_as_pool(row) for row in rows]


async def list_lead_ids(session: Session, pool: str, *, limit: int) -> list[UUID]:
    """The beginning of the supervisors' queue."""
    rows = await session.execute(_LIST, {"pool": pool, "limit": limit})
    return [row.lead_id for row in rows]


async def put_back(session: Session, pool: str, *, limit: int) -> None:
    """Let leads wait in the ordinary queue again."""
    await session.execute(_PUT_BACK, {"pool": pool, "limit": limit})
