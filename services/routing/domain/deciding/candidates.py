"""Members of a pool, and how a decision sees them: as candidates, each in a tier."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

from services.routing.domain.policies import Policy

NEVER = datetime.min.replace(tzinfo=UTC)
UNAVAILABLE = frozenset({"busy", "away"})


class Tier(IntEnum):
    """Who is asked first: those on shift, then those on call, then the pool's supervisors."""

    SHIFT = 0
    ON_CALL = 1
    SUPERVISOR = 2


class Member(NamedTuple):
    """A member of a pool as it stood under its lock. `received_milli` are the work units received
    until `received_as_of`, faded to then.
    """

    manager_id: UUID
    capacity_milli: int
    reserved_milli: int
    status: str
    status_until: datetime | None
    duty: str
    left_at: datetime | None
    skills: Mapping[str, float]
    languages: Sequence[str]
    regions: Sequence[str]
    products: Sequence[str]
    weight_milli: int
    hourly_limit: int | None
    daily_limit: int | None
    received_milli: float
    received_as_of: datetime | None
    attainment_milli: int | None
    last_assigned_at: datetime | None
    duty_plan: str | None = None  # see `domain.calendars.plans`


class Candidate(NamedTuple):
    """A member as a decision sees it.

    `tier` is None for whoever cannot take leads now. `received_milli` is faded to the moment of
    the decision; `allowance` are the leads that the inflow limits leave, None without limits;
    `attainment_milli` is the share of the plan that should be reached by now, None without a plan.
    `turn` is 0 for whoever has waited longest for a lead, then 1, …; members with the same last
    lead share it.
    """

    manager_id: UUID
    capacity_milli: int
    reserved_milli: int
    tier: int | None
    skills: Mapping[str, float]
    turn: int
    languages: Sequence[str] = ()
    regions: Sequence[str] = ()
    products: Sequence[str] = ()
    weight_milli: int = 1000
    received_milli: int = 0
    allowance: int | None = None
    attainment_milli: int | None = None
    has_left: bool = False

    @property
    def on_duty(self) -> bool:
        return self.tier is not None


def room_of(capacity_milli: int, reserved_milli: int) -> int:
    """What may still be added; negative where capacity was lowered below the load."""
    return capacity_milli - reserved_milli


def has_room(*, reserved_milli: int, units_milli: int, capacity_milli: int) -> bool:
    """Whether a lead of this weight fits: the sum may reach the capacity, not exceed it."""
    return units_milli <= room_of(capacity_milli, reserved_milli)


def on_duty(member: Member, *, at: datetime) -> bool:
    """Whether the member is on shift and online, and that status has not run out."""
    if member.status != "online" or member.duty != "shift" or member.left_at is not None:
        return False
    return member.status_until is None or member.status_until > at


def tier_of(
    member: Member,
    policy: Policy,
    *,
    is_supervisor: bool,
    is_member: bool = True,
    at: datetime,
) -> Tier | None:
    """The first tier in which somebody can take leads of the pool now, if any. Whoever is on call
    or a supervisor need not be online, but must not have said that they are busy or away. A
    supervisor who is no member of the pool takes only what nobody else can.
    """
    if is_member and on_duty(member, at=at):
        return Tier.SHIFT
    lasts = member.status_until is None or member.status_until > at
    if member.left_at is not None or (lasts and member.status in UNAVAILABLE):
        return None
    if policy.on_call and is_member and member.duty == "on_call":
        return Tier.ON_CALL
    return Tier.SUPERVISOR if policy.supervisor and is_supervisor else None


def faded(milli: float, *, as_of: datetime | None, at: datetime, hours: float) -> int:
    """Received work at a moment: it counts half after so many hours."""
    if as_of is None or as_of >= at:
        return round(milli)
    halvings = (at - as_of).total_seconds() / 3600 / hours
    return round(milli * math.exp2(-halvings))


def line_up(
    members: Iterable[Member],
    *,
    at: datetime,
    policy: Policy,
    supervisor_ids: Collection[UUID] = (),
    outsider_ids: Collection[UUID] = (),
    allowances: Mapping[UUID, int] | None = None,
) -> list[Candidate]:
    """The members as a decision at this moment sees them, in the order of their ids. `members`
    hold the supervisors too, of whom `outsider_ids` are no members; `allowances` are the leads
    that inflow limits leave to those who have any.
    """
    by_id = sorted(members, key=lambda member: member.manager_id.int)
    moments = [member.last_assigned_at or NEVER for member in by_id]
    turns = {moment: turn for turn, moment in enumerate(sorted(set(moments)))}
    hours = policy.fairness_hours
    # Ids are slow to look up, and often there is nobody to look for.
    return [
        Candidate(
            member.manager_id,
            member.capacity_milli,
            member.reserved_milli,
            tier_of(
                member,
                policy,
                is_supervisor=bool(supervisor_ids) and member.manager_id in supervisor_ids,
                is_member=not outsider_ids or member.manager_id not in outsider_ids,
                at=at,
            ),
            member.skills,
            turns[moment],
            member.languages,
            member.regions,
            member.products,
            member.weight_milli,
            faded(member.received_milli, as_of=member.received_as_of, at=at, hours=hours),
            allowances.get(member.manager_id) if allowances else None,
            member.attainment_milli,
            member.left_at is not None,
        )
        for member, moment in zip(by_id, moments, strict=True)
    ]
