"""Terms of assignments and of waiting: what runs out is taken away or goes to the next tier.

Algorithms without leases leave a lead with whoever got it.
"""

from services.routing.domain.simulation.cases import NOBODY, SHIFT, TIERS, Case
from services.routing.domain.simulation.scenario import MINUTE, SECOND, after_working
from services.routing.domain.simulation.stage import Stage

LOOK_AGAIN = MINUTE  # where limits per hour or day may have ended


class Leases:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._held: list[dict[int, Case]] = [{} for _ in stage.scenario.agents]
        self._has_limits = any(
            agent.hourly_limit is not None or agent.daily_limit is not None
            for agent in stage.scenario.agents
        )
        self._looks = False

    def begin(self, case: Case) -> None:
        """A lease begins with an assignment."""
        stage = self._stage
        if not stage.assigner.leases:
            return
        assert case.assigned_at is not None
        policy, agent = case.team.policy, stage.scenario.agents[case.owner]
        for name, seconds in (("accept", policy.accept_seconds), ("touch", policy.touch_seconds)):
            duration = seconds * SECOND
            due = (
                after_working(agent, case.assigned_at, duration)
                if policy.business_time and TIERS[case.tier] == SHIFT
                else case.assigned_at + duration
            )
            stage.at(due, self._due, case, case.epoch, name)
        self._held[case.owner][case.number] = case

    def _due(self, case: Case, epoch: int, name: str) -> None:
        if case.epoch != epoch:
            return
        if (case.accepted_at if name == "accept" else case.touched_at) is None:
            self._stage.take_away(case, f"{name}_expired")

    def absent(self, agent: int) -> None:
        """The agent is no longer there: what they have not accepted goes back after a grace."""
        stage = self._stage
        open_cases = {
            number: case
            for number, case in self._held[agent].items()
            if case.owner == agent and case.accepted_at is None
        }
        self._held[agent] = open_cases
        if stage.desks[agent].online:
            return  # their shift is over: terms run in working time
        for case in open_cases.values():
            grace = case.team.policy.offline_grace_seconds * SECOND
            stage.at(stage.now + grace, self._grace_over, case, case.epoch)

    def _grace_over(self, case: Case, epoch: int) -> None:
        if case.epoch != epoch or case.accepted_at is not None:
            return
        if not self._stage.desks[case.owner].online:
            self._stage.take_away(case, "offline")

    def watch_waiting(self, case: Case) -> None:
        """A lead begins to wait: later it may go to the next tier."""
        stage = self._stage
        if not stage.assigner.leases:
            return
        self._plan_step(case)
        if self._has_limits and not self._looks:
            self._looks = True
            stage.at(stage.now + LOOK_AGAIN, self._look)

    def _look(self) -> None:
        stage = self._stage
        self._looks = stage.queue.size > 0
        if self._looks:
            stage.serve()
            stage.at(stage.now + LOOK_AGAIN, self._look)

    def _plan_step(self, case: Case) -> None:
        stage = self._stage
        moment = stage.assigner.further_at(case, stage.now)
        if moment is not None:
            stage.at(moment, self._step, case, case.epoch)

    def _step(self, case: Case, epoch: int) -> None:
        if case.epoch == epoch and case.owner == NOBODY:
            self._stage.serve()
            self._plan_step(case)
