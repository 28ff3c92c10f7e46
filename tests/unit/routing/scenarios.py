"""Small scenarios by hand: two people, a few leads, whole minutes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.routing.domain.policies import Policy
from services.routing.domain.simulation.algorithms import ALGORITHMS
from services.routing.domain.simulation.engine import simulate
from services.routing.domain.simulation.ledger import Ledger
from services.routing.domain.simulation.scenario import (
    HOUR,
    MINUTE,
    Agent,
    Arrival,
    Presence,
    Reaction,
    Scenario,
    Task,
    Team,
)

START = datetime(2026, 3, 2, tzinfo=UTC)
POOL = "default"
LONG = 10 * HOUR
PATIENT = Policy(touch_seconds=8 * 3600)  # nothing is taken away because its owner is busy


def agent(number: int, **fields: Any) -> Agent:
    return Agent(**{
        "manager_id": UUID(int=number), "name": f"{number}", "capacity_milli": 10_000, **fields,
    })  # fmt: skip


def lead(number: int, minute: int, **fields: Any) -> Arrival:
    """Comes at the minute, is accepted at once and takes an hour."""
    return Arrival(**{
        "lead_id": UUID(int=1000 + number),
        "at": minute * MINUTE,
        "pool": POOL,
        "contact_id": UUID(int=2000 + number),
        "reactions": (Reaction(0),),
        "tasks": (Task(0, HOUR),),
        **fields,
    })  # fmt: skip


def scenario(
    agents: Sequence[Agent],
    arrivals: Sequence[Arrival],
    *,
    presences: Sequence[Presence] | None = None,
    policy: Policy | None = None,
    supervisors: tuple[int, ...] = (),
    end: int = LONG,
    **fields: Any,
) -> Scenario:
    members = tuple(place for place in range(len(agents)) if place not in supervisors)
    there = [Presence(0, place, "shift", "online") for place in range(len(agents))]
    team = Team(POOL, policy or PATIENT, members, supervisors)
    return Scenario(
        name="by hand",
        start=START,
        end=end,
        agents=tuple(agents),
        teams={POOL: team},
        arrivals=tuple(arrivals),
        presences=tuple(there if presences is None else presences),
        **fields,
    )


def play(story: Scenario, algorithm: str = "product") -> Ledger:
    return simulate(story, ALGORITHMS[algorithm](story))


def owners(ledger: Ledger) -> list[list[int]]:
    """Who had each lead, one after the other."""
    return [case.owners for case in ledger.cases]
