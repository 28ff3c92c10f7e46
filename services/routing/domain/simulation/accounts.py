"""What the product's algorithm knows of each agent: presence, load, work received, limits."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.routing.domain.absence import Worker, settle
from services.routing.domain.deciding.candidates import Candidate, Member, line_up
from services.routing.domain.policies import DEFAULT_POLICY
from services.routing.domain.simulation.scenario import DAY, HOUR, Agent, Presence, Scenario, Team

AT_WORK = ("shift", "online")
FAIRNESS_HOURS = DEFAULT_POLICY.fairness_hours


@dataclass(slots=True, eq=False)
class Account:
    """`received_milli` is faded to `as_of`, None before the first day at work; `over_milli` is how
    far above the mean somebody was when they left, while they are away (see `absence`).
    """

    agent: Agent
    hours: float  # after so many, received work counts half
    limited: bool
    duty: str = "off"
    status: str = "offline"
    reserved_milli: int = 0
    received_milli: float = 0.0
    as_of: int | None = None
    last_assigned_at: int | None = None
    over_milli: float | None = None
    recent: deque[int] = field(default_factory=deque)
    allowance: int | None = None

    def received_at(self, now: int) -> float:
        age = 0 if self.as_of is None else now - self.as_of
        return self.received_milli * math.pow(0.5, age / HOUR / self.hours)

    def look_at_limits(self, now: int) -> bool:
        """Count anew what the limits leave; whether it has changed."""
        while self.recent and self.recent[0] <= now - DAY:
            self.recent.popleft()
        rooms = []
        if self.agent.daily_limit is not None:
            rooms.append(self.agent.daily_limit - len(self.recent))
        if self.agent.hourly_limit is not None:
            hour = sum(at > now - HOUR for at in self.recent)
            rooms.append(self.agent.hourly_limit - hour)
        before, self.allowance = self.allowance, min(rooms) if rooms else None
        return before != self.allowance


class Accounts:
    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._teams = list(scenario.teams.values())
        self._accounts = [
            _open(place, agent, scenario) for place, agent in enumerate(scenario.agents)
        ]
        self._pools = [
            frozenset(team.key for team in self._teams if place in team.members)
            for place in range(len(scenario.agents))
        ]
        self._limited = [place for place, item in enumerate(self._accounts) if item.limited]
        self.has_limits = bool(self._limited)

    def of(self, place: int) -> Account:
        return self._accounts[place]

    def receive(self, place: int, units_milli: int, now: int) -> None:
        account = self._accounts[place]
        account.received_milli = account.received_at(now) + units_milli
        account.as_of = now
        account.last_assigned_at = now
        if account.limited:
            account.recent.append(now)

    def limits_changed(self, now: int) -> list[int]:
        return [place for place in self._limited if self._accounts[place].look_at_limits(now)]

    def change(self, presences: Sequence[Presence], now: int) -> None:
        """Agents come or go; their work received is settled as the service settles it."""
        for presence in presences:
            account = self._accounts[presence.agent]
            account.duty, account.status = presence.duty, presence.status
        pools = frozenset[str]().union(*(self._pools[item.agent] for item in presences))
        workers = [self._worker(place) for place, keys in enumerate(self._pools) if keys & pools]
        places = {self._scenario.agents[item.agent].manager_id: item.agent for item in presences}
        for balance in settle(workers, places.keys(), at=self._scenario.moment(now)):
            account = self._accounts[places[balance.manager_id]]
            account.received_milli, account.as_of = balance.received_milli, now
            account.over_milli = balance.lead_over_mean_milli

    def _worker(self, place: int) -> Worker:
        account, moment = self._accounts[place], self._scenario.moment
        return Worker(
            manager_id=account.agent.manager_id,
            pools=self._pools[place],
            weight_milli=account.agent.weight_milli,
            received_milli=account.received_milli,
            received_as_of=None if account.as_of is None else moment(account.as_of),
            lead_over_mean_milli=account.over_milli,
            last_assigned_at=_moment(account.last_assigned_at, self._scenario),
            on_duty=(account.duty, account.status) == AT_WORK,
            half_life=timedelta(hours=account.hours),
        )

    def candidate(self, team: Team, place: int, now: int) -> Candidate:
        return self.candidates(team, [place], now)[place]

    def candidates(self, team: Team, places: Sequence[int], now: int) -> Mapping[int, Candidate]:
        """The agents as a decision of this pool sees them."""
        moment = self._scenario.moment
        members = {place: self._member(place) for place in places}
        supervisor_ids = {self._scenario.agents[place].manager_id for place in team.supervisors}
        allowances = {}
        for place in places:
            account = self._accounts[place]
            if account.limited:
                account.look_at_limits(now)
                allowances[account.agent.manager_id] = account.allowance or 0
        candidates = line_up(
            members.values(),
            at=moment(now),
            policy=team.policy,
            supervisor_ids=supervisor_ids,
            allowances=allowances,
        )
        by_id = {item.manager_id: item for item in candidates}
        return {place: by_id[members[place].manager_id] for place in places}

    def _member(self, place: int) -> Member:
        account = self._accounts[place]
        agent = account.agent
        return Member(
            manager_id=agent.manager_id,
            capacity_milli=agent.capacity_milli,
            reserved_milli=account.reserved_milli,
            status=account.status,
            status_until=None,
            duty=account.duty,
            left_at=None,
            skills=agent.skills,
            languages=agent.languages,
            regions=agent.regions,
            products=agent.products,
            weight_milli=agent.weight_milli,
            hourly_limit=agent.hourly_limit,
            daily_limit=agent.daily_limit,
            received_milli=account.received_milli,
            received_as_of=_moment(account.as_of, self._scenario),
            attainment_milli=agent.attainment_milli,
            last_assigned_at=_moment(account.last_assigned_at, self._scenario),
        )


def _open(place: int, agent: Agent, scenario: Scenario) -> Account:
    teams = [team for team in scenario.teams.values() if place in team.members]
    hours = [team.policy.fairness_hours for team in teams]
    is_known = agent.last_assigned_at is not None or not scenario.attention
    return Account(
        agent=agent,
        hours=max(hours, default=FAIRNESS_HOURS),
        limited=agent.hourly_limit is not None or agent.daily_limit is not None,
        received_milli=agent.received_milli,
        as_of=0 if is_known else None,
        last_assigned_at=agent.last_assigned_at,
    )


def _moment(at: int | None, scenario: Scenario) -> datetime | None:
    return None if at is None else scenario.moment(at)
