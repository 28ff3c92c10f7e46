"""The product's own algorithm, as the simulation asks for it: boards that are kept up to date.

A recorded day is decided on a fresh board per batch, as the service does; an invented one on a
board per pool whose received work is measured anew now and then, which is many times faster.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.routing.domain import escalation
from services.routing.domain.deciding.board import Board
from services.routing.domain.deciding.candidates import Candidate, Tier
from services.routing.domain.deciding.line import Line
from services.routing.domain.deciding.terms import terms_of
from services.routing.domain.deciding.waiting import Waiting
from services.routing.domain.simulation.accounts import Account, Accounts
from services.routing.domain.simulation.cases import Case
from services.routing.domain.simulation.customers import Customers
from services.routing.domain.simulation.scenario import MINUTE, SECOND, Presence, Scenario, Team

MEASURE_EVERY = 10 * MINUTE
NOBODY: frozenset[UUID] = frozenset()


class ProductAssigner:
    """`Assigner` over one board per pool."""

    name = "product"
    every: int | None = None
    leases = True

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._exact = not scenario.attention
        self._current: set[str] = set()  # pools whose boards are of this round
        self._accounts = Accounts(scenario)
        self._customers = Customers(scenario)
        self._ids = [agent.manager_id for agent in scenario.agents]
        self._places = {manager_id: place for place, manager_id in enumerate(self._ids)}
        self._boards: dict[str, Board] = {}
        self._levels: dict[tuple[str, str | None], Mapping[str, float]] = {}
        # Pools that anybody beyond those on shift could ever take a lead of.
        on_call = {item.agent for item in scenario.presences if item.duty == "on_call"}
        self._tiered = {
            team.key
            for team in scenario.teams.values()
            if team.supervisors or not on_call.isdisjoint(team.members)
        }
        self._measured_at = dict.fromkeys(scenario.teams, 0)
        self._teams_of: list[list[Team]] = [[] for _ in scenario.agents]
        for team in scenario.teams.values():
            for place in sorted({*team.members, *team.supervisors}):
                self._teams_of[place].append(team)

    def choose(self, case: Case, now: int) -> int | None:
        waiting = self._waiting(case)
        board = self._board(case.team, waiting, now)
        if case.team.key in self._tiered:
            waiting = waiting._replace(reach=self._reach(case, board.line_of(waiting), now))
        choice = board.choose(waiting)
        if choice.round > case.round:
            case.round, case.passed_over = choice.round, frozenset()
        if choice.manager_id is None:
            return None
        place = self._places[choice.manager_id]
        case.tier = choice.tier or 0
        self._count(case, place, now, chosen_in=case.team)
        return place

    def adopt(self, case: Case, agent: int, now: int) -> None:
        self._count(case, agent, now, chosen_in=None, received=now > 0)

    def release(self, case: Case, agent: int, now: int, *, done: bool) -> None:  # noqa: ARG002  the protocol's form
        self._accounts.of(agent).reserved_milli -= case.units_milli
        for team in self._teams_of[agent]:
            if (board := self._boards.get(team.key)) is not None:
                board.release(self._ids[agent], case.units_milli)
        self._customers.release(case, agent, done=done)

    def change(self, presences: Sequence[Presence], now: int) -> None:
        self._accounts.change(presences, now)
        for presence in presences:
            self._renew(presence.agent, now)

    def begin(self, now: int) -> None:  # noqa: ARG002  the protocol's form
        self._current.clear()

    # -- inside ----------------------------------------------------------------------------

    def _waiting(self, case: Case) -> Waiting:
        arrival, policy = case.arrival, case.team.policy
        return Waiting(
            lead_id=arrival.lead_id,
            units_milli=case.units_milli,
            round=case.round,
            skills=self._skills(case.team, arrival.language),
            nice_skills=policy.nice_skills,
            language=arrival.language,
            region=arrival.region,
            product=arrival.product,
            passed_over=frozenset(self._ids[place] for place in case.passed_over)
            if case.passed_over
            else NOBODY,
            sticky=self._sticky(arrival.contact_id) if policy.sticky else (),
        )

    def _skills(self, team: Team, language: str | None) -> Mapping[str, float]:
        key = (team.key, language)
        if key not in self._levels:
            self._levels[key] = team.policy.skills_for(language)
        return self._levels[key]

    def _reach(self, case: Case, line: Line, now: int) -> int:
        """The last tier that the case may go to now."""
        policy = case.team.policy
        waits = 0 if case.waits_since is None else now - case.waits_since
        if line.able(reach=Tier.SHIFT) and waits < policy.escalate_seconds * SECOND:
            return Tier.SHIFT
        moment = self._scenario.moment
        return escalation.reach(
            _able_tiers(line),
            since=moment(now - waits),
            at=moment(now),
            escalate_seconds=policy.escalate_seconds,
        )

    def further_at(self, case: Case, now: int) -> int | None:
        if case.team.key not in self._tiered:
            return None
        waiting = self._waiting(case)
        tiers = _able_tiers(self._board(case.team, waiting, now).line_of(waiting))
        if max(tiers, default=0) == Tier.SHIFT or case.waits_since is None:
            return None
        step = case.team.policy.escalate_seconds * SECOND
        return case.waits_since + ((now - case.waits_since) // step + 1) * step

    def _sticky(self, contact_id: UUID) -> tuple[UUID, ...]:
        return tuple(self._ids[place] for place in self._customers.owners(contact_id))

    def _board(self, team: Team, waiting: Waiting, now: int) -> Board:
        board = self._boards.get(team.key)
        due = now - self._measured_at[team.key] >= MEASURE_EVERY
        if board is None or due or (self._exact and team.key not in self._current):
            seed = waiting.lead_id.int & (2**63 - 1)
            board = Board(self._candidates(team, now).values(), terms_of(team.policy), seed=seed)
            self._boards[team.key] = board
            self._measured_at[team.key] = now
            self._current.add(team.key)
        elif self._accounts.has_limits:
            self._renew_limited(team, board, now)
        return board

    def _candidates(self, team: Team, now: int) -> Mapping[int, Candidate]:
        places = sorted({*team.members, *team.supervisors})
        return self._accounts.candidates(team, places, now)

    def _renew(self, agent: int, now: int) -> None:
        for team in self._teams_of[agent]:
            if (board := self._boards.get(team.key)) is not None:
                board.change(self._accounts.candidate(team, agent, now))

    def _renew_limited(self, team: Team, board: Board, now: int) -> None:
        for place in self._accounts.limits_changed(now):
            if team in self._teams_of[place]:
                board.change(self._accounts.candidate(team, place, now))

    def _count(
        self, case: Case, agent: int, now: int, *, chosen_in: Team | None, received: bool = True
    ) -> None:
        account: Account = self._accounts.of(agent)
        account.reserved_milli += case.units_milli
        if received:
            self._accounts.receive(agent, case.units_milli, now)
        for team in self._teams_of[agent]:
            board = self._boards.get(team.key)
            if board is not None and team is not chosen_in:
                board.give(self._ids[agent], case.units_milli)
        self._customers.take(case)


def _able_tiers(line: Line) -> frozenset[int]:
    """The tiers in which somebody is able to take the leads of a line."""
    counts = [line.able(reach=tier) for tier in Tier]
    return frozenset(
        tier
        for tier, count, before in zip(Tier, counts, [0, *counts], strict=False)
        if count > before
    )
