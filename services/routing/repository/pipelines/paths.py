"""Reads the ways that leads went through their pipelines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.routing.domain.conformance import Path, StageRow, Step
from services.routing.repository.forgotten import IS_ERASED
from services.routing.repository.pipelines.stages import list_steps
from shared.contracts.lead_state import ERASED
from shared.database import Session

# Also one that was closed since nobody could ring its people any more.
_COLUMNS = f"""lead_id, number, stage, state, opened_at, pipeline_version, loss_reason, rots_at,
    received_at, unowned_since,
    owner_id IS NULL AND (parked_reason IS NOT DISTINCT FROM '{ERASED}' OR {IS_ERASED}) AS is_aside
"""
_GET = f"SELECT {_COLUMNS} FROM lead AS l WHERE lead_id = :lead_id"
# The lead whose page it ends with comes by the same index as the page.
_LIST = f"""
SELECT {_COLUMNS} FROM lead AS l
WHERE received_at >= :since AND received_at < :until
    AND (received_at, number) > (:received_at, :number)
    AND pipeline = :pipeline AND state <> 'merged' AND NOT is_test
ORDER BY received_at, number LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class _Walked:
    """A lead, as far as its path needs it."""

    lead_id: UUID
    number: int
    stage: str
    state: str
    opened_at: datetime
    pipeline_version: int
    loss_reason: str | None
    rots_at: datetime | None
    received_at: datetime
    unowned_since: datetime
    is_aside: bool


@dataclass(frozen=True, slots=True)
class Place:
    """The place behind which the next page of paths begins."""

    received_at: datetime
    number: int


async def get_path(session: Session, lead_id: UUID) -> Path:
    """The path of a lead that exists."""
    row = (await session.execute(_GET, {"lead_id": lead_id})).one()
    [path] = await _paths(session, [_Walked(**row)])
    return path


async def list_paths(
    session: Session,
    pipeline: str,
    *,
    since: datetime,
    until: datetime,
    after: Place | None,
    limit: int,
) -> tuple[Sequence[Path], Place | None]:
    """Paths of the unmerged leads received in the period, the oldest first, and where the next page
    begins, if there is one.
    """
    params = {
        "pipeline": pipeline,
        "since": since,
        "until": until,
        "received_at": after.received_at if after else since,
        "number": after.number if after else 0,
        "limit": limit,
    }
    leads = [_Walked(**row) for row in await session.execute(_LIST, params)]
    more = len(leads) == limit
    return (
        await _paths(session, leads),
        Place(leads[-1].received_at, leads[-1].number) if more else None,
    )


async def _paths(session: Session, leads: Sequence[_Walked]) -> list[Path]:
    steps = await list_steps(session, [lead.lead_id for lead in leads])
    return [_path(lead, steps[lead.lead_id]) for lead in leads]


def _path(lead: _Walked, rows: Sequence[StageRow]) -> Path:
    first = rows[0] if rows else None
    opening = Step(
        stage=first.from_stage if first else lead.stage,
        from_stage=None,
        state="open",
        at=lead.opened_at,
        pipeline_version=first.pipeline_version if first else lead.pipeline_version,
    )
    steps = [
        Step(
            stage=row.stage,
            from_stage=row.from_stage,
            state=row.state,
            at=row.at,
            pipeline_version=row.pipeline_version,
            facts=row.facts,
            loss_reason=lead.loss_reason if row is rows[-1] else None,
            actor=row.actor,
            manager_id=row.manager_id,
        )
        for row in rows
    ]
    if lead.is_aside:
        return Path(lead.lead_id, (opening, *steps), aside_at=lead.unowned_since)
    rots_at = lead.rots_at if lead.state == "open" else None
    return Path(lead.lead_id, (opening, *steps), rots_at)
