"""Reads what leads' weights follow from, and writes weights: of leads, of their leases and of what
these reserve of their managers.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.routing.domain.units import WeighedLead
from services.routing.repository.queue import JUDGED_ANEW
from shared.database import Session
from shared.statements import columns

ALL_LEADS = 2**63 - 1  # above the number of every lead
PAGE = 5000  # leads of a pool that one statement looks at, open or not

_LOCK = """
SELECT lead_id FROM lead
WHERE lead_id = ANY(CAST(:ids AS uuid[])) AND closed_at IS NULL ORDER BY lead_id FOR UPDATE
"""
# A later inquiry gives the lead's owner as much to do as a new one.
_GET = """
SELECT l.lead_id, l.pool, l.channel, l.stage, l.priority_class, l.owner_id, l.epoch,
    a.units_milli AS reserved_milli,
    CASE WHEN a.lead_id IS NOT NULL THEN greatest(a.assigned_at, l.last_touch_at, (
        SELECT max(i.attached_at) FROM lead_inquiry AS i WHERE i.lead_id = l.lead_id))
    END AS touched_at
FROM lead AS l
LEFT JOIN assignment AS a ON a.lead_id = l.lead_id AND a.ended_at IS NULL
WHERE l.lead_id = ANY(CAST(:ids AS uuid[])) AND l.closed_at IS NULL
"""
# A waiting lead that weighs less may fit where no room has been gained.
_WRITE_LEADS = f"""
UPDATE lead AS l SET units_milli = n.units_milli, full_units_milli = n.full_milli,
    parked_reason = CASE WHEN n.units_milli < l.units_milli THEN {JUDGED_ANEW}
        ELSE l.parked_reason END,
    queue_at = l.received_at + make_interval(secs => l.priority_rank * n.ageing_seconds)
FROM unnest(CAST(:ids AS uuid[]), CAST(:units AS bigint[]), CAST(:fulls AS bigint[]),
    CAST(:ageings AS integer[])) AS n(lead_id, units_milli, full_milli, ageing_seconds)
WHERE l.lead_id = n.lead_id AND l.closed_at IS NULL
    AND (l.units_milli, l.full_units_milli, l.queue_at) IS DISTINCT FROM (n.units_milli,
        n.full_milli, l.received_at + make_interval(secs => l.priority_rank * n.ageing_seconds))
"""
_WRITE_LEASES = """
UPDATE assignment AS a SET units_milli = n.units_milli, units_due_at = n.due_at
FROM unnest(CAST(:ids AS uuid[]), CAST(:units AS bigint[]), CAST(:dues AS timestamptz[]))
    AS n(lead_id, units_milli, due_at)
WHERE a.lead_id = n.lead_id AND a.ended_at IS NULL
"""
_LIST_DUE = """
SELECT lead_id FROM assignment
WHERE ended_at IS NULL AND units_due_at IS NOT NULL AND units_due_at <= :now
ORDER BY units_due_at, lead_id LIMIT :limit
"""
_SET_DUE = """
UPDATE assignment SET units_due_at = :now
WHERE lead_id = ANY(CAST(:ids AS uuid[])) AND ended_at IS NULL
"""
# Without fading there is nothing that a touch could bring back.
_SET_DUE_IF_FADING = f"""
{_SET_DUE} AND (units_due_at IS NOT NULL OR units_milli < (
    SELECT full_units_milli FROM lead AS l WHERE l.lead_id = assignment.lead_id))
"""
_TOUCH = """
UPDATE lead AS l SET last_touch_at = n.at
FROM (
    SELECT m.lead_id, max(t.at) AS at
    FROM unnest(CAST(:leads AS uuid[]), CAST(:ats AS timestamptz[])) AS t(lead_id, at)
    CROSS JOIN LATERAL (
        SELECT coalesce(merged_into, lead_id) AS lead_id FROM lead
        WHERE lead.lead_id = t.lead_id OFFSET 0) AS m
    GROUP BY m.lead_id
) AS n
WHERE l.lead_id = n.lead_id AND l.closed_at IS NULL
    AND (l.last_touch_at IS NULL OR l.last_touch_at < n.at)
RETURNING l.lead_id
"""
_POOLS = """
SELECT key, reweigh_below FROM pool WHERE reweigh_below IS NOT NULL ORDER BY key
"""
_PAGE = """
SELECT lead_id, number, state = 'open' AS open FROM lead
WHERE pool = :pool AND number < :below ORDER BY number DESC LIMIT :limit
"""
_GO_ON = """
UPDATE pool SET reweigh_below = CAST(:next AS bigint)
WHERE key = :pool AND reweigh_below = :below
"""
_ALL_ANEW = f"UPDATE pool SET reweigh_below = {ALL_LEADS}"


class NewWeight(NamedTuple):
    """A lead's weight now and before it fades, and when it fades next; `ageing_seconds` place it
    in its queue.
    """

    lead_id: UUID
    units_milli: int
    full_milli: int
    due_at: datetime | None
    ageing_seconds: int


@dataclass(frozen=True, slots=True)
class PoolPage:
    """Leads of a pool to weigh anew; below `next_below` there are more, unless it is None."""

    open_ids: Sequence[UUID]
    next_below: int | None


async def lock_open(session: Session, lead_ids: Collection[UUID]) -> list[UUID]:
    """Lock these leads, in the order of their ids. Returns those that are open."""
    rows = await session.execute(_LOCK, {"ids": sorted(lead_ids)})
    return [row.lead_id for row in rows]


async def list_weighed(session: Session, lead_ids: Collection[UUID]) -> list[WeighedLead]:
    """The open ones of these leads, which the caller has locked, with their leases."""
    rows = await session.execute(_GET, {"ids": list(lead_ids)})
    return [WeighedLead(**row) for row in rows]


async def write_weights(session: Session, weights: Sequence[NewWeight]) -> None:
    """Write weights of leads and of their leases. The caller holds the locks of the leads and of
    their managers, and changes the reservations of these.
    """
    rows = [(item.lead_id, item.units_milli, item.full_milli) for item in weights]
    ageings = [item.ageing_seconds for item in weights]
    await session.execute(_WRITE_LEADS, {**columns("ids units fulls", rows), "ageings": ageings})
    leases = [(item.lead_id, item.units_milli, item.due_at) for item in weights]
    await session.execute(_WRITE_LEASES, columns("ids units dues", leases))


async def list_due(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Leads with an owner whose weight is due to change, the longest due first."""
    rows = await session.execute(_LIST_DUE, {"now": now, "limit": limit})
    return [row.lead_id for row in rows]


async def set_due(
    session: Session, lead_ids: Collection[UUID], *, now: datetime, only_fading: bool
) -> None:
    """Let the timers weigh these leads, as far as anybody owns them; with `only_fading` those
    alone that fade. The caller holds the leads' locks.
    """
    statement = _SET_DUE_IF_FADING if only_fading else _SET_DUE
    await session.execute(statement, {"ids": list(lead_ids), "now": now})


async def note_touches(session: Session, moments: Sequence[tuple[UUID, datetime]]) -> list[UUID]:
    """Write the last touches of open leads, by (lead, moment). Returns the leads touched later than
    ever before. A merged lead counts for the one that it is merged into. The caller holds the
    leads' locks.
    """
    params = {"leads": [lead_id for lead_id, _ in moments], "ats": [at for _, at in moments]}
    return [row.lead_id for row in await session.execute(_TOUCH, params)]


async def list_changed_pools(session: Session) -> list[tuple[str, int]]:
    """Pools with leads to weigh anew, and the number below which they are."""
    return [(row.key, row.reweigh_below) for row in await session.execute(_POOLS)]


async def get_page(session: Session, pool: str, *, below: int) -> PoolPage:
    """The next leads of the pool, the newest first: those that wait are mostly new."""
    params = {"pool": pool, "below": below, "limit": PAGE}
    rows = list(await session.execute(_PAGE, params))
    next_below = rows[-1].number if len(rows) == PAGE else None
    return PoolPage([row.lead_id for row in rows if row.open], next_below)


async def go_on(session: Session, pool: str, *, below: int, next_below: int | None) -> None:
    """Note how far the pool has been weighed, unless its policy has changed since."""
    await session.execute(_GO_ON, {"pool": pool, "below": below, "next": next_below})


async def weigh_all_anew(session: Session) -> None:
    """Let the timers weigh all open leads anew, as after a restore."""
    await session.execute(_ALL_ANEW)
