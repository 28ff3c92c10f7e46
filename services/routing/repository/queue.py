"""Queues of leads that wait for an owner: the longest waiting first, a more pressing one as if it
had waited longer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.domain.deciding.candidates import Tier
from services.routing.domain.deciding.desks import CLOSED
from services.routing.domain.gains import Desk, Standing
from services.routing.domain.policies import policy_of
from services.routing.repository import heartbeat
from services.routing.repository.forgotten import IS_ERASED
from services.routing.repository.heartbeat import SILENCE
from services.routing.repository.inflow import ALLOWANCE
from shared.database import Session

# Leads that wait and are not set aside; also the predicate of the indexes for these statements.
WAITS = """state = 'open' AND owner_id IS NULL AND parked_reason IS DISTINCT FROM 'failed'
    AND parked_reason IS DISTINCT FROM 'crashes_the_process'
    AND parked_reason IS DISTINCT FROM 'escalated' AND parked_reason IS DISTINCT FROM 'erased'"""
# Of a lead `l` that waits and has changed: it counts as new again, as it may find somebody now.
JUDGED_ANEW = """CASE WHEN l.parked_reason IN (
        'failed', 'crashes_the_process', 'escalated', 'erased')
    THEN l.parked_reason END"""
# Since when a lead `l` has waited: since it was opened, or since its last owner had it.
WAITS_SINCE = """CASE WHEN l.epoch = 0 THEN l.opened_at ELSE coalesce(
    (SELECT a.ended_at FROM assignment AS a WHERE a.lead_id = l.lead_id AND a.epoch = l.epoch),
    l.opened_at) END"""
# As `tier_of` in the domain has it, of a manager `m` who is a member or a supervisor of a pool `p`.
_LASTS = "(m.status_until IS NULL OR m.status_until > CAST(:now AS timestamptz))"
_MEMBER = """(m.manager_id <> ALL(p.supervisor_ids) OR EXISTS (
    SELECT FROM pool_member AS b WHERE b.pool = p.key AND b.manager_id = m.manager_id))"""
_TIER = f"""CASE
    WHEN m.left_at IS NOT NULL THEN NULL
    WHEN m.status = 'online' AND m.duty = 'shift' AND {_LASTS} AND {_MEMBER} THEN {Tier.SHIFT}
    WHEN m.status IN ('busy', 'away') AND {_LASTS} THEN NULL
    WHEN m.duty = 'on_call' AND coalesce(CAST(p.policy ->> 'on_call' AS boolean), TRUE)
        AND {_MEMBER} THEN {Tier.ON_CALL}
    WHEN m.manager_id = ANY(p.supervisor_ids)
        AND coalesce(CAST(p.policy ->> 'supervisor' AS boolean), TRUE) THEN {Tier.SUPERVISOR}
END"""
_ROOM = f"""CASE WHEN coalesce({ALLOWANCE}, 1) > 0
    THEN m.capacity_milli - m.reserved_milli ELSE {CLOSED} END"""
_POOLS = f"""
SELECT p.key, p.policy, {SILENCE} AS silence, w.least_milli, w.has_news,
    coalesce(d.desks, '[]') AS desks
FROM pool AS p
CROSS JOIN LATERAL (SELECT
    (SELECT min(units_milli) FROM lead WHERE pool = p.key AND {WAITS}) AS least_milli,
    EXISTS (SELECT FROM lead WHERE pool = p.key AND {WAITS} AND parked_reason IS NULL)
        AS has_news) AS w
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(m.manager_id, {_ROOM}, {_TIER},
        m.skills, m.languages, m.regions, m.products)) AS desks
    FROM manager AS m
    WHERE m.manager_id = ANY(ARRAY(SELECT manager_id FROM pool_member WHERE pool = p.key)
            || p.supervisor_ids)
        AND {_TIER} IS NOT NULL) AS d ON TRUE
WHERE w.least_milli IS NOT NULL
ORDER BY p.key
"""
_LIST = {
    only_news: f"""
SELECT lead_id, queue_at, number FROM lead
WHERE pool = :pool AND {waits} AND (queue_at, number) > (:queue_at, :number)
ORDER BY queue_at, number LIMIT :limit
"""
    for only_news, waits in ((False, WAITS), (True, f"{WAITS} AND parked_reason IS NULL"))
}
_READ = f"""
SELECT lead_id, contact_id, canonical_id, units_milli, round, language, region, product,
    {WAITS_SINCE} AS waits_since, parked_reason, epoch, version,
    ARRAY(SELECT p.manager_id FROM passed_over AS p
        WHERE p.lead_id = l.lead_id AND p.round = l.round) AS passed_over,
    {IS_ERASED} AS is_erased
FROM lead AS l
WHERE lead_id = ANY(CAST(:ids AS uuid[])) AND closed_at IS NULL AND owner_id IS NULL
ORDER BY queue_at, number
"""
_LOCK = f"{_READ} FOR UPDATE OF l SKIP LOCKED"
_RETRY = """
UPDATE lead SET parked_reason = NULL
WHERE state = 'open' AND owner_id IS NULL AND parked_reason = 'failed'
"""
_BEGINNING = datetime.fromisoformat("0001-01-02T00:00Z")


@dataclass(frozen=True, slots=True)
class WaitingPool:
    """`has_news`: some leads were never judged; `least_milli`: the smallest weight in the queue."""

    key: str
    has_news: bool
    least_milli: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a lead in its pool's queue."""

    lead_id: UUID
    queue_at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class WaitingLead:
    """A lead without an owner; `epoch` and `version` are its present ones. `is_erased`: everybody
    who asked was erased.
    """

    lead_id: UUID
    contact_id: UUID
    canonical_id: UUID
    units_milli: int
    round: int
    language: str | None
    region: str | None
    product: str | None
    waits_since: datetime
    parked_reason: str | None
    passed_over: Sequence[UUID]
    epoch: int
    version: int
    is_erased: bool = False


def _as_standing(row: Any) -> Standing:
    desks = {
        UUID(manager_id): Desk(room, tier, skills, *map(tuple, traits))
        for manager_id, room, tier, skills, *traits in row.desks
    }
    return Standing(policy_of(row.policy), desks)


async def list_waiting_pools(session: Session, *, now: datetime) -> list[WaitingPool]:
    """Pools with waiting leads; none while the timers do not run."""
    # Indexes answer this: the cost does not grow with the length of the queues.
    rows = await session.execute(_POOLS, {"now": now})
    return [
        WaitingPool(row.key, row.has_news, row.least_milli, _as_standing(row))
        for row in rows
        if heartbeat.is_watched(row.silence)
    ]


async def list_waiting(
    session: Session, pool: str, *, only_news: bool, after: Place | None, limit: int
) -> list[Place]:
    """The next places in the queue behind `after`; with `only_news` of leads never judged."""
    rows = await session.execute(
        _LIST[only_news],
        {
            "pool": pool,
            "queue_at": after.queue_at if after else _BEGINNING,
            "number": after.number if after else 0,
            "limit": limit,
        },
    )
    return [Place(row.lead_id, row.queue_at, row.number) for row in rows]


async def lock_waiting(session: Session, lead_ids: Sequence[UUID]) -> list[WaitingLead]:
    """Lock and return, in queue order, those leads that still wait and are not locked by others."""
    rows = await session.execute(_LOCK, {"ids": list(lead_ids)})
    return [WaitingLead(**row) for row in rows]


async def read_waiting(session: Session, lead_ids: Sequence[UUID]) -> list[WaitingLead]:
    """Those leads that still wait, in queue order, without their locks."""
    rows = await session.execute(_READ, {"ids": list(lead_ids)})
    return [WaitingLead(**row) for row in rows]


async def retry_failed_leads(session: Session) -> None:
    """Put failed leads back into their queues, since this program may be a newer one."""
    await session.execute(_RETRY)
