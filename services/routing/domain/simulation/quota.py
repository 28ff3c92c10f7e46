"""Odoo's daily quotas: a scheduled job gives each lead to the first of a list of open quotas."""

import random
from collections import deque
from collections.abc import Iterable

from services.routing.domain.simulation.cases import Case
from services.routing.domain.simulation.references import Reference
from services.routing.domain.simulation.scenario import DAY, MINUTE, Scenario

MONTH_DAYS = 30
EVERY = 15 * MINUTE  # its default is a day; an administrator in a hurry chooses less


class DailyQuota(Reference):
    """Quota = monthly capacity ÷ 30, rounded half up, less the leads of the last 24 hours. Each
    round sorts the members by open quota, ties at random, and gives each lead to the first who may
    have it; that one's quota falls and they go to the tail. A monthly capacity is set so that the
    pool can take its busiest day, divided by weight.

    Flaws: open work, size and presence are not looked at; a lead waits for the job; a lead beyond
    all quotas waits until tomorrow. The job there takes the most probable leads first, for which
    nothing is known here; so leads come in the order of the queue.
    """

    name = "daily_quota"
    every: int | None = EVERY

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self._random = random.Random(scenario.name)  # noqa: S311  a simulation's own dice
        self._daily = daily_quotas(scenario)
        self._recent: list[deque[int]] = [deque() for _ in scenario.agents]
        self._line: list[int] = []
        self._rest: list[int] = []

    def begin(self, now: int) -> None:
        for recent in self._recent:
            while recent and recent[0] <= now - DAY:
                recent.popleft()
        self._rest = [
            daily - len(recent) for daily, recent in zip(self._daily, self._recent, strict=True)
        ]
        line = [agent for agent, rest in enumerate(self._rest) if rest > 0]
        self._random.shuffle(line)
        self._line = sorted(line, key=lambda agent: -self._rest[agent])

    def pick(self, case: Case, agents: Iterable[int], now: int) -> int | None:  # noqa: ARG002  the protocol's form
        allowed = set(agents)
        return next((agent for agent in self._line if agent in allowed), None)

    def count(self, case: Case, agent: int, now: int) -> None:  # noqa: ARG002  the protocol's form
        self._recent[agent].append(now)
        if agent not in self._line:
            return
        self._line.remove(agent)
        self._rest[agent] -= 1
        if self._rest[agent] > 0:
            self._line.append(agent)


def daily_quotas(scenario: Scenario) -> list[int]:
    """Each agent's quota of leads a day, from the busiest day of each of their pools."""
    monthly = [0.0] * len(scenario.agents)
    for key, team in scenario.teams.items():
        by_day: dict[int, int] = {}
        for arrival in scenario.arrivals:
            if arrival.pool == key:
                by_day[arrival.at // DAY] = by_day.get(arrival.at // DAY, 0) + 1
        weights = sum(scenario.agents[agent].weight_milli for agent in team.members)
        for agent in team.members:
            share = scenario.agents[agent].weight_milli / weights
            monthly[agent] += max(by_day.values(), default=0) * share * MONTH_DAYS
    return [int(each / MONTH_DAYS + 0.5) for each in monthly]
