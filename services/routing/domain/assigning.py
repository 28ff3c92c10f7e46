"""Who gets a lead: the eligible manager with the least relative load, then the longest wait.

One law: the same inputs give the same owners, so that every decision can be computed again.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

ALGORITHM = "least-relative-load.1"
NEVER = float("-inf")


class Parked(StrEnum):
    """Why a lead found no owner."""

    NO_MEMBERS = "no_members"
    NOBODY_ON_DUTY = "nobody_on_duty"
    NOBODY_SKILLED = "nobody_skilled"
    NO_ROOM = "no_room"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of the pool as it stood under its lock when the batch was decided."""

    manager_id: UUID
    capacity_milli: int
    reserved_milli: int
    status: str
    status_until: datetime | None
    skills: Mapping[str, float]
    last_assigned_at: datetime | None


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
    waited_since: tuple[float, int]

    def rank(self) -> tuple[float, tuple[float, int], UUID]:
        load = self.reserved_milli / self.candidate.capacity_milli
        return (load, self.waited_since, self.candidate.manager_id)


def has_room(*, reserved_milli: int, units_milli: int, capacity_milli: int) -> bool:
    """The one rule of capacity: nothing is added above it."""
    return reserved_milli + units_milli <= capacity_milli


def on_duty(candidate: Candidate, *, at: datetime) -> bool:
    """Online, and said so recently enough."""
    if candidate.status != "online":
        return False
    return candidate.status_until is None or candidate.status_until > at


def is_skilled(candidate: Candidate, skills: Mapping[str, float]) -> bool:
    return all(candidate.skills.get(name, -1.0) >= level for name, level in skills.items())


def decide_batch(
    leads: Sequence[Waiting], candidates: Sequence[Candidate], *, at: datetime
) -> list[Choice]:
    """One choice per lead, in the order given; each sees the load that the earlier ones made."""
    desks = [
        _Desk(found, found.reserved_milli, _since(found.last_assigned_at))
        for found in candidates
        if on_duty(found, at=at)
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
        desk.waited_since = (at.timestamp(), turn + 1)
        heapq.heappush(heap, (*desk.rank(), place))
        manager_id = desk.candidate.manager_id
        choices.append(Choice(lead.lead_id, lead_round, manager_id, "least_load"))
    return choices


def _since(moment: datetime | None) -> tuple[float, int]:
    return (NEVER if moment is None else moment.timestamp(), 0)


def _round(lead: Waiting, able: Sequence[Candidate]) -> tuple[int, frozenset[UUID]]:
    """When everybody able has had the lead, the next round begins and nobody is passed over."""
    if lead.passed_over and able and all(c.manager_id in lead.passed_over for c in able):
        return lead.round + 1, frozenset()
    return lead.round, lead.passed_over


_Heap = list[tuple[float, tuple[float, int], UUID, int]]


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
