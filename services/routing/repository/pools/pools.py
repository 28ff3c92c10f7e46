"""Pools with their members."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.routing.domain.policies import policy_of
from services.routing.domain.pools import Pool
from shared.database import Session
from shared.errors import NotFoundError

_SELECT = """
SELECT key, number, name, position, rules, policy, supervisor_ids, version, shadow_policy,
    ARRAY(SELECT manager_id FROM pool_member WHERE pool = key ORDER BY manager_id) AS manager_ids
FROM pool
"""
_GET = f"{_SELECT} WHERE key = :key"
_LIST = f"""
{_SELECT} WHERE CAST(:before AS bigint) IS NULL OR number < :before
ORDER BY number DESC LIMIT :limit
"""
_LAST_POSITION = "SELECT coalesce(max(position), 0) FROM pool WHERE key <> 'default'"
# A new pool has its first version once that is recorded.
_WRITE = """
INSERT INTO pool (key, name, position, rules, policy, supervisor_ids, version)
VALUES (:key, :name, :position, CAST(:rules AS jsonb), CAST(:policy AS jsonb), :supervisor_ids, 0)
ON CONFLICT (key) DO UPDATE SET name = excluded.name, position = excluded.position,
    rules = excluded.rules, policy = excluded.policy, supervisor_ids = excluded.supervisor_ids
"""
_CLEAR_POOL = """
DELETE FROM pool_member WHERE pool = :pool AND manager_id <> ALL(CAST(:managers AS uuid[]))
"""
_FILL_POOL = """
INSERT INTO pool_member (pool, manager_id)
SELECT :pool, id FROM unnest(CAST(:managers AS uuid[])) AS i(id) ORDER BY id
ON CONFLICT DO NOTHING
"""
_LEAVE = """
DELETE FROM pool_member WHERE manager_id = :manager_id AND pool <> ALL(CAST(:pools AS text[]))
"""
_JOIN = """
INSERT INTO pool_member (pool, manager_id)
SELECT key, :manager_id FROM unnest(CAST(:pools AS text[])) AS i(key) ORDER BY key
ON CONFLICT DO NOTHING
"""
_LOCK_KEYS = "SELECT key FROM pool WHERE key = ANY(CAST(:keys AS text[])) FOR KEY SHARE"
_IS_USED = "SELECT EXISTS (SELECT FROM lead WHERE pool = :key)"


@dataclass(frozen=True, slots=True)
class NumberedPool:
    """A pool and its place in the order of creation."""

    number: int
    pool: Pool


def as_pool(row: Any) -> Pool:
    return Pool(
        key=row.key,
        name=row.name,
        position=row.position,
        rules=tuple(row.rules),
        policy=policy_of(row.policy),
        manager_ids=tuple(row.manager_ids),
        supervisor_ids=tuple(row.supervisor_ids),
        version=row.version,
        shadow=None if row.shadow_policy is None else policy_of(row.shadow_policy),
    )


def no_such_pool() -> NotFoundError:
    return NotFoundError("There is no such pool.")


async def get_pool(session: Session, key: str) -> Pool:
    """Raises NotFoundError."""
    pool = await find_pool(session, key)
    if pool is None:
        raise no_such_pool()
    return pool


async def find_pool(session: Session, key: str) -> Pool | None:
    row = (await session.execute(_GET, {"key": key})).first()
    return None if row is None else as_pool(row)


async def lock_pool(session: Session, key: str) -> Pool | None:
    row = (await session.execute(f"{_GET} FOR NO KEY UPDATE", {"key": key})).first()
    return None if row is None else as_pool(row)


async def list_pools(session: Session, *, before: int | None, limit: int) -> list[NumberedPool]:
    rows = await session.execute(_LIST, {"before": before, "limit": limit + 1})
    return [NumberedPool(row.number, as_pool(row)) for row in rows]


async def get_next_position(session: Session) -> int:
    """The position behind all pools that have rules of their own."""
    return int(await session.scalar(_LAST_POSITION)) + 1


async def write_pool(
    session: Session,
    key: str,
    *,
    name: str,
    position: int,
    rules: Sequence[Mapping[str, Sequence[str]]],
    policy: Mapping[str, Any],
    supervisor_ids: Sequence[UUID],
) -> None:
    await session.execute(
        _WRITE,
        {
            "key": key,
            "name": name,
            "position": position,
            "rules": json.dumps(rules, ensure_ascii=False),
            "policy": json.dumps(policy, ensure_ascii=False),
            "supervisor_ids": list(supervisor_ids),
        },
    )


async def set_members(session: Session, pool: str, manager_ids: Collection[UUID]) -> None:
    """Make these managers the pool's members. The caller has locked all who join or leave."""
    params = {"pool": pool, "managers": list(manager_ids)}
    await session.execute(_CLEAR_POOL, params)
    await session.execute(_FILL_POOL, params)


async def set_pools_of(session: Session, manager_id: UUID, pools: Collection[str]) -> None:
    """Make the manager a member of exactly these pools. The caller holds the manager's lock."""
    params = {"manager_id": manager_id, "pools": list(pools)}
    await session.execute(_LEAVE, params)
    await session.execute(_JOIN, params)


async def lock_pool_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Those of the keys that exist; none of them can be deleted until the commit."""
    return {row.key for row in await session.execute(_LOCK_KEYS, {"keys": list(keys)})}


async def is_used(session: Session, key: str) -> bool:
    """Whether the pool has, or had, any lead."""
    return bool(await session.scalar(_IS_USED, {"key": key}))


async def delete_pool(session: Session, key: str) -> None:
    await session.execute("DELETE FROM pool WHERE key = :key", {"key": key})
