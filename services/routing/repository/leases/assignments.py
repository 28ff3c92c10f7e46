"""Assignments: leases of leads to managers. A unique index keeps one live lease per lead."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.database import Session

_LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
_NO_ID = UUID(int=0)
_OWNERS = """
SELECT DISTINCT manager_id FROM assignment
WHERE lead_id = ANY(CAST(:ids AS uuid[])) AND ended_at IS NULL
"""
_END = """
UPDATE assignment SET ended_at = :now, outcome = :outcome
WHERE lead_id = ANY(CAST(:ids AS uuid[])) AND ended_at IS NULL
RETURNING lead_id, epoch, manager_id, round, units_milli
"""
# Each deadline: the column of its moment, and the one that says when it was met.
_DEADLINES = {
    "accept": ("accept_by", "accepted_at"),
    "first_touch": ("first_touch_by", "touched_at"),
}
_EXPIRE = {
    name: f"""
UPDATE assignment SET ended_at = :now, outcome = '{name}_expired'
WHERE lead_id = ANY(CAST(:ids AS uuid[])) AND ended_at IS NULL AND {met_at} IS NULL AND {by} <= :now
RETURNING lead_id, epoch, manager_id, round, units_milli
"""
    for name, (by, met_at) in _DEADLINES.items()
}
_LIST_DUE = {
    name: f"""
SELECT a.lead_id, l.contact_id, a.{by} AS due_at
FROM assignment AS a JOIN lead AS l USING (lead_id)
WHERE a.ended_at IS NULL AND a.{met_at} IS NULL AND a.{by} <= :now
    AND (a.{by}, a.lead_id) > (:after_at, :after_id)
ORDER BY a.{by}, a.lead_id LIMIT :limit
"""
    for name, (by, met_at) in _DEADLINES.items()
}
_EXCLUDE = """
INSERT INTO passed_over (lead_id, round, manager_id)
SELECT * FROM unnest(
    CAST(:leads AS uuid[]), CAST(:rounds AS integer[]), CAST(:managers AS uuid[]))
ON CONFLICT DO NOTHING
"""
_HAS_DUE = """
SELECT
    EXISTS (SELECT 1 FROM assignment WHERE ended_at IS NULL AND accepted_at IS NULL
        AND accept_by <= :now) AS accept,
    EXISTS (SELECT 1 FROM assignment WHERE ended_at IS NULL AND touched_at IS NULL
        AND first_touch_by <= CAST(:touch_by AS timestamptz)) AS first_touch,
    EXISTS (SELECT 1 FROM assignment WHERE ended_at IS NULL AND touched_at IS NULL
        AND first_touch_by <= :now
        AND first_touch_by > coalesce(CAST(:touch_by AS timestamptz), '-infinity')) AS waiting
"""
_TOUCH = """
UPDATE assignment AS a SET touched_at = n.at
FROM (
    SELECT b.lead_id, b.epoch, min(t.at) AS at
    FROM unnest(CAST(:leads AS uuid[]), CAST(:ats AS timestamptz[])) AS t(lead_id, at)
    CROSS JOIN LATERAL (
        SELECT coalesce(merged_into, lead_id) AS lead_id FROM lead
        WHERE lead.lead_id = t.lead_id OFFSET 0) AS m
    CROSS JOIN LATERAL (
        SELECT lead_id, epoch FROM assignment AS x
        WHERE x.lead_id = m.lead_id AND x.ended_at IS NULL AND x.assigned_at <= t.at
        OFFSET 0) AS b
    GROUP BY b.lead_id, b.epoch
) AS n
WHERE a.lead_id = n.lead_id AND a.epoch = n.epoch AND a.outcome IS NULL AND a.touched_at IS NULL
"""
_SHIFT = """
UPDATE assignment SET accept_by = accept_by + :gap, first_touch_by = first_touch_by + :gap
WHERE ended_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A lease past a deadline; a page begins behind the last one of the page before."""

    lead_id: UUID
    contact_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class EndedLease:
    lead_id: UUID
    epoch: int
    manager_id: UUID
    round: int
    units_milli: int


async def owners_of(session: Session, lead_ids: Collection[UUID]) -> set[UUID]:
    """The managers who own these leads now."""
    rows = await session.execute(_OWNERS, {"ids": list(lead_ids)})
    return {row.manager_id for row in rows}


async def end(
    session: Session, lead_ids: Collection[UUID], *, outcome: str, now: datetime
) -> list[EndedLease]:
    """End the live leases of these leads. The caller holds the leads' locks."""
    rows = await session.execute(_END, {"ids": list(lead_ids), "outcome": outcome, "now": now})
    return [EndedLease(**row) for row in rows]


async def expire(
    session: Session, lead_ids: Collection[UUID], *, deadline: str, now: datetime
) -> list[EndedLease]:
    """End those live leases whose deadline has passed, by the rows as they are now."""
    rows = await session.execute(_EXPIRE[deadline], {"ids": list(lead_ids), "now": now})
    return [EndedLease(**row) for row in rows]


async def pass_over(session: Session, leases: Sequence[EndedLease]) -> None:
    """Keep the managers of these leases from getting the same lead again in this round."""
    await session.execute(
        _EXCLUDE,
        {
            "leads": [item.lead_id for item in leases],
            "rounds": [item.round for item in leases],
            "managers": [item.manager_id for item in leases],
        },
    )


async def list_due(
    session: Session, *, deadline: str, now: datetime, after: Due | None, limit: int
) -> list[Due]:
    """Live leases whose `accept` or `first_touch` deadline has passed, the oldest first, behind
    `after`.
    """
    rows = await session.execute(
        _LIST_DUE[deadline],
        {
            "now": now,
            "after_at": after.due_at if after else _LONG_AGO,
            "after_id": after.lead_id if after else _NO_ID,
            "limit": limit,
        },
    )
    return [Due(row.lead_id, row.contact_id, row.due_at) for row in rows]


async def has_due(
    session: Session, *, now: datetime, touch_by: datetime | None
) -> tuple[bool, bool, bool]:
    """Whether any lease is past its `accept` deadline, any was past its `first_touch` deadline at
    `touch_by`, and any has passed the latter since then.
    """
    row = (await session.execute(_HAS_DUE, {"now": now, "touch_by": touch_by})).one()
    return row.accept, row.first_touch, row.waiting


async def touch(session: Session, moments: Sequence[tuple[UUID, datetime]]) -> None:
    """Mark the live leases of (lead, moment) as touched, if they began by then.

    A merged lead counts for the lead that it is merged into.
    """
    await session.execute(
        _TOUCH,
        {"leads": [lead_id for lead_id, _ in moments], "ats": [at for _, at in moments]},
    )


async def shift(session: Session, *, gap: timedelta) -> None:
    """Move the deadlines of all live leases by the gap."""
    await session.execute(_SHIFT, {"gap": gap})
