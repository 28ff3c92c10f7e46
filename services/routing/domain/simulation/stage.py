"""What the parts of a simulation need of the whole."""

from typing import Any, Protocol

from services.routing.domain.simulation.cases import Assigner, Case
from services.routing.domain.simulation.desks import Desk
from services.routing.domain.simulation.scenario import Scenario
from services.routing.domain.simulation.waiting import Queue


class Stage(Protocol):
    scenario: Scenario
    assigner: Assigner
    now: int
    desks: list[Desk]
    queue: Queue

    def at(self, moment: int, handler: Any, *subject: object) -> None:
        """Call the handler then."""

    def serve(self) -> None:
        """Offer the leads that wait."""

    def take_away(self, case: Case, ending: str) -> None:
        """The owner has the case no longer."""

    def close(self, case: Case, epoch: int) -> None:
        """The case is won or lost."""
