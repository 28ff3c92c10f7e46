"""Reads decisions: inputs and outcome of each lead, and the candidates of its batch."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.routing.domain.decision_records import Figures
from shared.database import Session
from shared.errors import NotFoundError

_SELECT = """
SELECT d.decision_id, d.batch_id, d.place, d.lead_id, d.inputs, d.manager_id, d.round, d.reason,
    b.algorithm, b.pool, b.at, b.policy_version, b.seed
FROM decision AS d JOIN decision_batch AS b USING (batch_id)
"""
_GET = f"{_SELECT} WHERE d.decision_id = :decision_id"
_OF_BATCH = f"{_SELECT} WHERE d.batch_id = :batch_id ORDER BY d.place"
_OF_BATCHES = f"""
{_SELECT} JOIN unnest(CAST(:batch_ids AS uuid[]), CAST(:places AS integer[]))
    AS n(batch_id, place) ON d.batch_id = n.batch_id AND d.place <= n.place
WHERE d.batch_id = ANY(CAST(:batch_ids AS uuid[])) ORDER BY d.batch_id, d.place
"""
_OF_LEAD = f"""
{_SELECT} WHERE d.lead_id = :lead_id AND (CAST(:before AS uuid) IS NULL OR d.decision_id < :before)
ORDER BY d.decision_id DESC LIMIT :limit
"""
_CANDIDATES = """
SELECT b.batch_id, s.content, b.loads, b.turns, b.received, b.allowances,
    (SELECT count(*) FROM decision AS d WHERE d.batch_id = b.batch_id) AS size
FROM decision_batch AS b JOIN candidate_snapshot AS s USING (snapshot_id)
WHERE b.batch_id = ANY(CAST(:batch_ids AS uuid[]))
"""
_NAMES = "SELECT manager_id, name FROM manager WHERE manager_id = ANY(CAST(:ids AS uuid[]))"


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
    policy_version: int
    seed: int


class Background(NamedTuple):
    """What a batch was decided over: its snapshot, the candidates' figures at that moment, and how
    many decisions were taken.
    """

    snapshot: Mapping[str, Any]
    figures: Figures
    size: int


def _as_decision(row: Any) -> Decision:
    return Decision(**row)


async def get_decision(session: Session, decision_id: UUID) -> Decision:
    """Raises NotFoundError."""
    row = (await session.execute(_GET, {"decision_id": decision_id})).first()
    if row is None:
        raise NotFoundError("There is no such decision.")
    return _as_decision(row)


async def list_batch(session: Session, batch_id: UUID) -> list[Decision]:
    """All decisions of a batch, in the order in which they were taken."""
    return [_as_decision(row) for row in await session.execute(_OF_BATCH, {"batch_id": batch_id})]


async def list_decisions(
    session: Session, lead_id: UUID, *, before: UUID | None, limit: int
) -> list[Decision]:
    """Those of a lead, newest first, below `before`; one more than `limit` shows a next page."""
    rows = await session.execute(
        _OF_LEAD, {"lead_id": lead_id, "before": before, "limit": limit + 1}
    )
    return [_as_decision(row) for row in rows]


async def list_batches(session: Session, places: Mapping[UUID, int]) -> dict[UUID, list[Decision]]:
    """The decisions of batches up to a place in each: batch → place."""
    params = {"batch_ids": list(places), "places": list(places.values())}
    batches: dict[UUID, list[Decision]] = {batch_id: [] for batch_id in places}
    for row in await session.execute(_OF_BATCHES, params):
        batches[row["batch_id"]].append(_as_decision(row))
    return batches


async def list_candidates(session: Session, batch_ids: Collection[UUID]) -> dict[UUID, Background]:
    """What batches were decided over."""
    rows = await session.execute(_CANDIDATES, {"batch_ids": list(batch_ids)})
    return {
        row.batch_id: Background(
            row.content, Figures(row.loads, row.turns, row.received, row.allowances), row.size
        )
        for row in rows
    }


async def list_names(session: Session, manager_ids: Collection[UUID]) -> dict[UUID, str]:
    """The present names of these managers."""
    rows = await session.execute(_NAMES, {"ids": list(manager_ids)})
    return {row.manager_id: row.name for row in rows}
