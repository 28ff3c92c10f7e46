"""The tasks that are not done. A task is an activity, and so is what is reported about it later."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from shared.database import Session

# Made of the activities alone, so that it comes out the same whenever it is made.
_KEEP_OPEN = """
WITH task AS MATERIALIZED (
    SELECT a.activity_id, a.owner_id, a.due_at, coalesce(last.done, false) AS done
    FROM unnest(CAST(:ids AS uuid[])) AS t(id)
    JOIN activity AS a ON a.activity_id = t.id AND a.due_at IS NOT NULL
    LEFT JOIN LATERAL (SELECT done FROM activity AS f
        WHERE f.task_id = a.activity_id AND f.recorded_at IS NOT NULL
        ORDER BY f.recorded_at DESC, f.activity_id DESC LIMIT 1) AS last ON true
    WHERE a.recorded_at IS NOT NULL
), closed AS (
    DELETE FROM open_task WHERE activity_id IN (SELECT activity_id FROM task WHERE done)
)
INSERT INTO open_task (activity_id, owner_id, due_at)
SELECT activity_id, owner_id, due_at FROM task WHERE NOT done ORDER BY activity_id
ON CONFLICT (activity_id) DO NOTHING
"""
_LOCK = """
SELECT activity_id, lead_id, contact_id, owner_id FROM activity
WHERE activity_id = :id AND due_at IS NOT NULL AND recorded_at IS NOT NULL FOR UPDATE
"""
_LIST = """
SELECT t.activity_id, t.owner_id, t.due_at, a.lead_id, a.contact_id, a.actor, a.at, a.text, a.facts
FROM (
    SELECT activity_id, owner_id, due_at FROM open_task
    WHERE {of_owner} due_at >= :since AND due_at < :until
        AND (due_at, activity_id) > (CAST(:after AS timestamptz), CAST(:id AS uuid))
    ORDER BY due_at, activity_id LIMIT :limit
) AS t JOIN activity AS a USING (activity_id)
ORDER BY t.due_at, t.activity_id
"""
_LIST_ALL, _LIST_OWN = _LIST.format(of_owner=""), _LIST.format(of_owner="owner_id = :owner AND")


class OnTask(Protocol):
    """An activity, as it is stored or as it was emitted."""

    @property
    def activity_id(self) -> UUID: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def task_id(self) -> UUID | None: ...


@dataclass(frozen=True, slots=True)
class TaskTerms:
    """Whose task it is, and what about."""

    activity_id: UUID
    lead_id: UUID | None
    contact_id: UUID | None
    owner_id: UUID | None


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that is not done; `actor` gave it."""

    activity_id: UUID
    owner_id: UUID | None
    due_at: datetime
    lead_id: UUID | None
    contact_id: UUID | None
    actor: str
    at: datetime
    text: str | None
    facts: dict[str, Any]


async def keep_open(session: Session, activities: Iterable[OnTask]) -> None:
    """Bring the open tasks to what these activities say, which are stored already."""
    tasks = {item.task_id or item.activity_id for item in activities if item.task_id or item.due_at}
    if tasks:
        await session.execute(_KEEP_OPEN, {"ids": sorted(tasks)})


async def lock_task(session: Session, task_id: UUID) -> TaskTerms | None:
    """The confirmed task under its lock: what is reported about it comes one after another."""
    row = (await session.execute(_LOCK, {"id": task_id})).first()
    return TaskTerms(**row) if row else None


async def list_open(
    session: Session,
    *,
    owner_id: UUID | None,
    since: datetime,
    until: datetime,
    after: tuple[datetime, UUID],
    limit: int,
) -> list[OpenTask]:
    """Up to `limit` tasks behind `after` that are due from `since` on and before `until`, the first
    due first: those of one owner, or everybody's.
    """
    moment, task_id = after
    bounds = {"since": since, "until": until, "after": moment, "id": task_id, "limit": limit}
    statement = _LIST_ALL if owner_id is None else _LIST_OWN
    params = bounds if owner_id is None else {**bounds, "owner": owner_id}
    return [OpenTask(**row) for row in await session.execute(statement, params)]
