"""Versions of goals: each is kept, with who changed it, when and why."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, select

from services.kpi.domain.forecast.past import Measure
from services.kpi.domain.goals.goals import Goal
from services.kpi.repository.versions import (
    EVERY,
    Part,
    latest_versions,
    put_version,
    versions_of,
)
from services.kpi.tables.goals import goal
from shared.database import Row, Session
from shared.errors import NotFoundError

WITHDRAWN: Final = "withdrawn"  # the kind of a last version
_FIELDS = [item.name for item in fields(Goal)]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalVersion:
    """`kind`: `set` at first, then a correction of the `goal`, or the `programme` by which it is to
    be reached, and at last `withdrawn`; `reason` says why.
    """

    goal_id: UUID
    version: int
    goal: Goal
    kind: str
    reason: str | None
    changed_at: datetime
    changed_by: str


async def add_version(session: Session, item: GoalVersion) -> None:
    """The version is the latest from now on."""
    values: dict[str, Any] = {name: getattr(item.goal, name) for name in _FIELDS}
    values["potential_ids"] = list(item.goal.potential_ids)
    values |= {
        name: getattr(item, name)
        for name in ("goal_id", "version", "kind", "reason", "changed_at", "changed_by")
    }
    await put_version(session, goal.c.goal_id, values)


async def list_goals(
    session: Session, *, is_withdrawn: bool | None, before: UUID | None, limit: int
) -> list[GoalVersion]:
    """The latest versions, newest id first, one more than `limit`: those that were withdrawn, or
    not, or both.
    """
    query = latest_versions(goal.c.goal_id, before=before, limit=limit)
    if is_withdrawn is not None:
        query = query.where(_is_withdrawn() if is_withdrawn else ~_is_withdrawn())
    return [_version(row) for row in await session.execute(query)]


async def list_versions(
    session: Session, goal_id: UUID, part: Part = EVERY
) -> Sequence[GoalVersion]:
    """Its versions, the latest first, one more than the limit."""
    return [_version(row) for row in await versions_of(session, goal.c.goal_id, goal_id, part)]


async def list_open(session: Session, today: date) -> list[GoalVersion]:
    """The latest versions of goals that are neither over nor withdrawn."""
    query = select(goal).where(goal.c.is_latest, goal.c.end > today, ~_is_withdrawn())
    return [_version(row) for row in await session.execute(query.order_by(goal.c.goal_id))]


def _is_withdrawn() -> ColumnElement[bool]:
    return goal.c.kind == WITHDRAWN


async def get_latest(session: Session, goal_id: UUID) -> GoalVersion:
    """Raises NotFoundError."""
    versions = await list_versions(session, goal_id, Part(limit=1))
    if not versions:
        raise NotFoundError("There is no such goal.")
    return versions[0]


async def lock_latest(session: Session, goal_id: UUID) -> GoalVersion:
    """Raises NotFoundError."""
    place = (goal.c.goal_id == goal_id) & goal.c.is_latest
    row = (await session.execute(select(goal).where(place).with_for_update())).first()
    if row is None:
        raise NotFoundError("There is no such goal.")
    return _version(row)


def _version(row: Row) -> GoalVersion:
    members = {name: row[name] for name in _FIELDS}
    members |= {"measure": Measure(row.measure), "potential_ids": tuple(row.potential_ids)}
    return GoalVersion(
        goal_id=row.goal_id,
        version=row.version,
        goal=Goal(**members),
        kind=row.kind,
        reason=row.reason,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
