"""The shortfall method of cal.com: whoever is furthest below their share of the month's leads."""

from collections.abc import Iterable
from datetime import timedelta

from services.routing.domain.simulation.cases import Case
from services.routing.domain.simulation.references import Reference
from services.routing.domain.simulation.scenario import Scenario


class Shortfall(Reference):
    """Target share = weight ÷ sum of weights; target = (all leads + all calibrations) × share;
    shortfall = target − (own leads + own calibration). The largest shortfall among those there
    gets the lead; ties by weight, then the least recently served. A calibration is the average of
    what the others got while somebody was away or before they came; counts begin anew each month.

    Flaws: counts, not work; blind to open work, so whoever returns behind gets everything at once
    where the calibration is short.
    """

    name = "shortfall"

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        size = len(scenario.agents)
        self._month: tuple[int, int] | None = None
        self._served = [-1] * size
        self._received = [0] * size
        self._calibration = [0.0] * size
        # Leads of each pool while somebody is away count for their calibration once they return.
        self._total = dict.fromkeys(scenario.teams, 0)
        self._away_since: list[dict[str, tuple[int, int]]] = [{} for _ in range(size)]
        for key, team in scenario.teams.items():
            for agent in team.members:
                self._away_since[agent][key] = (0, 0)

    def appear(self, agent: int, now: int, *, is_there: bool) -> None:
        self._begin_month(now)
        if is_there and not self.present[agent]:
            for key, (total, received) in self._away_since[agent].items():
                others = len(self.scenario.teams[key].members) - 1
                growth = self._total[key] - total - (self._received[agent] - received)
                if others and growth > 0:
                    self._calibration[agent] += growth / others
            self._away_since[agent] = {}
        elif self.present[agent] and not is_there:
            for key, team in self.scenario.teams.items():
                if agent in team.members:
                    self._away_since[agent][key] = (self._total[key], self._received[agent])
        self.present[agent] = is_there

    def _begin_month(self, now: int) -> None:
        moment = self.scenario.start + timedelta(microseconds=now)
        if (moment.year, moment.month) == self._month:
            return
        self._month = (moment.year, moment.month)
        self._received = [0] * len(self._received)
        self._calibration = [0.0] * len(self._calibration)
        self._total = dict.fromkeys(self._total, 0)
        self._away_since = [dict.fromkeys(since, (0, 0)) for since in self._away_since]

    def pick(self, case: Case, agents: Iterable[int], now: int) -> int | None:
        self._begin_month(now)
        members = self.scenario.teams[case.arrival.pool].members
        everybody = self.scenario.agents
        weights = sum(everybody[agent].weight_milli for agent in members)
        credit = sum(self._received[agent] + self._calibration[agent] for agent in members)

        def order(agent: int) -> tuple[float, int, int]:
            weight = everybody[agent].weight_milli
            own = self._received[agent] + self._calibration[agent]
            return (own - credit * weight / weights, -weight, self._served[agent])

        return min((agent for agent in agents if self.present[agent]), key=order, default=None)

    def count(self, case: Case, agent: int, now: int) -> None:
        self._received[agent] += 1
        self._total[case.arrival.pool] += 1
        self._served[agent] = max(now, 0)
