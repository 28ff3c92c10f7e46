"""What a simulation is given: people, pools, leads, and who is at work when.

Moments and durations are whole microseconds; moments count from the scenario's start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from services.routing.domain.policies import Policy

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

Span = tuple[int, int]  # from, until


@dataclass(frozen=True, slots=True)
class Agent:
    """A manager. `shifts` is the planned working time by which terms run, in order and apart;
    None: always. `received_milli` is the work received before the start, as of then.
    """

    manager_id: UUID
    name: str
    capacity_milli: int
    weight_milli: int = 1000
    skills: Mapping[str, float] = field(default_factory=dict)
    languages: Sequence[str] = ()
    regions: Sequence[str] = ()
    products: Sequence[str] = ()
    hourly_limit: int | None = None
    daily_limit: int | None = None
    attainment_milli: int | None = None
    shifts: tuple[Span, ...] | None = None
    received_milli: float = 0.0
    last_assigned_at: int | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """A pool: its terms, and the places of its members and supervisors among the agents."""

    key: str
    policy: Policy
    members: tuple[int, ...]
    supervisors: tuple[int, ...] = ()


class Presence(NamedTuple):
    """From `at` on the agent's calendar says `duty` (shift, on_call, off), and they themselves say
    `status` (online, busy, away, offline).
    """

    at: int
    agent: int
    duty: str
    status: str

    @property
    def is_at_work(self) -> bool:
        return self.duty == "shift" and self.status == "online"


class Reaction(NamedTuple):
    """What the owner does with an assignment: accept it or decline it after this time at work, and
    return it so long after accepting it, if at all.
    """

    after: int
    declines: bool = False
    returns_after: int | None = None


class Task(NamedTuple):
    """A piece of work on a lead: due so long after the one before it, it lasts so long. The first
    one is the first touch.
    """

    after: int
    lasts: int


class Holding(NamedTuple):
    """Who had the lead at the scenario's start and how far it was; nothing of it is above 0."""

    agent: int
    assigned_at: int
    accepted_at: int | None
    touched_at: int | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A lead and what happens to it, whoever gets it: one reaction per owner, the last one for all
    further owners; the tasks of its work; how long after the last one it closes, if it does, and
    whether it is won then. `passed_over` are places of agents who had it before the start.
    """

    lead_id: UUID
    at: int
    pool: str
    contact_id: UUID
    channel: str = "form"
    priority_class: str = "normal"
    stage: str | None = None
    language: str | None = None
    region: str | None = None
    product: str | None = None
    reactions: tuple[Reaction, ...] = (Reaction(0),)
    tasks: tuple[Task, ...] = (Task(0, 0),)
    closes_after: int | None = 0
    wins: bool = False
    holding: Holding | None = None
    passed_over: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Scenario:
    """`arrivals` and `presences` in order of time. With `attention` agents work only while they are
    at work, and on one task at a time; recorded days tell when things happened and need none.
    `winners` are the agents who won a contact's last lead before the start.
    """

    name: str
    start: datetime
    end: int
    agents: tuple[Agent, ...]
    teams: Mapping[str, Team]
    arrivals: tuple[Arrival, ...]
    presences: tuple[Presence, ...]
    attention: bool = True
    winners: Mapping[UUID, int] = field(default_factory=dict)

    def moment(self, at: int) -> datetime:
        return self.start + timedelta(microseconds=at)


def after_working(agent: Agent, at: int, duration: int) -> int:
    """The moment when so much of the agent's working time has passed since `at`; where the shifts
    are planned no further, the rest counts by the clock.
    """
    if agent.shifts is None:
        return at + duration
    for begin, end in agent.shifts:
        if end <= at:
            continue
        at = max(at, begin)
        if at + duration <= end:
            return at + duration
        duration -= end - at
        at = end
    return at + duration
