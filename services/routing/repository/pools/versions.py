"""Versions of pools: every change of one, members included, as it was and who made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.routing.repository.pools.reweighing import ALL_LEADS
from shared.database import Session
from shared.errors import NotFoundError

# Whoever changes pools holds the row of the default pool, which is always there, before all others
# and before managers.
_LOCK = "SELECT key FROM pool WHERE key = 'default' FOR NO KEY UPDATE"
_CONTENT = """jsonb_build_object('key', key, 'name', name, 'position', position, 'rules', rules,
    'policy', policy, 'supervisor_ids', to_jsonb(supervisor_ids), 'manager_ids', to_jsonb(ARRAY(
        SELECT manager_id FROM pool_member WHERE pool = p.key ORDER BY manager_id)))"""
_RECORD = f"""
WITH present AS MATERIALIZED (
    SELECT p.key, {_CONTENT} AS content, p.version AS version, v.version AS last_version,
        v.content AS last_content
    FROM pool AS p
    LEFT JOIN LATERAL (SELECT version, content FROM pool_version WHERE pool = p.key
        ORDER BY version DESC LIMIT 1) AS v ON TRUE
), changed AS (
    UPDATE pool AS p SET version = coalesce(n.last_version, 0) + 1,
        reweigh_below = CASE WHEN n.last_content -> 'policy' IS DISTINCT FROM p.policy
            THEN {ALL_LEADS} ELSE p.reweigh_below END
    FROM present AS n
    WHERE p.key = n.key AND (n.content IS DISTINCT FROM n.last_content
        OR n.version IS DISTINCT FROM n.last_version)
    RETURNING p.key, p.version, n.content
)
INSERT INTO pool_version (pool, version, at, actor, content)
SELECT key, version, :now, :actor, content FROM changed
"""
_SELECT = "SELECT version, at, actor, content FROM pool_version WHERE pool = :pool"
_GET = f"{_SELECT} AND version = :version"
_LIST = f"""
{_SELECT} AND (CAST(:before AS bigint) IS NULL OR version < :before)
ORDER BY version DESC LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class PoolVersion:
    """`content` has the key, name, position, rules, policy, manager_ids and supervisor_ids."""

    version: int
    at: datetime
    actor: str
    content: Mapping[str, Any]


async def lock_configuration(session: Session) -> None:
    """Keep others from changing pools and memberships until the commit."""
    await session.execute(_LOCK)


async def record_versions(session: Session, *, actor: str, now: datetime) -> None:
    """Give each pool that is not as its last version has it a new version, once per transaction.
    Leads of those whose policy has changed are weighed anew. The caller holds the lock of the
    configuration.
    """
    await session.execute(_RECORD, {"actor": actor, "now": now})


async def list_versions(
    session: Session, pool: str, *, before: int | None, limit: int
) -> list[PoolVersion]:
    """Newest first, below `before`; one more than `limit` shows that there is a next page."""
    params = {"pool": pool, "before": before, "limit": limit + 1}
    return [PoolVersion(**row) for row in await session.execute(_LIST, params)]


async def get_version(session: Session, pool: str, version: int) -> PoolVersion:
    """Raises NotFoundError."""
    row = (await session.execute(_GET, {"pool": pool, "version": version})).first()
    if row is None:
        raise NotFoundError("The pool has no such version.")
    return PoolVersion(**row)
