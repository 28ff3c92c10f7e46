"""Deadlines of live leases that run in working time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.database import Row, Session
from shared.statements import columns

_RUNNING = """
SELECT a.lead_id, a.epoch, a.manager_id, a.tier, a.accept_by, a.first_touch_by,
    a.accepted_at IS NULL AS awaits_acceptance, a.touched_at IS NULL AS awaits_touch
FROM assignment AS a JOIN lead AS l ON l.lead_id = a.lead_id JOIN pool AS p ON p.key = l.pool
WHERE a.ended_at IS NULL AND a.manager_id = ANY(CAST(:ids AS uuid[]))
    AND (a.accepted_at IS NULL OR a.touched_at IS NULL)
    AND coalesce(CAST(p.policy ->> 'business_time' AS boolean), TRUE)
ORDER BY a.lead_id FOR UPDATE OF a
"""
_PLANNED = "SELECT manager_id FROM manager WHERE duty_until IS NOT NULL"
_MOVE = """
UPDATE assignment AS a SET accept_by = n.accept_by, first_touch_by = n.first_touch_by
FROM unnest(CAST(:leads AS uuid[]), CAST(:epochs AS integer[]),
    CAST(:accepts AS timestamptz[]), CAST(:touches AS timestamptz[]))
    AS n(lead_id, epoch, accept_by, first_touch_by)
WHERE a.lead_id = n.lead_id AND a.epoch = n.epoch AND a.outcome IS NULL
"""


@dataclass(frozen=True, slots=True)
class RunningTerms:
    """The deadlines of a live lease, as far as they are still to be met."""

    lead_id: UUID
    epoch: int
    manager_id: UUID
    tier: str
    accept_by: datetime
    first_touch_by: datetime
    awaits_acceptance: bool
    awaits_touch: bool


def _as_terms(row: Row) -> RunningTerms:
    return RunningTerms(**row)


async def lock_running_terms(session: Session, manager_ids: Collection[UUID]) -> list[RunningTerms]:
    """The leases of these managers whose deadlines run in working time.

    The caller holds the managers' locks.
    """
    if not manager_ids:
        return []
    return [_as_terms(row) for row in await session.execute(_RUNNING, {"ids": list(manager_ids)})]


async def list_planned(session: Session) -> list[UUID]:
    """The managers who have a calendar."""
    return (await session.execute(_PLANNED)).scalars()


async def write_terms(
    session: Session, terms: Sequence[tuple[UUID, int, datetime, datetime]]
) -> None:
    """Write deadlines of leases: (lead, epoch, accept by, first touch by)."""
    await session.execute(_MOVE, columns("leads epochs accepts touches", terms))
