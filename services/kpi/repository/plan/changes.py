"""Who changed what of a plan, when, and why."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from services.kpi.domain.plan.nodes import Measure, Node
from shared.database import Session

Kind = Literal[
    "created", "drafted", "extended", "set", "imported", "locked", "unlocked", "approved"
]
_ADD: Final = """
INSERT INTO plan_change (change_id, plan_id, number, revision, kind, measure, node, before, after,
    reason, made_at, made_by)
VALUES (:change_id, :plan_id, :number, :revision, :kind, :measure, CAST(:node AS jsonb), :before,
    :after, :reason, :made_at, :made_by)
"""
_LIST: Final = """
SELECT change_id, number, revision, kind, measure, node, before, after, reason, made_at, made_by
FROM plan_change WHERE plan_id = :plan_id
    AND (CAST(:earlier_than AS uuid) IS NULL OR change_id < :earlier_than)
ORDER BY change_id DESC LIMIT :limit
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`revision` is the version's after it; `before` and `after` are in the smallest unit."""

    change_id: UUID
    number: int
    revision: int
    kind: Kind
    measure: Measure | None = None
    node: Node | None = None
    before: int | None = None
    after: int | None = None
    reason: str
    made_at: datetime
    made_by: str


async def add_change(session: Session, plan_id: UUID, item: Change) -> None:
    params = {
        "change_id": item.change_id,
        "plan_id": plan_id,
        "number": item.number,
        "revision": item.revision,
        "kind": item.kind,
        "measure": item.measure,
        "node": None if item.node is None else json.dumps(item.node),
        "before": item.before,
        "after": item.after,
        "reason": item.reason,
        "made_at": item.made_at,
        "made_by": item.made_by,
    }
    await session.execute(_ADD, params)


async def list_changes(
    session: Session, plan_id: UUID, *, before: UUID | None, limit: int
) -> list[Change]:
    """Newest id first, one more than `limit`."""
    params = {"plan_id": plan_id, "earlier_than": before, "limit": limit + 1}
    return [
        Change(
            **{
                **row,
                "node": None if row.node is None else Node(*row.node),
                "before": None if row.before is None else int(row.before),
                "after": None if row.after is None else int(row.after),
            }
        )
        for row in await session.execute(_LIST, params)
    ]
