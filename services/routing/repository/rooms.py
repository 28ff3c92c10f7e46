"""Pools under the locks of their members: the members, and the beginning of the queue."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.routing.domain.deciding.candidates import Member
from services.routing.domain.policies import Policy, policy_of
from services.routing.repository import heartbeat
from services.routing.repository.heartbeat import SILENCE
from services.routing.repository.managers import lock_members
from services.routing.repository.queue import WAITS
from shared.database import Session

# New leads are assigned at once only while the queue is shorter than this.
GLANCE = 20

_ROOMS = f"""
SELECT p.key, p.version, p.policy, {SILENCE} AS silence,
    ARRAY(SELECT manager_id FROM pool_member WHERE pool = p.key) AS manager_ids,
    coalesce((SELECT json_agg(json_build_array(w.units_milli, w.round, w.language, w.passed_over))
        FROM (SELECT units_milli, round, language, ARRAY(SELECT o.manager_id FROM passed_over AS o
                WHERE o.lead_id = l.lead_id AND o.round = l.round) AS passed_over
            FROM lead AS l WHERE pool = p.key AND {WAITS}
            ORDER BY queue_at, number LIMIT :glance) AS w), '[]') AS queue
FROM pool AS p WHERE key = ANY(CAST(:pools AS text[]))
"""


@dataclass(frozen=True, slots=True)
class InQueue:
    """A waiting lead, as far as needed to see whether it could be served."""

    units_milli: int
    round: int
    language: str | None
    passed_over: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Room:
    """`watched`: the timers run; while they do not, leads wait. `queue` is the beginning of the
    pool's queue, at most `glance` leads.
    """

    key: str
    version: int
    policy: Policy
    watched: bool
    members: list[Member]
    queue: list[InQueue]


async def lock_rooms(session: Session, pools: Collection[str], *, glance: int) -> dict[str, Room]:
    """Lock the members of all these pools, then read the pools under the locks."""
    members = await lock_members(session, pools)
    rows = await session.execute(_ROOMS, {"pools": list(pools), "glance": glance})
    return {row.key: _as_room(row, members) for row in rows}


def _as_room(row: Any, members: dict[UUID, Member]) -> Room:
    queue = [
        InQueue(units, number, language, frozenset(map(UUID, passed_over)))
        for units, number, language, passed_over in row.queue
    ]
    # A manager who joined after the locks were taken is not locked, and is left out.
    present = [members[manager_id] for manager_id in row.manager_ids if manager_id in members]
    return Room(
        row.key,
        row.version,
        policy_of(row.policy),
        heartbeat.is_watched(row.silence),
        present,
        queue,
    )
