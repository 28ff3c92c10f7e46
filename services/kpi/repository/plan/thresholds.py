"""From where on the cuts of a plan are coordinated."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select

from services.kpi.domain.plan.coordination import Threshold
from services.kpi.tables.coordination import plan_threshold
from shared.database import Row, Session
from shared.errors import NotFoundError

_PUT: Final = """
INSERT INTO plan_threshold (plan_id, version, measure, axes, percent, least, changed_at, changed_by)
VALUES (:plan_id, :version, :measure, CAST(:axes AS jsonb), :percent, :least, :changed_at,
    :changed_by)
ON CONFLICT (plan_id) DO UPDATE SET version = excluded.version, measure = excluded.measure,
    axes = excluded.axes, percent = excluded.percent, least = excluded.least,
    changed_at = excluded.changed_at, changed_by = excluded.changed_by
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptThreshold:
    plan_id: UUID
    version: int
    threshold: Threshold
    changed_at: datetime
    changed_by: str


async def find_threshold(session: Session, plan_id: UUID) -> KeptThreshold | None:
    query = select(plan_threshold).where(plan_threshold.c.plan_id == plan_id)
    row = (await session.execute(query)).first()
    return None if row is None else _threshold(row)


async def get_threshold(session: Session, plan_id: UUID) -> KeptThreshold:
    """Raises NotFoundError."""
    item = await find_threshold(session, plan_id)
    if item is None:
        raise NotFoundError("The plan has no threshold.")
    return item


async def list_watched(session: Session) -> Sequence[UUID]:
    """The plans that have one."""
    query = select(plan_threshold.c.plan_id).order_by(plan_threshold.c.plan_id)
    return [row.plan_id for row in await session.execute(query)]


async def put_threshold(session: Session, item: KeptThreshold) -> None:
    params = {
        "plan_id": item.plan_id,
        "version": item.version,
        "measure": item.threshold.measure,
        "axes": json.dumps(list(item.threshold.axes)),
        "percent": item.threshold.percent,
        "least": item.threshold.least,
        "changed_at": item.changed_at,
        "changed_by": item.changed_by,
    }
    await session.execute(_PUT, params)


async def drop_threshold(session: Session, plan_id: UUID) -> None:
    await session.execute(delete(plan_threshold).where(plan_threshold.c.plan_id == plan_id))


def _threshold(row: Row) -> KeptThreshold:
    return KeptThreshold(
        plan_id=row.plan_id,
        version=row.version,
        threshold=Threshold(
            measure=row.measure, axes=row.axes, percent=row.percent, least=int(row.least)
        ),
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
