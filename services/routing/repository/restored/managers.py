"""Rows of managers as their events have them, and their reservations by the leases that live."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from pydantic_core import to_json

from services.routing.domain.restored_leases import Lease
from shared.contracts.managers import ManagerChanged, ManagerStatusChanged
from shared.database import Session
from shared.statements import columns

_PROFILE = """
INSERT INTO manager AS m (manager_id, name, email, capacity_milli, time_zone, skills, languages,
    regions, products, weight_milli, hourly_limit, daily_limit, left_at)
SELECT manager_id, coalesce(name, ''), email, greatest(1, CAST(round(capacity * 1000) AS bigint)),
    time_zone, skills, languages, regions, products,
    greatest(1, CAST(round(weight * 1000) AS integer)), hourly_limit, daily_limit, left_at
FROM json_to_recordset(CAST(:profiles AS json)) AS n(manager_id uuid, name text, email text,
    capacity numeric, time_zone text, skills jsonb, languages text[], regions text[],
    products text[], weight numeric, hourly_limit integer, daily_limit integer,
    left_at timestamptz)
ORDER BY manager_id
ON CONFLICT (manager_id) DO UPDATE SET name = excluded.name, email = excluded.email,
    capacity_milli = excluded.capacity_milli, time_zone = excluded.time_zone,
    skills = excluded.skills, languages = excluded.languages, regions = excluded.regions,
    products = excluded.products, weight_milli = excluded.weight_milli,
    hourly_limit = excluded.hourly_limit, daily_limit = excluded.daily_limit,
    left_at = excluded.left_at
"""
_LEAVE = "DELETE FROM pool_member WHERE manager_id = ANY(CAST(:ids AS uuid[]))"
_JOIN = """
INSERT INTO pool_member (pool, manager_id)
SELECT * FROM unnest(CAST(:pools AS text[]), CAST(:ids AS uuid[])) AS n(pool, manager_id)
ORDER BY pool, manager_id
"""
_STATUS = """
UPDATE manager AS m SET status = n.status, status_until = n.until
FROM unnest(CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:untils AS timestamptz[]))
    AS n(manager_id, status, until)
WHERE m.manager_id = n.manager_id
"""
# Managers whose own events are read later; nobody is on duty before.
_BEGIN = """
INSERT INTO manager (manager_id, name, capacity_milli, time_zone, skills)
SELECT DISTINCT id, '', 1000000, 'UTC', CAST('{}' AS jsonb)
FROM unnest(CAST(:ids AS uuid[])) AS i(id) ORDER BY id
ON CONFLICT DO NOTHING
"""
_COUNT = """
WITH lease AS (
    SELECT manager_id, max(at) AS at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:ats AS timestamptz[])) AS n(manager_id, at)
    GROUP BY manager_id
), locked AS MATERIALIZED (
    SELECT manager_id FROM manager WHERE manager_id = ANY(CAST(:ids AS uuid[]))
    ORDER BY manager_id FOR UPDATE
)
UPDATE manager AS m SET last_assigned_at = greatest(m.last_assigned_at, lease.at),
    reserved_milli = coalesce((
        SELECT CAST(sum(units_milli) AS bigint) FROM assignment AS a
        WHERE a.manager_id = m.manager_id AND a.ended_at IS NULL), 0)
FROM locked JOIN lease USING (manager_id)
WHERE m.manager_id = ANY(CAST(:ids AS uuid[])) AND m.manager_id = locked.manager_id
RETURNING m.manager_id, m.reserved_milli > m.capacity_milli AS is_full
"""


async def write_profiles(session: Session, events: Collection[ManagerChanged]) -> None:
    """Write what is set up for each of these managers; their pools are there."""
    profiles = to_json([item.model_dump(mode="json") for item in events]).decode()
    await session.execute(_PROFILE, {"profiles": profiles})
    await session.execute(_LEAVE, {"ids": [item.manager_id for item in events]})
    members = [(pool, item.manager_id) for item in events for pool in item.pools]
    await session.execute(_JOIN, columns("pools ids", members))


async def write_statuses(session: Session, events: Collection[ManagerStatusChanged]) -> None:
    rows = [(item.manager_id, item.status, item.until) for item in events]
    await session.execute(_STATUS, columns("ids statuses untils", rows))


async def count_reservations(
    session: Session, leases: Sequence[Lease], profiles: Collection[ManagerChanged]
) -> list[UUID]:
    """Make the reservations of these managers the sum of their live leases; all are just written.

    Returns those who have more than their capacity holds.
    """
    turns: list[tuple[UUID, datetime | None]] = [(item.manager_id, None) for item in profiles]
    turns += [(item.manager_id, item.assigned_at) for item in leases]
    params = columns("ids ats", turns)
    await session.execute(_BEGIN, {"ids": params["ids"]})
    rows = await session.execute(_COUNT, params)
    return [row.manager_id for row in rows if row.is_full]
