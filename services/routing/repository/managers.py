"""Rows of managers. A manager's row is the lock of their capacity; locked in order of id."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.routing.domain.deciding.candidates import Member
from shared.database import Row, Session
from shared.errors import NotFoundError

_COLUMNS = """m.manager_id, m.name, m.email, m.capacity_milli, m.reserved_milli, m.time_zone,
    m.skills, m.languages, m.regions, m.products, m.weight_milli, m.hourly_limit, m.daily_limit,
    m.status, m.status_until, m.duty, m.duty_until, m.duty_plan, m.next_shift_at,
    m.received_milli, m.received_as_of, m.attainment_milli, m.last_assigned_at, m.left_at"""
_POOLS = """ARRAY(SELECT pool FROM pool_member AS p WHERE p.manager_id = m.manager_id
    ORDER BY pool) AS pools"""
_GET = f"SELECT {_COLUMNS}, {_POOLS} FROM manager AS m WHERE manager_id = :manager_id"
_LIST = f"""
SELECT {_COLUMNS}, {_POOLS} FROM manager AS m
WHERE (CAST(:before AS uuid) IS NULL OR manager_id < :before)
    AND (CAST(:pool AS text) IS NULL OR EXISTS (
        SELECT FROM pool_member AS p WHERE p.manager_id = m.manager_id AND p.pool = :pool))
ORDER BY manager_id DESC LIMIT :limit
"""
_LOCK = f"""
SELECT {_COLUMNS} FROM manager AS m
WHERE manager_id = ANY(CAST(:ids AS uuid[])) ORDER BY manager_id FOR UPDATE
"""
# Members as they are now: to join or leave a pool a manager's row has to be locked too. Supervisors
# that leads may come to are locked with them.
_MEMBERS = f"""
SELECT {", ".join(Member._fields)}
FROM manager WHERE manager_id = ANY(ARRAY(
    SELECT manager_id FROM pool_member WHERE pool = ANY(CAST(:pools AS text[])))
    || ARRAY(SELECT unnest(supervisor_ids) FROM pool WHERE key = ANY(CAST(:pools AS text[]))
        AND coalesce(CAST(policy ->> 'supervisor' AS boolean), TRUE)))
ORDER BY manager_id
"""
_PRESENT = """
SELECT manager_id FROM manager
WHERE manager_id = ANY(CAST(:ids AS uuid[])) AND left_at IS NULL
"""
_LOCK_MEMBERS = f"{_MEMBERS} FOR UPDATE"
_FREE = """
UPDATE manager AS m SET reserved_milli = m.reserved_milli - n.units_milli
FROM unnest(CAST(:ids AS uuid[]), CAST(:units AS bigint[])) AS n(manager_id, units_milli)
WHERE m.manager_id = ANY(CAST(:ids AS uuid[])) AND m.manager_id = n.manager_id
"""
_CREATE = """
INSERT INTO manager (manager_id, name, email, capacity_milli, time_zone, skills, languages, regions,
    products, weight_milli, hourly_limit, daily_limit)
VALUES (:manager_id, :name, :email, :capacity_milli, :time_zone, CAST(:skills AS jsonb),
    :languages, :regions, :products, :weight_milli, :hourly_limit, :daily_limit)
"""
# What was received counts per weight, which must not jump where the weight does.
_REPLACE = """
UPDATE manager SET name = :name, email = :email, capacity_milli = :capacity_milli,
    time_zone = :time_zone, skills = CAST(:skills AS jsonb), languages = :languages,
    regions = :regions, products = :products, weight_milli = :weight_milli,
    hourly_limit = :hourly_limit, daily_limit = :daily_limit,
    received_milli = received_milli * CAST(:weight_milli AS integer) / weight_milli
WHERE manager_id = :manager_id
"""
_STATUS = """
UPDATE manager SET status = :status, status_until = :until,
    status_since = CASE WHEN status = :status THEN status_since ELSE CAST(:now AS timestamptz) END,
    absent_since = CASE WHEN :status IN ('offline', 'away') THEN absent_since END
WHERE manager_id = :manager_id
"""
_STATUS_DUE = """
SELECT manager_id FROM manager
WHERE status <> 'offline' AND status_until <= :now ORDER BY manager_id LIMIT 500 FOR UPDATE
"""
_EXPIRE = """
UPDATE manager SET status = 'offline', status_until = NULL, status_since = :now
WHERE manager_id = ANY(CAST(:ids AS uuid[]))
"""
_ATTAINMENTS = """
WITH locked AS MATERIALIZED (
    SELECT manager_id FROM manager WHERE manager_id = ANY(CAST(:ids AS uuid[]))
    ORDER BY manager_id FOR UPDATE
)
UPDATE manager AS m SET attainment_milli = n.attainment_milli, attainment_version = n.version
FROM json_to_recordset(CAST(:measures AS json)) AS n(manager_id uuid, attainment_milli integer,
    version bigint) JOIN locked USING (manager_id)
WHERE m.manager_id = ANY(CAST(:ids AS uuid[])) AND m.manager_id = n.manager_id
    AND m.attainment_version < n.version
"""
_SHIFT = """
UPDATE manager SET status_until = status_until + :gap
WHERE manager_id IN (
    SELECT manager_id FROM manager WHERE status <> 'offline' ORDER BY manager_id FOR UPDATE)
"""


@dataclass(frozen=True, slots=True)
class Manager:
    """A manager's row; `pools` is empty where the statement does not read it."""

    manager_id: UUID
    name: str
    email: str | None
    capacity_milli: int
    reserved_milli: int
    time_zone: str
    skills: Mapping[str, float]
    languages: Sequence[str]
    regions: Sequence[str]
    products: Sequence[str]
    weight_milli: int
    hourly_limit: int | None
    daily_limit: int | None
    status: str
    status_until: datetime | None
    duty: str
    duty_until: datetime | None
    duty_plan: str | None
    next_shift_at: datetime | None
    received_milli: float
    received_as_of: datetime | None
    attainment_milli: int | None
    last_assigned_at: datetime | None
    left_at: datetime | None
    pools: Sequence[str] = ()

    def as_member(self) -> Member:
        return Member(**{name: getattr(self, name) for name in Member._fields})


@dataclass(frozen=True, slots=True)
class ManagerFields:
    """What is configured for a manager. `pools` None leaves memberships as they are."""

    name: str
    email: str | None
    capacity_milli: int
    time_zone: str
    skills: Mapping[str, float]
    languages: Sequence[str]
    regions: Sequence[str]
    products: Sequence[str]
    weight_milli: int
    hourly_limit: int | None
    daily_limit: int | None
    pools: Sequence[str] | None


def _as_manager(row: Row) -> Manager:
    return Manager(**row)


def no_such_manager() -> NotFoundError:
    return NotFoundError("There is no such manager.")


async def get_manager(session: Session, manager_id: UUID) -> Manager:
    """Raises NotFoundError."""
    row = (await session.execute(_GET, {"manager_id": manager_id})).first()
    if row is None:
        raise no_such_manager()
    return _as_manager(row)


async def list_managers(
    session: Session, *, before: UUID | None, pool: str | None, limit: int
) -> list[Manager]:
    """Newest id first, below `before`; one more than `limit` shows that there is a next page."""
    rows = await session.execute(_LIST, {"before": before, "pool": pool, "limit": limit + 1})
    return [_as_manager(row) for row in rows]


async def lock_managers(session: Session, manager_ids: Collection[UUID]) -> dict[UUID, Manager]:
    """Lock and return these managers."""
    if not manager_ids:
        return {}
    rows = await session.execute(_LOCK, {"ids": sorted(manager_ids)})
    return {row["manager_id"]: _as_manager(row) for row in rows}


async def find_present(session: Session, manager_ids: Collection[UUID]) -> set[UUID]:
    """Those of the managers who have not left the company."""
    rows = await session.execute(_PRESENT, {"ids": list(manager_ids)})
    return {row.manager_id for row in rows}


async def lock_members(session: Session, pools: Collection[str]) -> dict[UUID, Member]:
    """Lock and return all members of these pools, and their supervisors."""
    return await _members(session, _LOCK_MEMBERS, pools)


async def list_members(session: Session, pools: Collection[str]) -> dict[UUID, Member]:
    """All members of these pools, and their supervisors, without their locks."""
    return await _members(session, _MEMBERS, pools)


async def _members(session: Session, statement: str, pools: Collection[str]) -> dict[UUID, Member]:
    rows = await session.execute(statement, {"pools": list(pools)})
    return {member.manager_id: member for member in map(Member._make, rows)}


async def free_units(session: Session, units: Mapping[UUID, int]) -> None:
    """Subtract work units (thousandths) from reservations. The caller holds the managers' locks."""
    await session.execute(_FREE, {"ids": list(units), "units": list(units.values())})


async def write_manager(
    session: Session, manager_id: UUID, fields: ManagerFields, *, create: bool
) -> None:
    params = {name: getattr(fields, name) for name in ManagerFields.__slots__ if name != "pools"}
    params["skills"] = json.dumps(dict(fields.skills), ensure_ascii=False)
    await session.execute(_CREATE if create else _REPLACE, {"manager_id": manager_id, **params})


async def write_status(
    session: Session, manager_id: UUID, *, status: str, until: datetime | None, now: datetime
) -> None:
    params = {"manager_id": manager_id, "status": status, "until": until, "now": now}
    await session.execute(_STATUS, params)


async def expire_statuses(session: Session, *, now: datetime) -> list[UUID]:
    """Put managers offline whose status has run out. Returns their ids."""
    manager_ids = [row.manager_id for row in await session.execute(_STATUS_DUE, {"now": now})]
    if manager_ids:
        await session.execute(_EXPIRE, {"ids": manager_ids, "now": now})
    return manager_ids


async def shift_statuses(session: Session, *, gap: timedelta) -> None:
    await session.execute(_SHIFT, {"gap": gap})


async def write_attainments(session: Session, measures: Mapping[UUID, tuple[int, int]]) -> None:
    """Write manager → (attainment in thousandths of the plan, version of the measure), where the
    measure is newer than the present one.
    """
    if not measures:
        return
    rows = [
        {"manager_id": str(manager_id), "attainment_milli": milli, "version": version}
        for manager_id, (milli, version) in measures.items()
    ]
    await session.execute(_ATTAINMENTS, {"ids": list(measures), "measures": json.dumps(rows)})
