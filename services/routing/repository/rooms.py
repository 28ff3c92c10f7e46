"""Pools under the locks of their members: the members, and the beginning of the queue."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.routing.domain.absence import fading
from services.routing.domain.deciding.candidates import Candidate, Member, line_up
from services.routing.domain.policies import Policy, policy_of
from services.routing.repository import heartbeat
from services.routing.repository.decision_batches import Load
from services.routing.repository.heartbeat import SILENCE
from services.routing.repository.inflow import ALLOWANCE
from services.routing.repository.managers import lock_members
from services.routing.repository.queue import WAITS, WAITS_SINCE
from shared.database import Session

# New leads are assigned at once only while the queue is shorter than this.
GLANCE = 20

# Read under the locks: what was received within the limits, and who the customers' managers are.
_ROOMS = f"""
SELECT p.key, p.version, p.policy, p.supervisor_ids, {SILENCE} AS silence,
    ARRAY(SELECT manager_id FROM pool_member WHERE pool = p.key) AS manager_ids,
    (SELECT array_agg({ALLOWANCE} ORDER BY l.place)
        FROM unnest(CAST(:limited AS uuid[])) WITH ORDINALITY AS l(manager_id, place)
        JOIN manager AS m USING (manager_id)) AS allowances,
    (SELECT json_object_agg(c.id, ARRAY(
            SELECT owner_id FROM lead WHERE canonical_id = c.id AND state = 'open'
                AND accepted_at IS NOT NULL AND NOT is_test ORDER BY accepted_at DESC, number DESC)
            || ARRAY(SELECT owner_id FROM lead WHERE canonical_id = c.id AND state = 'won'
                AND owner_id IS NOT NULL AND NOT is_test
                ORDER BY closed_at DESC, number DESC LIMIT 1))
        FROM unnest(CAST(:customers AS uuid[])) AS c(id)) AS owners,
    coalesce((SELECT json_agg(w)
        FROM (SELECT lead_id, units_milli, round, language, region, product,
                {WAITS_SINCE} AS waits_since, ARRAY(SELECT o.manager_id FROM passed_over AS o
                    WHERE o.lead_id = l.lead_id AND o.round = l.round) AS passed_over
            FROM lead AS l WHERE pool = p.key AND {WAITS}
            ORDER BY queue_at, number LIMIT :glance) AS w), '[]') AS queue
FROM pool AS p WHERE key = ANY(CAST(:pools AS text[]))
"""


@dataclass(frozen=True, slots=True)
class InQueue:
    """A waiting lead, as far as needed to see whether it could be served."""

    lead_id: UUID
    units_milli: int
    round: int
    language: str | None
    region: str | None
    product: str | None
    waits_since: datetime
    passed_over: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Room:
    """`watched`: the timers run; while they do not, leads wait. `members` include supervisors that
    leads may come to, of whom `outsider_ids` are no members; `allowances` are the leads that inflow
    limits leave to those who have any; `owners` the managers of known customers; `queue` is the
    beginning of the pool's queue, at most `glance` leads.
    """

    key: str
    version: int
    policy: Policy
    watched: bool
    members: Sequence[Member]
    supervisor_ids: frozenset[UUID]
    outsider_ids: frozenset[UUID]
    allowances: Mapping[UUID, int]
    owners: Mapping[UUID, tuple[UUID, ...]]
    queue: Sequence[InQueue]

    def candidates(self, *, at: datetime) -> list[Candidate]:
        return line_up(
            self.members,
            at=at,
            policy=self.policy,
            supervisor_ids=self.supervisor_ids,
            outsider_ids=self.outsider_ids,
            allowances=self.allowances,
        )

    def after(self, loads: Mapping[UUID, Load], *, now: datetime) -> "Room":
        """The room once these loads have been given to its members too."""
        allowances = {
            manager_id: allowance - (loads[manager_id].leads if manager_id in loads else 0)
            for manager_id, allowance in self.allowances.items()
        }
        members = [
            self._loaded(member, loads.get(member.manager_id), now) for member in self.members
        ]
        return replace(self, members=members, allowances=allowances)

    def _loaded(self, member: Member, load: Load | None, now: datetime) -> Member:
        if load is None:
            return member
        half_life = timedelta(hours=self.policy.fairness_hours)
        share = fading(since=member.received_as_of, at=now, half_life=half_life)
        return member._replace(
            reserved_milli=member.reserved_milli + load.units_milli,
            received_milli=member.received_milli * share + load.units_milli,
            received_as_of=now,
            last_assigned_at=now,
        )


async def lock_rooms(
    session: Session,
    pools: Collection[str],
    *,
    glance: int,
    customers: Collection[UUID] = (),
    now: datetime,
) -> dict[str, Room]:
    """Lock the members of all these pools, then read the pools under the locks. `customers` are
    the canonical contacts of leads whose own managers are to be known.
    """
    members = await lock_members(session, pools)
    return await read_rooms(session, pools, members, glance=glance, customers=customers, now=now)


async def read_rooms(
    session: Session,
    pools: Collection[str],
    members: Mapping[UUID, Member],
    *,
    glance: int,
    customers: Collection[UUID] = (),
    now: datetime,
) -> dict[str, Room]:
    """The pools with those of their members that are among `members`."""
    limited = [
        member.manager_id
        for member in members.values()
        if member.hourly_limit is not None or member.daily_limit is not None
    ]
    params = {
        "pools": list(pools),
        "glance": glance,
        "customers": list(customers),
        "limited": limited,
        "now": now,
    }
    rows = await session.execute(_ROOMS, params)
    return {row.key: _as_room(row, members, limited) for row in rows}


def _as_room(row: Any, members: Mapping[UUID, Member], limited: Sequence[UUID]) -> Room:
    policy = policy_of(row.policy)
    supervisor_ids = frozenset(row.supervisor_ids if policy.supervisor else ())
    # A manager who joined after the locks were taken is not locked, and is left out.
    ids = supervisor_ids.union(row.manager_ids)
    return Room(
        key=row.key,
        version=row.version,
        policy=policy,
        watched=heartbeat.is_watched(row.silence),
        members=[member for manager_id, member in members.items() if manager_id in ids],
        supervisor_ids=supervisor_ids,
        outsider_ids=supervisor_ids.difference(row.manager_ids),
        allowances=dict(zip(limited, row.allowances or (), strict=True)),
        owners={
            UUID(key): tuple(dict.fromkeys(map(UUID, owner_ids)))
            for key, owner_ids in (row.owners or {}).items()
        },
        queue=[_in_queue(item) for item in row.queue],
    )


def _in_queue(row: Mapping[str, Any]) -> InQueue:
    return InQueue(
        lead_id=UUID(row["lead_id"]),
        units_milli=row["units_milli"],
        round=row["round"],
        language=row["language"],
        region=row["region"],
        product=row["product"],
        waits_since=datetime.fromisoformat(row["waits_since"]),
        passed_over=frozenset(map(UUID, row["passed_over"])),
    )
