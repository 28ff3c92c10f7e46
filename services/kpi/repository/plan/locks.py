"""Locks of a version: nodes below which nothing changes."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.kpi.domain.plan.nodes import Measure, Node
from services.kpi.repository.plan.blocks import Place
from shared.database import Row, Session
from shared.errors import NotFoundError

_OF_VERSION: Final = "plan_id = :plan_id AND number = :number"
_ADD: Final = """
INSERT INTO plan_lock (lock_id, plan_id, number, measure, node, reason, made_at, made_by)
VALUES (:lock_id, :plan_id, :number, :measure, CAST(:node AS jsonb), :reason, :made_at, :made_by)
ON CONFLICT (plan_id, number, measure, node) DO NOTHING RETURNING lock_id
"""
_NODES: Final = f"SELECT node FROM plan_lock WHERE {_OF_VERSION} AND measure = :measure"
_LIST: Final = f"""
SELECT lock_id, measure, node, reason, made_at, made_by FROM plan_lock
WHERE {_OF_VERSION} AND (CAST(:before AS uuid) IS NULL OR lock_id < :before)
ORDER BY lock_id DESC LIMIT :limit
"""
_COUNT: Final = f"SELECT count(*) FROM plan_lock WHERE {_OF_VERSION}"
_DROP: Final = f"""
DELETE FROM plan_lock WHERE {_OF_VERSION} AND lock_id = :lock_id
RETURNING lock_id, measure, node, reason, made_at, made_by
"""
_COPY: Final = """
INSERT INTO plan_lock (lock_id, plan_id, number, measure, node, reason, made_at, made_by)
SELECT gen_random_uuid(), plan_id, CAST(:number AS integer), measure, node, reason, made_at, made_by
FROM plan_lock WHERE plan_id = :plan_id AND number = :made_from
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    lock_id: UUID
    measure: Measure
    node: Node
    reason: str
    made_at: datetime
    made_by: str


async def add_lock(session: Session, plan_id: UUID, number: int, item: Lock) -> bool:
    """False if the node is locked already."""
    params = {
        "lock_id": item.lock_id,
        "plan_id": plan_id,
        "number": number,
        "measure": item.measure,
        "node": json.dumps(item.node),
        "reason": item.reason,
        "made_at": item.made_at,
        "made_by": item.made_by,
    }
    return bool(await session.execute(_ADD, params))


async def list_nodes(session: Session, place: Place) -> list[Node]:
    """All locked nodes of a measure."""
    rows = await session.execute(_NODES, place._asdict())
    return [Node(*row.node) for row in rows]


async def list_locks(
    session: Session, plan_id: UUID, number: int, *, before: UUID | None, limit: int
) -> list[Lock]:
    """Newest id first, one more than `limit`."""
    params = {"plan_id": plan_id, "number": number, "before": before, "limit": limit + 1}
    return [_lock(row) for row in await session.execute(_LIST, params)]


async def count_locks(session: Session, plan_id: UUID, number: int) -> int:
    return int(await session.scalar(_COUNT, {"plan_id": plan_id, "number": number}))


async def drop_lock(session: Session, plan_id: UUID, number: int, lock_id: UUID) -> Lock:
    """The lock as it was. Raises NotFoundError."""
    params = {"plan_id": plan_id, "number": number, "lock_id": lock_id}
    row = (await session.execute(_DROP, params)).first()
    if row is None:
        raise NotFoundError("The version has no such lock.")
    return _lock(row)


async def copy_locks(session: Session, plan_id: UUID, made_from: int, number: int) -> None:
    params = {"plan_id": plan_id, "made_from": made_from, "number": number}
    await session.execute(_COPY, params)


def _lock(row: Row) -> Lock:
    return Lock(**{**row, "node": Node(*row.node)})
