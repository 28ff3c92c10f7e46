"""A lead while it is simulated, and what an algorithm has to offer to the simulation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.routing.domain.lead import rank
from services.routing.domain.simulation.scenario import SECOND, Arrival, Presence, Team

NOBODY = -1
SHIFT, ON_CALL, SUPERVISOR = "shift", "on_call", "supervisor"
TIERS = (SHIFT, ON_CALL, SUPERVISOR)


@dataclass(slots=True, eq=False)
class Case:
    """One lead. `owner` is the place of its agent, `epoch` the number of its assignments, `tier`
    the one its last owner was asked in. Events of an earlier epoch mean nothing any more.
    """

    arrival: Arrival
    number: int
    team: Team
    units_milli: int
    queue_at: int
    owner: int = NOBODY
    epoch: int = 0
    round: int = 1
    tier: int = 0
    passed_over: frozenset[int] = frozenset()
    assigned_at: int | None = None
    accepted_at: int | None = None
    first_accepted_at: int | None = None
    touched_at: int | None = None
    closed_at: int | None = None
    waits_since: int | None = None
    tasks_done: int = 0
    owners: list[int] = field(default_factory=list)

    @property
    def lot(self) -> tuple[object, ...]:
        """Cases of one lot may go to the same agents."""
        arrival = self.arrival
        traits = (arrival.language, arrival.region, arrival.product)
        return (arrival.pool, self.units_milli, self.passed_over, traits)


def case_of(arrival: Arrival, number: int, team: Team) -> Case:
    policy = team.policy
    units_milli = policy.units_milli(
        arrival.channel, stage=arrival.stage, priority_class=arrival.priority_class
    )
    ageing = rank(arrival.priority_class) * policy.ageing_seconds * SECOND
    return Case(
        arrival,
        number,
        team,
        units_milli,
        queue_at=arrival.at + ageing,
        passed_over=arrival.passed_over,
    )


class Assigner(Protocol):
    """An algorithm over the agents of a scenario; it keeps its own account of what they have.

    `every` None: asked at once when a lead waits; else only so often, as by a scheduled job, for
    all leads that wait. `leases`: assignments run out and are taken away.
    """

    name: str
    every: int | None
    leases: bool

    def choose(self, case: Case, now: int) -> int | None:
        """The agent who gets the case, or None; the algorithm counts it as theirs from now on."""

    def adopt(self, case: Case, agent: int, now: int) -> None:
        """Count a case as this agent's that the algorithm did not choose for."""

    def release(self, case: Case, agent: int, now: int, *, done: bool) -> None:
        """The agent has the case no longer; `done`: because it is closed."""

    def change(self, presences: Sequence[Presence], now: int) -> None:
        """Agents come or go, all of them at this moment."""

    def begin(self, now: int) -> None:
        """A round over the leads that wait, or a single lead, begins."""

    def further_at(self, case: Case, now: int) -> int | None:
        """When a case that waits may go to somebody else than now, if nobody comes or goes."""
