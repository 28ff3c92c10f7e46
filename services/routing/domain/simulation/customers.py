"""Whose customer somebody is: who has another open lead of theirs, then who won the last one."""

from uuid import UUID

from services.routing.domain.simulation.cases import Case
from services.routing.domain.simulation.scenario import Scenario


class Customers:
    def __init__(self, scenario: Scenario) -> None:
        self._open: dict[UUID, list[Case]] = {}
        self._winners = dict(scenario.winners)

    def owners(self, contact_id: UUID) -> tuple[int, ...]:
        """The agents a lead of this contact goes to first: the latest to accept, then the winner of
        the last one.
        """
        cases = [case for case in self._open.get(contact_id, ()) if case.accepted_at is not None]
        cases.sort(key=lambda case: (case.accepted_at, case.number), reverse=True)
        places = [case.owner for case in cases]
        if contact_id in self._winners:
            places.append(self._winners[contact_id])
        return tuple(dict.fromkeys(places))

    def take(self, case: Case) -> None:
        self._open.setdefault(case.arrival.contact_id, []).append(case)

    def release(self, case: Case, agent: int, *, done: bool) -> None:
        contact_id = case.arrival.contact_id
        cases = self._open[contact_id]
        cases.remove(case)
        if not cases:
            del self._open[contact_id]
        if done and case.arrival.wins:
            self._winners[contact_id] = agent
