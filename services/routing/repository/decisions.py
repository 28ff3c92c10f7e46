"""Decisions as they were taken: the batch's candidates once, each lead's inputs and outcome."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.database import Row, Session

_BATCH = """
INSERT INTO decision_batches (batch_id, algorithm, pool, at, candidates)
VALUES (:batch_id, :algorithm, :pool, :at, CAST(:candidates AS json))
"""
_DECISIONS = """
INSERT INTO decisions (decision_id, batch_id, place, lead_id, inputs, manager_id, round, reason)
SELECT n.decision_id, :batch_id, n.place, n.lead_id, CAST(n.inputs AS json), n.manager_id, n.round,
    n.reason
FROM unnest(CAST(:ids AS uuid[]), CAST(:leads AS uuid[]), CAST(:inputs AS text[]),
    CAST(:managers AS uuid[]), CAST(:rounds AS integer[]), CAST(:reasons AS text[]))
    WITH ORDINALITY AS n(decision_id, lead_id, inputs, manager_id, round, reason, place)
"""
_SELECT = """
SELECT d.decision_id, d.batch_id, d.place, d.lead_id, d.inputs, d.manager_id, d.round, d.reason,
    b.algorithm, b.pool, b.at
FROM decisions AS d JOIN decision_batches AS b USING (batch_id)
"""
_READ = f"{_SELECT} WHERE d.decision_id = :decision_id"
_OF_BATCH = f"{_SELECT} WHERE d.batch_id = :batch_id ORDER BY d.place"
_OF_LEAD = f"""
{_SELECT} WHERE d.lead_id = :lead_id AND (CAST(:before AS uuid) IS NULL OR d.decision_id < :before)
ORDER BY d.decision_id DESC LIMIT :limit
"""
_CANDIDATES = "SELECT candidates FROM decision_batches WHERE batch_id = :batch_id"


@dataclass(frozen=True, slots=True)
class NewDecision:
    decision_id: UUID
    lead_id: UUID
    inputs: Mapping[str, Any]
    manager_id: UUID | None
    round: int
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """`manager_id` is None where the lead was parked; `place` is its turn within the batch."""

    decision_id: UUID
    batch_id: UUID
    place: int
    lead_id: UUID
    inputs: Mapping[str, Any]
    manager_id: UUID | None
    round: int
    reason: str
    algorithm: str
    pool: str
    at: datetime


def _as_decision(row: Row) -> Decision:
    return Decision(**row)


async def record(
    session: Session,
    batch_id: UUID,
    decisions: Sequence[NewDecision],
    *,
    algorithm: str,
    pool: str,
    at: datetime,
    candidates: Sequence[Mapping[str, Any]],
) -> None:
    """Write one batch. `decisions` are in the order in which they were taken."""
    await session.execute(
        _BATCH,
        {
            "batch_id": batch_id,
            "algorithm": algorithm,
            "pool": pool,
            "at": at,
            "candidates": json.dumps(candidates, ensure_ascii=False),
        },
    )
    await session.execute(
        _DECISIONS,
        {
            "batch_id": batch_id,
            "ids": [item.decision_id for item in decisions],
            "leads": [item.lead_id for item in decisions],
            "inputs": [json.dumps(item.inputs, ensure_ascii=False) for item in decisions],
            "managers": [item.manager_id for item in decisions],
            "rounds": [item.round for item in decisions],
            "reasons": [item.reason for item in decisions],
        },
    )


async def read_decision(session: Session, decision_id: UUID) -> Decision | None:
    row = (await session.execute(_READ, {"decision_id": decision_id})).first()
    return None if row is None else _as_decision(row)


async def of_batch(session: Session, batch_id: UUID) -> list[Decision]:
    rows = await session.execute(_OF_BATCH, {"batch_id": batch_id})
    return [_as_decision(row) for row in rows]


async def of_lead(
    session: Session, lead_id: UUID, *, before: UUID | None, limit: int
) -> list[Decision]:
    rows = await session.execute(
        _OF_LEAD, {"lead_id": lead_id, "before": before, "limit": limit + 1}
    )
    return [_as_decision(row) for row in rows]


async def candidates_of(session: Session, batch_id: UUID) -> list[Mapping[str, Any]]:
    """The snapshot of the managers as the batch saw them."""
    found: list[Mapping[str, Any]] = await session.scalar(_CANDIDATES, {"batch_id": batch_id})
    return found
