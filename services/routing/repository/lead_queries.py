"""Pages of leads, and the load of managers and pools. Pages are keyed by immutable columns."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, not_, select, tuple_

from services.routing.domain.lead import Lead
from services.routing.repository.leads import LEASE_COLUMNS, as_lead
from services.routing.tables.leads import lead
from services.routing.tables.work import assignment
from shared.database import Session

# The order of each `sort`: columns that never change, the last of them unique; and whether the
# largest come first.
_BY_NUMBER, _BY_TIME = tuple_(lead.c.number), tuple_(lead.c.received_at, lead.c.number)
SORTS = {
    "newest": (_BY_NUMBER, True),
    "oldest": (_BY_NUMBER, False),
    "-received_at": (_BY_TIME, True),
    "received_at": (_BY_TIME, False),
}
_WAITS = and_(lead.c.state == "open", lead.c.owner_id.is_(None))
_OF_ITS_LEASE = and_(
    assignment.c.lead_id == lead.c.lead_id,
    assignment.c.epoch == lead.c.epoch,
    lead.c.owner_id.is_not(None),
)
_LEADS = select(
    *((assignment if item.name in LEASE_COLUMNS else lead).c[item.name] for item in fields(Lead))
).select_from(lead.outerjoin(assignment, _OF_ITS_LEASE))
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
    FROM lead WHERE state = 'open' AND owner_id IS NULL GROUP BY pool
) AS w ON w.pool = p.key
ORDER BY p.position, p.key
"""


@dataclass(frozen=True, slots=True)
class LeadFilter:
    owner_id: UUID | None = None
    state: str | None = None
    pool: str | None = None
    waiting: bool | None = None


@dataclass(frozen=True, slots=True)
class After:
    """The place behind which a page begins: a row's number and, in sorts by time, its moment."""

    number: int
    received_at: datetime | None = None


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


async def list_leads(
    session: Session, criteria: LeadFilter, *, sort: str, after: After | None, limit: int
) -> Sequence[Lead]:
    """A page of leads; one more than `limit` shows that there is a next page."""
    place, largest_first = SORTS[sort]
    conditions: list[ColumnElement[bool]] = []
    for name in ("owner_id", "state", "pool"):
        value = getattr(criteria, name)
        if value is not None:
            conditions.append(lead.c[name] == value)
    if criteria.waiting is not None:
        conditions.append(_WAITS if criteria.waiting else not_(_WAITS))
    if after is not None:
        last = (after.number,) if after.received_at is None else (after.received_at, after.number)
        conditions.append(place < last if largest_first else place > last)
    order = [column.desc() if largest_first else column for column in place.clauses]
    query = _LEADS.where(*conditions).order_by(*order).limit(limit + 1)
    return [as_lead(row) for row in await session.execute(query)]


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
        "SELECT count(*) FROM lead WHERE state = 'open' AND owner_id IS NULL"
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
        WHERE state = 'open' AND owner_id IS NULL AND parked_reason IS NOT NULL
        GROUP BY parked_reason"""
    )
    return {row.parked_reason: row.number for row in rows}


async def count_managers(session: Session) -> dict[str, int]:
    """The number of managers by status."""
    rows = await session.execute("SELECT status, count(*) AS number FROM manager GROUP BY status")
    return {row.status: row.number for row in rows}
