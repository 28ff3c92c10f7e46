"""A manager who leaves the company, and where their open leads go."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

UNDO_FOR = timedelta(days=30)


class Destination(StrEnum):
    """`queues`: the leads wait in their pools. `spread`: each batch is decided as one backlog at
    once. `successor`: the named manager gets what they have room for; the rest waits.
    """

    QUEUES = "queues"
    SUCCESSOR = "successor"
    SPREAD = "spread"


class State(StrEnum):
    MOVING = "moving"
    MOVED = "moved"
    CANCELLED = "cancelled"
    GIVING_BACK = "giving_back"
    GIVEN_BACK = "given_back"


RUNNING = (State.MOVING, State.GIVING_BACK)
OUTSIDE = (State.MOVING, State.MOVED, State.CANCELLED)  # the manager is out of the company


@dataclass(frozen=True, slots=True)
class Plan:
    destination: Destination
    successor_id: UUID | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """`leads` were owned when it began; of them `moved` got another owner or wait, `merged` went
    into another lead of their contact, `without_room` did not fit the successor and wait. Of an
    undone one, `given_back` went back and `kept` stayed where somebody works on them.
    """

    departure_id: UUID
    manager_id: UUID
    destination: Destination
    successor_id: UUID | None
    reason: str | None
    actor: str
    state: State
    pools: tuple[str, ...]
    supervises: tuple[str, ...]
    leads: int
    moved: int
    merged: int
    without_room: int
    given_back: int
    kept: int
    at: datetime
    ended_at: datetime | None
    undone_at: datetime | None

    @property
    def plan(self) -> Plan:
        return Plan(self.destination, self.successor_id, self.reason)

    def is_undoable(self, now: datetime) -> bool:
        return self.state in OUTSIDE and now - self.at <= UNDO_FOR


def fitting(units_milli: list[tuple[UUID, int]], *, room_milli: int) -> list[UUID]:
    """Those of the leads (id, work units in thousandths) that fit into the room, in their order; a
    lead that is too large is passed by.
    """
    ids = []
    for lead_id, units in units_milli:
        if units <= room_milli:
            ids.append(lead_id)
            room_milli -= units
    return ids
