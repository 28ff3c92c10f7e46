"""Algorithms of other systems, built from their descriptions, flaws included, to compare with.

None looks at capacity, none takes a lead back, and none knows whose customer somebody is. What a
lead must have (language, region, product, skills) is heeded, as there a team per language would.
"""

from collections.abc import Iterable, Sequence

from services.routing.domain.simulation.cases import Case
from services.routing.domain.simulation.eligibility import Eligibility
from services.routing.domain.simulation.scenario import Presence, Scenario


class Reference:
    """What all of them share: who is there, and who may have a case. A decliner hands a lead on by
    hand, which is asked of the algorithm again, without the decliner while there is anybody else.
    """

    name: str = ""
    leases: bool = False
    every: int | None = None

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.present = [False] * len(scenario.agents)
        self._eligibility = Eligibility(scenario)

    def choose(self, case: Case, now: int) -> int | None:
        agents = self._eligibility.agents(case)
        agent = self.pick(case, [agent for agent in agents if agent not in case.passed_over], now)
        if agent is None and case.passed_over:
            agent = self.pick(case, agents, now)
        if agent is not None:
            self.count(case, agent, now)
        return agent

    def adopt(self, case: Case, agent: int, now: int) -> None:
        self.count(case, agent, now)

    def change(self, presences: Sequence[Presence], now: int) -> None:
        for presence in presences:
            self.appear(presence.agent, now, is_there=presence.is_at_work)

    def appear(self, agent: int, now: int, *, is_there: bool) -> None:  # noqa: ARG002  for those who count absence
        self.present[agent] = is_there

    def begin(self, now: int) -> None:
        """Nothing is scheduled, or nothing is to be done before a round."""

    def further_at(self, case: Case, now: int) -> int | None:  # noqa: ARG002  the protocol's form
        return None

    def pick(self, case: Case, agents: Iterable[int], now: int) -> int | None:
        raise NotImplementedError

    def count(self, case: Case, agent: int, now: int) -> None:
        raise NotImplementedError

    def release(self, case: Case, agent: int, now: int, *, done: bool) -> None:
        """Most keep no account of open work."""


class RoundRobin(Reference):
    """A list of members per inbox; the last one in it who is online gets the lead and moves to the
    head (Chatwoot's assignment).

    Flaws: blind to load, weights and the size of a lead; whoever was away long is not remembered,
    whoever owns a lead when they leave keeps it.
    """

    name = "round_robin"

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self._turns = {key: list(team.members) for key, team in scenario.teams.items()}

    def pick(self, case: Case, agents: Iterable[int], now: int) -> int | None:  # noqa: ARG002  the protocol's form
        allowed = {agent for agent in agents if self.present[agent]}
        turns = self._turns[case.arrival.pool]
        return next((agent for agent in reversed(turns) if agent in allowed), None)

    def count(self, case: Case, agent: int, now: int) -> None:  # noqa: ARG002  the protocol's form
        turns = self._turns[case.arrival.pool]
        if agent in turns:
            turns.remove(agent)
            turns.insert(0, agent)


class LeastOpen(Reference):
    """The fewest open leads, by count; ties go to the smallest id (EspoCRM's least busy).

    Flaws: whether somebody is at work is not asked, so a lead may lie until tomorrow; a heavy lead
    counts like a light one; no upper limit; after a quiet night the same person begins each time.
    """

    name = "least_open"

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self._open = [0] * len(scenario.agents)
        by_id = sorted(range(len(scenario.agents)), key=lambda i: scenario.agents[i].manager_id)
        self._place = {agent: place for place, agent in enumerate(by_id)}

    def pick(self, case: Case, agents: Iterable[int], now: int) -> int | None:  # noqa: ARG002  the protocol's form
        return min(agents, key=lambda agent: (self._open[agent], self._place[agent]), default=None)

    def count(self, case: Case, agent: int, now: int) -> None:  # noqa: ARG002  the protocol's form
        self._open[agent] += 1

    def release(self, case: Case, agent: int, now: int, *, done: bool) -> None:  # noqa: ARG002  the protocol's form
        self._open[agent] -= 1
