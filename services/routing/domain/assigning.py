"""Who gets a lead: the eligible manager with the least relative load, then the longest wait.

Pure and deterministic: equal inputs give equal owners, so that a decision can be verified later.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

ALGORITHM = "least-relative-load.1"
NEVER = float("-inf")
Turn = tuple[int, int]  # (0, candidate's turn), or (1, place) once served in this batch


class Parked(StrEnum):
    """Why a lead found no owner."""

    NO_MEMBERS = "no_members"
    NOBODY_ON_DUTY = "nobody_on_duty"
    NOBODY_SKILLED = "nobody_skilled"
    NO_ROOM = "no_room"


class Member(NamedTuple):
    """A member of a pool as it stood under its lock."""

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
    """A member as a decision sees it. `turn` is 0 for whoever has waited longest for a lead, then
    1, …; members with the same last lead share it.
    """

    manager_id: UUID
    capacity_milli: int
    reserved_milli: int
    on_duty: bool
    skills: Mapping[str, float]
    turn: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lead without an owner; `passed_over` are the managers who had it in this round."""

    lead_id: UUID
    units_milli: int
    round: int
    skills: Mapping[str, float] = field(default_factory=dict)
    passed_over: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """The owner, or the reason why there is none. `round` is one higher once all have had it."""

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
    """Whether a lead of this weight fits: the sum may reach the capacity, not exceed it."""
    return reserved_milli + units_milli <= capacity_milli


def on_duty(member: Member, *, at: datetime) -> bool:
    """Whether the member is on shift and online, and that status has not run out."""
    if member.status != "online" or member.duty != "shift" or member.left_at is not None:
        return False
    return member.status_until is None or member.status_until > at


def line_up(members: Iterable[Member], *, at: datetime) -> list[Candidate]:
    """The members as a decision at this moment sees them, in the order of their ids."""
    by_id = sorted(members, key=lambda member: member.manager_id)
    moments = [_since(member) for member in by_id]
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
        for member, moment in zip(by_id, moments, strict=True)
    ]


def _since(member: Member) -> float:
    moment = member.last_assigned_at
    return NEVER if moment is None else moment.timestamp()


def is_skilled(candidate: Candidate, skills: Mapping[str, float]) -> bool:
    return all(candidate.skills.get(name, -1.0) >= level for name, level in skills.items())


def decide_batch(leads: Sequence[Waiting], candidates: Sequence[Candidate]) -> list[Choice]:
    """One choice per lead, in the given order; each counts the load of the choices before it."""
    desks = [
        _Desk(candidate, candidate.reserved_milli, (0, candidate.turn))
        for candidate in candidates
        if candidate.on_duty
    ]
    heap = [(*desk.rank(), place) for place, desk in enumerate(desks)]
    heapq.heapify(heap)
    least = min((lead.units_milli for lead in leads), default=0)
    able_by_skills: dict[frozenset[tuple[str, float]], list[Candidate]] = {}
    choices = []
    for turn, lead in enumerate(leads):
        skills = frozenset(lead.skills.items())
        if skills not in able_by_skills:
            able_by_skills[skills] = [
                d.candidate for d in desks if is_skilled(d.candidate, lead.skills)
            ]
        able = able_by_skills[skills]
        lead_round, excluded_ids = _round(lead, able)
        place = _take(heap, desks, lead, excluded_ids, least=least)
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
    """Whether any of the leads would get an owner now."""
    # Load changes only with a choice, so the first lead that is served is served under equal load.
    return bool(leads) and any(
        choice.manager_id is not None for choice in decide_batch(leads, candidates)
    )


def _round(lead: Waiting, able: Sequence[Candidate]) -> tuple[int, frozenset[UUID]]:
    """The lead's round and the managers excluded from it."""
    # Once every able candidate has had the lead, the next round begins with nobody excluded.
    if lead.passed_over and able and all(c.manager_id in lead.passed_over for c in able):
        return lead.round + 1, frozenset()
    return lead.round, lead.passed_over


_Heap = list[tuple[float, Turn, UUID, int]]


def _take(
    heap: _Heap,
    desks: Sequence[_Desk],
    lead: Waiting,
    excluded_ids: frozenset[UUID],
    *,
    least: int,
) -> int | None:
    """Remove the first suitable desk from the heap and return its place, or None."""
    aside: _Heap = []
    place = None
    while heap and place is None:
        entry = heapq.heappop(heap)
        desk = desks[entry[3]]
        if not _fits(desk, least):
            # Load only grows within a batch: no later lead fits here either, so it stays out.
            continue
        suits = (
            desk.candidate.manager_id not in excluded_ids
            and is_skilled(desk.candidate, lead.skills)
            and _fits(desk, lead.units_milli)
        )
        if suits:
            place = entry[3]
        else:
            aside.append(entry)
    for entry in aside:
        heapq.heappush(heap, entry)
    return place


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
