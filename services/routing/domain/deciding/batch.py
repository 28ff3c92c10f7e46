"""Decides batches: one choice per lead, each over the loads that the choices before it left."""

from collections.abc import Sequence

from services.routing.domain.deciding.board import Board
from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Choice, Waiting, seed_of

ALGORITHM = "least-score.1"


def decide_batch(
    leads: Sequence[Waiting], candidates: Sequence[Candidate], terms: Terms, *, seed: int
) -> list[Choice]:
    """One choice per lead, in the given order; each counts the load of the choices before it."""
    return Board(candidates, terms, seed=seed).choose_all(leads)


def can_be_served(leads: Sequence[Waiting], candidates: Sequence[Candidate], terms: Terms) -> bool:
    """Whether any of the leads would get an owner now."""
    board = Board(candidates, terms, seed=seed_of(leads))
    return any(board.can_serve(lead) for lead in leads)
