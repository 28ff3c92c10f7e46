"""Leads of managers who leave: those still to be moved, those that were, and those given back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.database import Session

_LIST_OWNED = """
SELECT a.lead_id, l.contact_id FROM assignment AS a JOIN lead AS l USING (lead_id)
WHERE a.manager_id = :manager_id AND a.ended_at IS NULL ORDER BY a.lead_id LIMIT :limit
"""
_WRITE_MOVED = """
INSERT INTO departure_lead (departure_id, lead_id, epoch, at, version)
SELECT CAST(:departure_id AS uuid), n.lead_id, n.epoch, CAST(:now AS timestamptz), n.version
FROM unnest(CAST(:ids AS uuid[]), CAST(:epochs AS integer[]), CAST(:versions AS bigint[]))
    AS n(lead_id, epoch, version)
ON CONFLICT (departure_id, lead_id) DO UPDATE SET epoch = excluded.epoch, at = excluded.at,
    version = excluded.version, outcome = NULL
"""
_LIST_MOVED = """
SELECT d.lead_id, d.epoch, d.at, d.version, a.accepted_at, a.touched_at
FROM departure_lead AS d JOIN assignment AS a ON a.lead_id = d.lead_id AND a.epoch = d.epoch
WHERE d.departure_id = :departure_id AND d.outcome IS NULL ORDER BY d.lead_id LIMIT :limit
"""
_WRITE_OUTCOMES = """
UPDATE departure_lead AS d
SET outcome = CASE WHEN d.lead_id = ANY(CAST(:given_back AS uuid[])) THEN 'given_back'
    ELSE 'kept' END
WHERE d.departure_id = :departure_id AND d.lead_id = ANY(CAST(:ids AS uuid[]))
"""
_TAKE_ON = """
WITH l AS (
    UPDATE lead AS l SET accepted_at = :now, version = version + 1
    FROM unnest(CAST(:ids AS uuid[]), CAST(:epochs AS integer[])) AS n(lead_id, epoch)
    WHERE l.lead_id = n.lead_id AND l.closed_at IS NULL AND l.accepted_at IS NULL
    RETURNING l.lead_id, l.contact_id, l.epoch, l.version, n.epoch AS old_epoch
), o AS (
    SELECT l.*, a.touched_at FROM l JOIN assignment AS a
        ON a.lead_id = l.lead_id AND a.epoch = l.old_epoch
), a AS (
    UPDATE assignment AS a SET accepted_at = :now, touched_at = o.touched_at
    FROM o WHERE a.lead_id = o.lead_id AND a.epoch = o.epoch
)
SELECT lead_id, contact_id, epoch, version FROM o
"""


@dataclass(frozen=True, slots=True)
class MovedLead:
    """`epoch` is that of the lease which was ended; the moments are that lease's."""

    lead_id: UUID
    epoch: int
    at: datetime
    version: int
    accepted_at: datetime | None
    touched_at: datetime | None


async def list_owned(session: Session, manager_id: UUID, *, limit: int) -> list[tuple[UUID, UUID]]:
    """Leads that the manager owns, with their contacts."""
    rows = await session.execute(_LIST_OWNED, {"manager_id": manager_id, "limit": limit})
    return [(row.lead_id, row.contact_id) for row in rows]


async def write_moved(
    session: Session,
    departure_id: UUID,
    moved: Collection[tuple[UUID, int, int]],
    *,
    now: datetime,
) -> None:
    """Note (lead, epoch of the lease that was ended, version afterwards)."""
    await session.execute(
        _WRITE_MOVED,
        {
            "departure_id": departure_id,
            "ids": [lead_id for lead_id, _, _ in moved],
            "epochs": [epoch for _, epoch, _ in moved],
            "versions": [version for _, _, version in moved],
            "now": now,
        },
    )


async def list_moved(session: Session, departure_id: UUID, *, limit: int) -> list[MovedLead]:
    """Moved leads of which it is not decided yet whether they go back."""
    rows = await session.execute(_LIST_MOVED, {"departure_id": departure_id, "limit": limit})
    return [MovedLead(**row) for row in rows]


async def write_outcomes(
    session: Session, departure_id: UUID, lead_ids: Collection[UUID], given_back: Collection[UUID]
) -> None:
    """Note which of these leads went back; the others are kept."""
    params = {"departure_id": departure_id, "ids": list(lead_ids), "given_back": list(given_back)}
    await session.execute(_WRITE_OUTCOMES, params)


async def take_on(
    session: Session, epochs: Mapping[UUID, int], *, now: datetime
) -> list[tuple[UUID, UUID, int, int]]:
    """Accept leads that were given back: lead → epoch of the lease they were accepted under before,
    whose first touch goes on to count. Returns (lead, contact, epoch, version).
    """
    params = {"ids": list(epochs), "epochs": list(epochs.values()), "now": now}
    rows = await session.execute(_TAKE_ON, params)
    return [(row.lead_id, row.contact_id, row.epoch, row.version) for row in rows]
