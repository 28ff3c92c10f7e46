"""Who gets a lead: the eligible manager with the least relative load, then the longest wait.

One law: the same inputs give the same owners, so that every decision can be computed again.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

ALGORITHM = "least-relative-load.1"
NEVER = float("-inf")
Turn = tuple[int, int]  # who had a lead longer ago sorts first; whoever has one of this batch, last


class Parked(StrEnum):
    """Why a lead found no owner."""

    NO_MEMBERS = "no_members"
    NOBODY_ON_DUTY = "nobody_on_duty"
    NOBODY_SKILLED = "nobody_skilled"
    NO_ROOM = "no_room"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a pool as it stood under its lock."""

    manager_id: UUID
    capacity_milli: int
    reserved_milli: int
    status: str
    status_until: datetime | None
    skills: Mapping[str, float]
    last_assigned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a decision looks at. `turn` is 0 for whoever has waited longest for a lead, then 1, …;
    members with the same last lead share it.
    """

    manager_id: UUID
    capacity_milli: int
    reserved_milli: int
    on_duty: bool
    skills: Mapping[str, float]
    turn: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lead without an owner; `passed_over` had it in this round."""

    lead_id: UUID
    units_milli: int
    round: int
    skills: Mapping[str, float] = field(default_factory=dict)
    passed_over: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """The owner, or the reason why there is none. `round` is one more when all have had it."""

    lead_id: UUID
    round: int
    manager_id: UUID | None
    reason: str


@dataclass(slots=True)
class _Desk:
    """A candidate's load while the batch fills it."""

    candidate: Candidate
    reserved_milli: int
    turn: Turn

    def rank(self) -> tuple[float, Turn, UUID]:
        load = self.reserved_milli / self.candidate.capacity_milli
        return (load, self.turn, self.candidate.manager_id)


def has_room(*, reserved_milli: int, units_milli: int, capacity_milli: int) -> bool:
    """The one rule of capacity: nothing is added above it."""
    return reserved_milli + units_milli <= capacity_milli


def on_duty(member: Member, *, at: datetime) -> bool:
    """Online, and said so recently enough."""
    if member.status != "online":
        return False
    return member.status_until is None or member.status_until > at


def line_up(members: Iterable[Member], *, at: datetime) -> list[Candidate]:
    """The members as a decision at this moment sees them, in the order of their ids."""
    ordered = sorted(members, key=lambda member: member.manager_id)
    moments = [_since(member) for member in ordered]
    turns = {moment: turn for turn, moment in enumerate(sorted(set(moments)))}
    return [
        Candidate(
            manager_id=member.manager_id,
            capacity_milli=member.capacity_milli,
            reserved_milli=member.reserved_milli,
            on_duty=on_duty(member, at=at),
            skills=member.skills,
            turn=turns[moment],
        )
        for member, moment in zip(ordered, moments, strict=True)
    ]


def _since(member: Member) -> float:
    moment = member.last_assigned_at
    return NEVER if moment is None else moment.timestamp()


def is_skilled(candidate: Candidate, skills: Mapping[str, float]) -> bool:
    return all(candidate.skills.get(name, -1.0) >= level for name, level in skills.items())


def decide_batch(leads: Sequence[Waiting], candidates: Sequence[Candidate]) -> list[Choice]:
    """One choice per lead, in the order given; each sees the load that the earlier ones made."""
    desks = [
        _Desk(candidate, candidate.reserved_milli, (0, candidate.turn))
        for candidate in candidates
        if candidate.on_duty
    ]
    heap = [(*desk.rank(), place) for place, desk in enumerate(desks)]
    heapq.heapify(heap)
    least = min((lead.units_milli for lead in leads), default=0)
    skilled: dict[frozenset[tuple[str, float]], list[Candidate]] = {}
    choices = []
    for turn, lead in enumerate(leads):
        asked = frozenset(lead.skills.items())
        if asked not in skilled:
            skilled[asked] = [d.candidate for d in desks if is_skilled(d.candidate, lead.skills)]
        able = skilled[asked]
        lead_round, passed = _round(lead, able)
        place = _take(heap, desks, lead, passed, least=least)
        if place is None:
            reason = _why(candidates, desks, able)
            choices.append(Choice(lead.lead_id, lead_round, None, reason))
            continue
        desk = desks[place]
        desk.reserved_milli += lead.units_milli
        desk.turn = (1, turn)
        heapq.heappush(heap, (*desk.rank(), place))
        manager_id = desk.candidate.manager_id
        choices.append(Choice(lead.lead_id, lead_round, manager_id, "least_load"))
    return choices


def can_be_served(leads: Sequence[Waiting], candidates: Sequence[Candidate]) -> bool:
    """Whether any of the leads would get an owner now: until one does, all see the same load."""
    return any(choice.manager_id is not None for choice in decide_batch(leads, candidates))


def _round(lead: Waiting, able: Sequence[Candidate]) -> tuple[int, frozenset[UUID]]:
    """When everybody able has had the lead, the next round begins and nobody is passed over."""
    if lead.passed_over and able and all(c.manager_id in lead.passed_over for c in able):
        return lead.round + 1, frozenset()
    return lead.round, lead.passed_over


_Heap = list[tuple[float, Turn, UUID, int]]


def _take(
    heap: _Heap,
    desks: Sequence[_Desk],
    lead: Waiting,
    passed: frozenset[UUID],
    *,
    least: int,
) -> int | None:
    """Remove the first suitable desk from the heap and return its place, or None.

    A desk without room even for the smallest lead of the batch leaves the heap for good: load only
    grows within a batch.
    """
    aside: _Heap = []
    chosen = None
    while heap and chosen is None:
        entry = heapq.heappop(heap)
        desk = desks[entry[3]]
        if not _fits(desk, least):
            continue
        suits = (
            desk.candidate.manager_id not in passed
            and is_skilled(desk.candidate, lead.skills)
            and _fits(desk, lead.units_milli)
        )
        if suits:
            chosen = entry[3]
        else:
            aside.append(entry)
    for entry in aside:
        heapq.heappush(heap, entry)
    return chosen


def _fits(desk: _Desk, units_milli: int) -> bool:
    return has_room(
        reserved_milli=desk.reserved_milli,
        units_milli=units_milli,
        capacity_milli=desk.candidate.capacity_milli,
    )


def _why(
    candidates: Sequence[Candidate], desks: Sequence[_Desk], able: Sequence[Candidate]
) -> Parked:
    if not candidates:
        return Parked.NO_MEMBERS
    if not desks:
        return Parked.NOBODY_ON_DUTY
    return Parked.NO_ROOM if able else Parked.NOBODY_SKILLED
