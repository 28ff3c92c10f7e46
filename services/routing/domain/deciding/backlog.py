"""Decides a backlog as one: a matching of all its leads with all candidates, at the least cost.

Where leads are served one by one, an early one may take the only manager of a later one although
somebody else was there for it too. Here it makes way, as far as nobody before it in the queue
loses a place by that.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.routing.domain.deciding import batch
from services.routing.domain.deciding.board import Board
from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.desks import Desks
from services.routing.domain.deciding.line import Line
from services.routing.domain.deciding.matching import NOWHERE, Kind, Matching, Seat
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Choice, Chosen, Waiting

ALGORITHM = "least-cost-matching.1"
WHOLE = 10**9  # a score of 1: costs are integers, so that their sums do not depend on an order
STICKY = 10**5 * WHOLE  # what it is worth that a customer stays with the first of their managers
NEXT_TIER = 10**10 * WHOLE  # what the next tier costs more


class Solution(NamedTuple):
    """The choices, and the algorithm that computes them again from their record."""

    algorithm: str
    choices: list[Choice]


class _Question(NamedTuple):
    """A lead with what the matching has to know of it; places are those of the board."""

    lead: Waiting
    round: int
    kind: int
    sticky: tuple[int, ...]


def decide(
    leads: Sequence[Waiting],
    candidates: Sequence[Candidate],
    terms: Terms,
    *,
    seed: int,
    matching_from: int,
) -> Solution:
    """One choice per lead, in the order of the queue: from so many leads on they are solved as a
    backlog, unless it is 0.
    """
    if matching_from and len(leads) >= matching_from:
        return solve_backlog(leads, candidates, terms, seed=seed)
    return Solution(batch.ALGORITHM, batch.decide_batch(leads, candidates, terms, seed=seed))


def solve_backlog(
    leads: Sequence[Waiting], candidates: Sequence[Candidate], terms: Terms, *, seed: int
) -> Solution:
    """One choice per lead, in the order of the queue: matched, or one by one where leads of
    different weights are served better so.
    """
    matched = match_backlog(leads, candidates, terms, seed=seed)
    if len({lead.units_milli for lead in leads}) < 2:
        return Solution(ALGORITHM, matched)
    single = batch.decide_batch(leads, candidates, terms, seed=seed)
    backlog = _Backlog(leads, candidates, terms, seed=seed)
    if backlog.rank(single) < backlog.rank(matched):
        return Solution(batch.ALGORITHM, single)
    return Solution(ALGORITHM, matched)


def match_backlog(
    leads: Sequence[Waiting], candidates: Sequence[Candidate], terms: Terms, *, seed: int
) -> list[Choice]:
    """One choice per lead, in the order of the queue, of the least cost together."""
    return _Backlog(leads, candidates, terms, seed=seed).choices()


def rank_of(
    choices: Sequence[Choice],
    leads: Sequence[Waiting],
    candidates: Sequence[Candidate],
    terms: Terms,
    *,
    seed: int,
) -> tuple[list[bool], int]:
    """How good a solution is, the least being the best: who of the queue goes on waiting, then the
    sum of the scores at which leads are given, by units.
    """
    return _Backlog(leads, candidates, terms, seed=seed).rank(choices)


class _Rising:
    """The cost of a manager's next unit with so much added to what they had in the beginning."""

    def __init__(self, desks: Desks, order: Sequence[int]) -> None:
        self._desks, self._order = desks, order
        self._reserved, self._received = list(desks.reserved), list(desks.received)

    def __call__(self, at: int, added_milli: int) -> int:
        place = self._order[at]
        base = self._desks.base_at(
            place, self._reserved[place] + added_milli, self._received[place] + added_milli
        )
        return round(base * WHOLE) + (self._desks.tier[place] or 0) * NEXT_TIER


class _Backlog:
    """The leads and candidates as a matching sees them. Managers stand in the order of their
    turns, so that of equal costs whoever has waited longest comes first.
    """

    def __init__(
        self,
        leads: Sequence[Waiting],
        candidates: Sequence[Candidate],
        terms: Terms,
        *,
        seed: int,
    ) -> None:
        self._board = Board(candidates, terms, seed=seed)
        desks = self._board.desks
        self._order = sorted(
            range(len(desks.candidates)), key=lambda at: (desks.turn[at], desks.tie[at])
        )
        self._rising = _Rising(desks, self._order)
        self._kinds: list[Kind] = []
        numbers: dict[tuple[object, ...], int] = {}
        self._questions = [self._question(lead, numbers) for lead in leads]

    def choices(self) -> list[Choice]:
        matching = Matching(self._kinds, self._seats(), self._rising)
        self._enter_all(matching)
        places = {lead: self._order[at] for lead, at in matching.owners.items()}
        for number, place in places.items():
            self._board.desks.take(place, self._questions[number].lead.units_milli)
        return [
            self._choice(question, places.get(number))
            for number, question in enumerate(self._questions)
        ]

    def rank(self, choices: Sequence[Choice]) -> tuple[list[bool], int]:
        seats, rising, cost = self._seats(), self._rising, 0
        ats = {self._manager_id(place): at for at, place in enumerate(self._order)}
        for choice, question in zip(choices, self._questions, strict=True):
            if choice.manager_id is None:
                continue
            at, kind = ats[choice.manager_id], self._kinds[question.kind]
            cost += kind.units_milli * (kind.costs[at] + rising(at, seats[at].added_milli))
            seats[at].added_milli += kind.units_milli
        return [choice.manager_id is None for choice in choices], cost

    def _enter_all(self, matching: Matching) -> None:
        """Enter all leads in the order of the queue, then those again that found no place."""
        # With equal weights a lead that found none never finds one. A heavy one that was pushed on
        # may leave room to a lighter one that came too early.
        alike = len({kind.units_milli for kind in self._kinds}) < 2
        remaining = list(range(len(self._questions)))
        while remaining:
            hopeless: set[int] = set()
            failures = []
            for number in remaining:
                kind = self._questions[number].kind
                if kind in hopeless or not matching.enter(number, kind):
                    failures.append(number)
                    if alike:
                        hopeless.add(kind)
            if alike or len(failures) == len(remaining):
                return
            remaining = failures

    def _question(self, lead: Waiting, numbers: dict[tuple[object, ...], int]) -> _Question:
        line = self._board.line_of(lead)
        lead_round, excluded = self._board.round_of(lead, line)
        sticky = self._board.sticky_places(lead, line, excluded) if lead.sticky else ()
        key = (line, lead.units_milli, lead.reach, excluded, sticky)
        if key not in numbers:
            numbers[key] = len(self._kinds)
            self._kinds.append(self._kind(lead, line, excluded, sticky))
        return _Question(lead, lead_round, numbers[key], sticky)

    def _kind(
        self, lead: Waiting, line: Line, excluded: frozenset[int], sticky: Sequence[int]
    ) -> Kind:
        gains = {place: STICKY // (1 + at) for at, place in enumerate(sticky)}
        return Kind(
            lead.units_milli,
            [
                -gains.get(place, 0) - round((line.fits[place] or 0.0) * WHOLE)
                if place not in excluded and line.is_able(place, reach=lead.reach)
                else NOWHERE
                for place in self._order
            ],
        )

    def _seats(self) -> list[Seat]:
        desks, rising = self._board.desks, self._rising
        return [
            Seat(
                room_milli=desks.room[place],
                allowance=desks.allowance[place],
                next_cost=rising(at, 0),
                price=rising(at, 0),
                most_milli=desks.room[place],
            )
            for at, place in enumerate(self._order)
        ]

    def _choice(self, question: _Question, place: int | None) -> Choice:
        lead = question.lead
        if place is None:
            return Choice(lead.lead_id, question.round, None, self._board.reason(lead))
        reason = Chosen.STICKY if place in question.sticky else Chosen.MATCHED
        tier = self._board.desks.tier[place]
        return Choice(lead.lead_id, question.round, self._manager_id(place), reason, tier)

    def _manager_id(self, place: int) -> UUID:
        return self._board.desks.candidates[place].manager_id
