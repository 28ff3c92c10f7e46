"""The simulation itself: events in order of time, each of which may cause others.

It is pure and draws nothing: equal scenarios and algorithms give equal accounts, bit for bit.
"""

import heapq
from collections.abc import Callable, Sequence
from enum import IntEnum
from itertools import count, groupby

from services.routing.domain.simulation.cases import NOBODY, TIERS, Assigner, Case, case_of
from services.routing.domain.simulation.desks import Desk
from services.routing.domain.simulation.leases import Leases
from services.routing.domain.simulation.ledger import Ledger, open_ledger
from services.routing.domain.simulation.scenario import Presence, Scenario
from services.routing.domain.simulation.waiting import Queue
from services.routing.domain.simulation.work import Work

Progress = Callable[[int, int], None]
PROGRESS_EVERY = 20_000  # events
Handler = Callable[..., None]


class Turn(IntEnum):
    """What of one moment happens first: a lease that ends then frees its manager, and its lead is
    served before one that comes in; a scheduled job sees both.
    """

    ENDS = 0
    ARRIVES = 1
    ROUND = 2


class Simulation:
    """One run: who owns which lead, and what happens when. `simulate` is the way to it."""

    def __init__(self, scenario: Scenario, assigner: Assigner) -> None:
        self.scenario = scenario
        self.assigner = assigner
        self.now = 0
        cases = [
            case_of(arrival, number, scenario.teams[arrival.pool])
            for number, arrival in enumerate(scenario.arrivals)
        ]
        self.ledger = open_ledger(scenario, assigner.name, cases)
        self.desks = [Desk() for _ in scenario.agents]
        self.queue = Queue()
        self._serves = False
        self.leases = Leases(self)
        self.work = Work(self)
        self._events: list[tuple[int, Turn, int, Handler, tuple[object, ...]]] = []
        self._order = count()

    def at(self, moment: int, handler: Handler, *subject: object, turn: Turn = Turn.ENDS) -> None:
        """Call the handler with its subject at that moment, after what is due by then already."""
        entry = (max(moment, self.now), turn, next(self._order), handler, subject)
        heapq.heappush(self._events, entry)

    def run(self, progress: Progress | None) -> Ledger:
        scenario, events = self.scenario, self._events
        self._plan()
        while events and events[0][0] <= scenario.end:
            self.now, _, _, handler, subject = heapq.heappop(events)
            handler(*subject)
            self.ledger.events += 1
            if progress is not None and self.ledger.events % PROGRESS_EVERY == 0:
                progress(self.now, scenario.end)
        self.now = scenario.end
        self.ledger.settle(self.now)
        return self.ledger

    def _plan(self) -> None:
        # Who is there at the start is known before anything else happens.
        for at, presences in groupby(self.scenario.presences, key=lambda item: item.at):
            self.at(at, self._change, tuple(presences))
        for case in self.ledger.cases:
            if case.arrival.holding is None:
                self.at(case.arrival.at, self._arrive, case, turn=Turn.ARRIVES)
            else:
                self.at(0, self._hold, case)
        if self.assigner.every is not None:
            self.at(0, self._round, turn=Turn.ROUND)

    # -- leads get their owners and lose them ----------------------------------------------

    def _arrive(self, case: Case) -> None:
        self.ledger.shares.arrive(case.arrival.pool, case.units_milli, self.now)
        # Where others of its lot wait, nobody can take it either.
        if self.assigner.every is None and not self.queue.holds(case.lot):
            self.assigner.begin(self.now)
            if self._offer(case):
                return
        self._wait(case)

    def _hold(self, case: Case) -> None:
        """Somebody had the case at the start."""
        holding = case.arrival.holding
        assert holding is not None
        self.assigner.adopt(case, holding.agent, holding.assigned_at)
        self.ledger.loads[holding.agent].add(case.units_milli, self.now)
        case.owner, case.assigned_at = holding.agent, holding.assigned_at
        case.owners.append(holding.agent)
        case.epoch = 1
        case.accepted_at, case.touched_at = holding.accepted_at, holding.touched_at
        self.leases.begin(case)
        self.work.resume(case)

    def _offer(self, case: Case) -> bool:
        agent = self.assigner.choose(case, self.now)
        if agent is None:
            return False
        self.ledger.assigned(case, agent, TIERS[case.tier], self.now)
        case.owner, case.assigned_at, case.waits_since = agent, self.now, None
        case.epoch += 1
        case.owners.append(agent)
        self.leases.begin(case)
        self.work.expect_answer(case)
        return True

    def _wait(self, case: Case) -> None:
        case.waits_since = self.now
        self.queue.add(case)
        self.leases.watch_waiting(case)

    def serve(self) -> None:
        """Offer the leads that wait, once all that is due at this moment has happened."""
        if self.queue.size and self.assigner.every is None and not self._serves:
            self._serves = True
            self.at(self.now, self._serve)

    def _serve(self) -> None:
        self._serves = False
        self.assigner.begin(self.now)
        self.queue.serve(self._offer)

    def _round(self) -> None:
        assert self.assigner.every is not None
        self.assigner.begin(self.now)
        self.queue.serve(self._offer)
        self.at(self.now + self.assigner.every, self._round, turn=Turn.ROUND)

    def take_away(self, case: Case, ending: str) -> None:
        """The owner has the case no longer and is passed over; it waits for another."""
        agent = case.owner
        self.ledger.endings[ending] += 1
        self.ledger.loads[agent].add(-case.units_milli, self.now)
        self.assigner.release(case, agent, self.now, done=False)
        case.owner, case.accepted_at = NOBODY, None
        case.epoch += 1
        case.passed_over |= {agent}
        self._wait(case)
        self.serve()

    def close(self, case: Case, epoch: int) -> None:
        """The case is won or lost, unless it has gone to somebody else meanwhile."""
        if case.epoch != epoch:
            return
        case.closed_at = self.now
        case.epoch += 1
        self.ledger.loads[case.owner].add(-case.units_milli, self.now)
        self.assigner.release(case, case.owner, self.now, done=True)
        self.serve()

    # -- agents come and go ----------------------------------------------------------------

    def _change(self, presences: Sequence[Presence]) -> None:
        for presence in presences:
            desk = self.desks[presence.agent]
            desk.duty, desk.online = presence.duty, presence.status == "online"
            self.ledger.shares.change(presence.agent, at_work=desk.on_shift, now=self.now)
        self.assigner.change(presences, self.now)
        for presence in presences:
            if self.desks[presence.agent].online:
                self.work.return_to(presence.agent)
            else:
                self.leases.absent(presence.agent)
        self.serve()


def simulate(scenario: Scenario, assigner: Assigner, *, progress: Progress | None = None) -> Ledger:
    """Play the scenario through the algorithm. `progress` is told the moment and the end now and
    then; what it raises ends the run.
    """
    return Simulation(scenario, assigner).run(progress)
