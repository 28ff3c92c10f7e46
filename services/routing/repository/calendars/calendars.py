"""Rows of calendars and holiday calendars, and of managers' duty by them.

Calendars change under the locks of their managers.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.domain.calendars.plans import Standing
from services.routing.domain.deciding.waiting import Parked
from services.routing.domain.lead import Lead
from shared.database import Session
from shared.errors import NotFoundError
from shared.statements import columns

_FIND = "SELECT content, version, changed_at FROM calendar WHERE manager_id = :manager_id"
_WRITE = """
INSERT INTO calendar (manager_id, content, holidays, version, changed_at)
VALUES (:manager_id, CAST(:content AS jsonb), :holidays, 1, :now)
ON CONFLICT (manager_id) DO UPDATE SET content = excluded.content, holidays = excluded.holidays,
    version = calendar.version + 1, changed_at = excluded.changed_at
"""
_DELETE = "DELETE FROM calendar WHERE manager_id = :manager_id RETURNING manager_id"
_OF_MANAGERS = """
SELECT m.manager_id, m.time_zone, c.content, c.holidays
FROM manager AS m LEFT JOIN calendar AS c ON c.manager_id = m.manager_id
WHERE m.manager_id = ANY(CAST(:ids AS uuid[]))
"""
_WHO_NAMES = "SELECT manager_id FROM calendar WHERE holidays @> ARRAY[CAST(:key AS text)]"
_DUE = """
SELECT manager_id, status, duty, duty_plan FROM manager
WHERE duty_until <= :now ORDER BY manager_id LIMIT :limit FOR UPDATE
"""
_LOCK = """
SELECT manager_id, status, duty, duty_plan FROM manager
WHERE manager_id = ANY(CAST(:ids AS uuid[])) ORDER BY manager_id FOR UPDATE
"""
_DUTY = """
UPDATE manager AS m SET duty = n.duty, duty_until = n.duty_until, duty_plan = n.duty_plan,
    next_shift_at = n.next_shift_at
FROM unnest(CAST(:ids AS uuid[]), CAST(:duties AS text[]), CAST(:untils AS timestamptz[]),
    CAST(:plans AS text[]), CAST(:nexts AS timestamptz[]))
    AS n(manager_id, duty, duty_until, duty_plan, next_shift_at)
WHERE m.manager_id = ANY(CAST(:ids AS uuid[])) AND m.manager_id = n.manager_id
"""
_NEXT_SHIFTS = """
SELECT p.pool, min(m.next_shift_at) AS at
FROM pool_member AS p JOIN manager AS m ON m.manager_id = p.manager_id
WHERE p.pool = ANY(CAST(:pools AS text[])) AND m.left_at IS NULL
GROUP BY p.pool
"""


@dataclass(frozen=True, slots=True)
class StoredCalendar:
    """A calendar in its JSON; `version` rises with every change."""

    content: Mapping[str, Any]
    version: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class CalendarOf:
    """A manager's zone and calendar, if there is one, with the holiday calendars that it names."""

    manager_id: UUID
    time_zone: str
    content: Mapping[str, Any] | None
    holidays: Sequence[str]


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A manager's duty as it is written, under the lock of the row."""

    manager_id: UUID
    status: str
    duty: str
    duty_plan: str | None


def no_calendar() -> NotFoundError:
    return NotFoundError("This manager has no calendar, and so is always on shift.")


async def find_calendar(session: Session, manager_id: UUID) -> StoredCalendar | None:
    row = (await session.execute(_FIND, {"manager_id": manager_id})).first()
    return None if row is None else StoredCalendar(row.content, row.version, row.changed_at)


async def write_calendar(
    session: Session, manager_id: UUID, content: Mapping[str, Any], *, now: datetime
) -> None:
    """Create or replace a manager's calendar."""
    text = json.dumps(content, ensure_ascii=False)
    holidays = list(content.get("holidays", ()))
    params = {"manager_id": manager_id, "content": text, "holidays": holidays, "now": now}
    await session.execute(_WRITE, params)


async def delete_calendar(session: Session, manager_id: UUID) -> bool:
    """Whether there was one."""
    return await session.scalar(_DELETE, {"manager_id": manager_id}) is not None


async def list_calendars_of(session: Session, manager_ids: Collection[UUID]) -> list[CalendarOf]:
    rows = await session.execute(_OF_MANAGERS, {"ids": list(manager_ids)})
    return [
        CalendarOf(row.manager_id, row.time_zone, row.content, row.holidays or ()) for row in rows
    ]


async def list_who_names(session: Session, key: str) -> list[UUID]:
    """The managers whose calendars name a holiday calendar."""
    return (await session.execute(_WHO_NAMES, {"key": key})).scalars()


async def lock_duties_due(session: Session, *, now: datetime, limit: int) -> list[DutyRow]:
    """Lock and return managers whose duty holds no longer."""
    rows = await session.execute(_DUE, {"now": now, "limit": limit})
    return [DutyRow(*row) for row in rows]


async def lock_duties(session: Session, manager_ids: Collection[UUID]) -> list[DutyRow]:
    """Lock these managers and return their duty."""
    rows = await session.execute(_LOCK, {"ids": sorted(manager_ids)})
    return [DutyRow(*row) for row in rows]


async def write_duties(
    session: Session, duties: Sequence[tuple[UUID, Standing, str | None]]
) -> None:
    """Write duty by the calendar, and the plan that it was read from."""
    rows = [
        (manager_id, item.duty, item.duty_until, plan, item.next_shift_at)
        for manager_id, item, plan in duties
    ]
    await session.execute(_DUTY, columns("ids duties untils plans nexts", rows))


async def list_next_shifts(session: Session, pools: Collection[str]) -> dict[str, datetime | None]:
    """By pool: when the next shift of any member begins, as far as one is off shift."""
    rows = await session.execute(_NEXT_SHIFTS, {"pools": list(pools)})
    return {row.pool: row.at for row in rows}


async def list_parked_until(session: Session, leads: Collection[Lead]) -> dict[UUID, datetime]:
    """When the next shift begins in the pools of those leads for whom nobody is on duty."""
    parked = [item for item in leads if item.parked_reason == Parked.NOBODY_ON_DUTY]
    if not parked:
        return {}
    shifts = await list_next_shifts(session, {item.pool for item in parked})
    moments = {item.lead_id: shifts.get(item.pool) for item in parked}
    return {lead_id: moment for lead_id, moment in moments.items() if moment is not None}
