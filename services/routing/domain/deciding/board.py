"""Decides leads one after the other over candidates that it keeps up to date.

A decision costs the logarithm of the number of candidates, once somebody of the same need and
weight has been decided on.
"""

from collections.abc import Iterable
from uuid import UUID

from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.desks import CLOSED, Desks
from services.routing.domain.deciding.eligibility import Need, need_of
from services.routing.domain.deciding.line import Line
from services.routing.domain.deciding.teams import team_of
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Choice, Chosen, Parked, Waiting

LINES = 256  # kept at a time; one more is cheaper to build than to keep
NOBODY: frozenset[int] = frozenset()


class Board:
    """Candidates across decisions: `choose` adds a lead to whom it chooses, `release` takes one
    away, `change` replaces a candidate, `fade` lets received work age.
    """

    def __init__(self, candidates: Iterable[Candidate], terms: Terms, *, seed: int) -> None:
        self.desks = Desks(candidates, terms, seed=seed)
        self._terms = terms
        self._team = team_of(self.desks.candidates)
        self._lines: dict[tuple[Need, int], Line] = {}
        self._reasons: dict[tuple[Line, int], Parked] = {}

    def choose(self, lead: Waiting) -> Choice:
        """Decide a lead, and count it from now on as its owner's."""
        choice, place = self._decide(lead)
        if place is not None:
            self.desks.take(place, lead.units_milli)
            self._reasons.clear()
        return choice

    def can_serve(self, lead: Waiting) -> bool:
        """Whether the lead would get an owner now."""
        return self._decide(lead)[1] is not None

    def give(self, manager_id: UUID, units_milli: int) -> None:
        """Count a lead that was decided otherwise as this candidate's."""
        self.desks.take(self._place(manager_id), units_milli)
        self._reasons.clear()

    def release(self, manager_id: UUID, units_milli: int) -> None:
        """A lead of this candidate has ended, or weighs so much less."""
        place = self._place(manager_id)
        self.desks.give_back(place, units_milli)
        self._renew(place, former_tier=self.desks.tier[place])

    def change(self, candidate: Candidate) -> None:
        """A candidate is now like this: status, limits, load or traits have changed; the turn
        stays. Raises KeyError for a manager who is not on the board.
        """
        place = self._place(candidate.manager_id)
        former = self.desks.candidates[place]
        former_tier = self.desks.tier[place]
        self.desks.replace(place, candidate)
        if _traits(former) != _traits(candidate):
            self._team = team_of(self.desks.candidates)
            self._lines.clear()
            self._reasons.clear()
        else:
            self._renew(place, former_tier=former_tier)

    def fade(self, factor: float) -> None:
        """Let all received work count so much less. Costs as much as a new board."""
        self.desks.fade(factor)
        self._lines.clear()
        self._reasons.clear()

    def line_of(self, lead: Waiting) -> Line:
        key = (need_of(lead, self._terms), lead.units_milli)
        line = self._lines.get(key)
        if line is None:
            if len(self._lines) >= LINES:
                self._lines.clear()
                self._reasons.clear()
            line = self._lines[key] = Line(self.desks, self._team.fits(key[0]), key[1])
        return line

    def round_of(self, lead: Waiting, line: Line) -> tuple[int, frozenset[int]]:
        """The lead's round, and the places that are excluded from it."""
        if not lead.passed_over:
            return lead.round, NOBODY
        excluded = self.desks.places_of(lead.passed_over)
        able = line.able(reach=lead.reach)
        # Once everybody who is able has had the lead, the next round begins with nobody excluded.
        if able and able == sum(line.is_able(place, reach=lead.reach) for place in excluded):
            return lead.round + 1, NOBODY
        return lead.round, excluded

    def reason(self, lead: Waiting) -> Parked:
        """Why a lead that nobody can take now waits."""
        line = self.line_of(lead)
        key = (line, lead.reach)
        if key not in self._reasons:
            self._reasons[key] = self._why(line, reach=lead.reach)
        return self._reasons[key]

    def sticky_places(self, lead: Waiting, line: Line, excluded: frozenset[int]) -> tuple[int, ...]:
        """Those of the customer's own managers who can take the lead and are not loaded too far
        above the mean of their tier, in the order in which they are asked.
        """
        above = self._terms.sticky_above
        if above is None:
            return ()
        places = (self.desks.place_of(manager_id) for manager_id in lead.sticky)
        return tuple(
            place
            for place in places
            if place is not None
            and place not in excluded
            and line.is_able(place, reach=lead.reach)
            and self._is_sticky(place, lead.units_milli, above)
        )

    def _is_sticky(self, place: int, units_milli: int, above: float) -> bool:
        desks = self.desks
        load = desks.reserved[place] / desks.capacity[place]
        mean = desks.mean_load(desks.tier[place] or 0)
        return load <= mean + above and desks.room[place] >= units_milli

    def _decide(self, lead: Waiting) -> tuple[Choice, int | None]:
        line = self.line_of(lead)
        lead_round, excluded = self.round_of(lead, line)
        sticky = self.sticky_places(lead, line, excluded) if lead.sticky else ()
        place = sticky[0] if sticky else line.first(excluded, reach=lead.reach)
        reason = Chosen.STICKY if sticky else Chosen.LEAST_SCORE
        if place is None:
            return Choice(lead.lead_id, lead_round, None, self.reason(lead)), None
        desks = self.desks
        manager_id = desks.candidates[place].manager_id
        return Choice(lead.lead_id, lead_round, manager_id, reason, desks.tier[place]), place

    def _why(self, line: Line, *, reach: int) -> Parked:
        desks = self.desks
        if not desks.candidates:
            return Parked.NO_MEMBERS
        if not any(tier is not None and tier <= reach for tier in desks.tier):
            return Parked.NOBODY_ON_DUTY
        places = line.able_places(reach=reach)
        if not places:
            return Parked.NOBODY_SKILLED
        if any(desks.allowance[place] is None or desks.room[place] != CLOSED for place in places):
            return Parked.NO_ROOM
        return Parked.LIMIT_REACHED

    def _renew(self, place: int, *, former_tier: int | None) -> None:
        self._reasons.clear()
        for line in self._lines.values():
            line.renew(place, former_tier=former_tier)

    def _place(self, manager_id: UUID) -> int:
        place = self.desks.place_of(manager_id)
        if place is None:
            raise KeyError(manager_id)
        return place


def _traits(candidate: Candidate) -> tuple[object, ...]:
    """What decides whether somebody is able at all."""
    return (candidate.skills, candidate.languages, candidate.regions, candidate.products)
