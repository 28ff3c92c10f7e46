"""What is written down while a simulation runs: loads, shares that were due, endings of leases."""

from collections import Counter
from dataclasses import dataclass, field

from services.routing.domain.simulation.cases import Case
from services.routing.domain.simulation.scenario import HOUR, Scenario


@dataclass(slots=True)
class Load:
    """One agent's work: reserved now, received in all, and for how long more than the capacity."""

    capacity_milli: int
    reserved_milli: int = 0
    received_milli: int = 0
    received: int = 0
    over_since: int | None = None
    over: int = 0

    def add(self, units_milli: int, now: int) -> None:
        self.reserved_milli += units_milli
        self._look(now)

    def settle(self, now: int) -> None:
        """Count the time above the capacity up to now."""
        if self.over_since is not None:
            self.over += now - self.over_since
            self.over_since = now

    def _look(self, now: int) -> None:
        if self.reserved_milli > self.capacity_milli:
            if self.over_since is None:
                self.over_since = now
        elif self.over_since is not None:
            self.over += now - self.over_since
            self.over_since = None


class DueShares:
    """The work units that were due to each agent: every lead's, divided by weight among those of
    its pool who were at work when it came.

    This is the share with credit for absence of cal.com's calibration, and depends on no algorithm.
    What comes while nobody is at work is in `later`: it is divided among those who are an hour
    after the first one has come, since being the first by a minute makes nothing due.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._weights = [agent.weight_milli for agent in scenario.agents]
        self._members = {key: frozenset(team.members) for key, team in scenario.teams.items()}
        self._present: dict[str, set[int]] = {key: set() for key in self._members}
        self._since = dict.fromkeys(self._members, 0)  # when the first one came
        self._weight = dict.fromkeys(self._members, 0)
        self._per_weight = dict.fromkeys(self._members, 0.0)
        self._entries: dict[tuple[str, int], float] = {}
        self.later = dict.fromkeys(self._members, 0)
        self.due = [0.0] * len(self._weights)

    def arrive(self, pool: str, units_milli: int, now: int) -> None:
        self._divide_later(pool, now)
        if weight := self._weight[pool]:
            self._per_weight[pool] += units_milli / weight
        else:
            self.later[pool] += units_milli

    def change(self, agent: int, *, at_work: bool, now: int) -> None:
        for pool, members in self._members.items():
            if agent not in members or (agent in self._present[pool]) == at_work:
                continue
            self._divide_later(pool, now)
            if at_work:
                self._enter(pool, agent, now)
            else:
                self._leave(pool, agent)

    def _divide_later(self, pool: str, now: int) -> None:
        if self.later[pool] and self._weight[pool] and now >= self._since[pool] + HOUR:
            self._per_weight[pool] += self.later[pool] / self._weight[pool]
            self.later[pool] = 0

    def _enter(self, pool: str, agent: int, now: int) -> None:
        if not self._present[pool]:
            self._since[pool] = now
        self._present[pool].add(agent)
        self._weight[pool] += self._weights[agent]
        self._entries[pool, agent] = self._per_weight[pool]

    def _leave(self, pool: str, agent: int) -> None:
        self._present[pool].remove(agent)
        self._weight[pool] -= self._weights[agent]
        per_weight = self._per_weight[pool] - self._entries[pool, agent]
        self.due[agent] += per_weight * self._weights[agent]

    def settle(self, now: int) -> None:
        """Give everybody at work what has become due to them."""
        for pool, present in self._present.items():
            self._divide_later(pool, now)
            for agent in sorted(present):
                self._leave(pool, agent)


@dataclass(eq=False)
class Ledger:
    """The whole account of one run; figures are made of it."""

    scenario: Scenario
    algorithm: str
    cases: list[Case]
    loads: list[Load]
    shares: DueShares
    tiers: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    parked: int = 0
    events: int = 0

    def assigned(self, case: Case, agent: int, tier: str, now: int) -> None:
        load = self.loads[agent]
        load.add(case.units_milli, now)
        load.received_milli += case.units_milli
        load.received += 1
        self.tiers[tier] += 1
        if case.waits_since is not None:
            self.parked += now - case.waits_since

    def settle(self, now: int) -> None:
        """Close the account at the end of the scenario."""
        for load in self.loads:
            load.settle(now)
        self.shares.settle(now)
        self.parked += sum(
            now - case.waits_since
            for case in self.cases
            if case.waits_since is not None and case.arrival.at <= now
        )


def open_ledger(scenario: Scenario, algorithm: str, cases: list[Case]) -> Ledger:
    loads = [Load(agent.capacity_milli) for agent in scenario.agents]
    return Ledger(scenario, algorithm, cases, loads, DueShares(scenario))
