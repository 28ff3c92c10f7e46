"""Decides leads one after the other over candidates that it keeps up to date."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.desks import Desks
from services.routing.domain.deciding.eligibility import NOTHING, Need, need_of
from services.routing.domain.deciding.line import Line
from services.routing.domain.deciding.ranking import Ranking
from services.routing.domain.deciding.teams import Team, team_of
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Choice, Chosen, Parked, Waiting

LINES, LOOKS = 256, 4096  # kept at a time; one more is cheaper to build than to keep
FEW = 2  # leads for which a look at everybody is cheaper than a ranking
NOBODY: frozenset[int] = frozenset()


class Board:
    """Candidates across decisions: `choose` adds a lead to whom it chooses, `release` takes one
    away, `change` replaces a candidate.
    """

    def __init__(self, candidates: Iterable[Candidate], terms: Terms, *, seed: int) -> None:
        self.desks = Desks(candidates, terms, seed=seed)
        self._terms = terms
        self._lines: dict[Need, Line] = {}
        self._looks: dict[tuple[object, ...], Line] = {}  # leads that look the same, quickly told
        self._team: Team | None = None
        self._ranking: Ranking | None = None
        self._looked = 0

    def choose(self, lead: Waiting) -> Choice:
        """Decide a lead, and count it from now on as its owner's."""
        choice, place = self._decide(lead)
        if place is not None:
            self._take(place, lead.units_milli)
        return choice

    def choose_all(self, leads: Sequence[Waiting]) -> list[Choice]:
        """Decide leads in this order."""
        if len(leads) > FEW:  # a ranking that knows all needs from the beginning is built once
            for lead in leads:
                self.line_of(lead)
        return [self.choose(lead) for lead in leads]

    def can_serve(self, lead: Waiting) -> bool:
        """Whether the lead would get an owner now."""
        return self._decide(lead)[1] is not None

    def give(self, manager_id: UUID, units_milli: int) -> None:
        """Count a lead that was decided otherwise as this candidate's."""
        self._take(self._place(manager_id), units_milli)

    def release(self, manager_id: UUID, units_milli: int) -> None:
        """A lead of this candidate has ended, or weighs so much less."""
        place = self._place(manager_id)
        self.desks.give_back(place, units_milli)
        if self._ranking is not None:
            self._ranking.change(place)

    def change(self, candidate: Candidate) -> None:
        """A candidate is now like this: status, limits, load or traits have changed; the turn
        stays. Raises KeyError for a manager who is not on the board.
        """
        place = self._place(candidate.manager_id)
        former = self.desks.candidates[place]
        former_tier = self.desks.tier[place]
        self.desks.replace(place, candidate)
        if _traits(former) != _traits(candidate):
            self._team = None
            self._forget()
            return
        for line in self._lines.values():
            line.move(place, former_tier=former_tier)
        if self._ranking is not None:
            self._ranking.change(place)

    def line_of(self, lead: Waiting) -> Line:
        look = (
            lead.language,
            lead.region,
            lead.product,
            tuple(lead.skills.items()),
            tuple(lead.nice_skills.items()),
        )
        line = self._looks.get(look)
        if line is None:
            if len(self._looks) >= LOOKS:
                self._forget()
            line = self._looks[look] = self._line(lead)
        return line

    def _line(self, lead: Waiting) -> Line:
        need = need_of(lead, self._terms)
        if need not in self._lines:
            if len(self._lines) >= LINES:
                self._forget()
            self._lines[need] = Line(self.desks, self._fits(need))
        return self._lines[need]

    def _fits(self, need: Need) -> Sequence[float | None]:
        if need == NOTHING:
            return [0.0] * len(self.desks.candidates)
        if self._team is None:
            self._team = team_of(self.desks.candidates)
        return self._team.fits(need, self._terms.score.fit)

    def _forget(self) -> None:
        self._looks.clear()
        self._lines.clear()
        self._ranking = None

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
        desks, line, reach = self.desks, self.line_of(lead), lead.reach
        if not desks.candidates:
            return Parked.NO_MEMBERS
        if not line.able(reach=reach):
            is_there = any(tier is not None and tier <= reach for tier in desks.tier)
            return Parked.NOBODY_SKILLED if is_there else Parked.NOBODY_ON_DUTY
        allowances = (desks.allowance[place] for place in line.able_places(reach=reach))
        if any(allowance is None or allowance > 0 for allowance in allowances):
            return Parked.NO_ROOM
        return Parked.LIMIT_REACHED

    def sticky_places(self, lead: Waiting, line: Line, excluded: frozenset[int]) -> tuple[int, ...]:
        """Those of the customer's own managers who can take the lead and are not loaded too far
        above the mean of their tier, in the order in which they are asked.
        """
        above = self._terms.sticky_above
        if above is None:
            return ()
        places = map(self.desks.place_of, dict.fromkeys(lead.sticky))
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
        place = sticky[0] if sticky else self._first(lead, line, excluded)
        reason = Chosen.STICKY if sticky else Chosen.LEAST_SCORE
        if place is None:
            return Choice(lead.lead_id, lead_round, None, self.reason(lead)), None
        desks = self.desks
        manager_id = desks.candidates[place].manager_id
        return Choice(lead.lead_id, lead_round, manager_id, reason, desks.tier[place]), place

    def _first(self, lead: Waiting, line: Line, excluded: frozenset[int]) -> int | None:
        units, reach = lead.units_milli, lead.reach
        if self._ranking is None:
            if self._looked < FEW:
                self._looked += 1
                return line.first(units, excluded, reach=reach)
            self._ranking = Ranking(self.desks, self._lines.values())
        return self._ranking.first(line, units, excluded, reach=reach)

    def _take(self, place: int, units_milli: int) -> None:
        self.desks.take(place, units_milli)
        if self._ranking is not None:
            self._ranking.change(place)

    def _place(self, manager_id: UUID) -> int:
        place = self.desks.place_of(manager_id)
        if place is None:
            raise KeyError(manager_id)
        return place


def _traits(candidate: Candidate) -> tuple[object, ...]:
    """What decides whether somebody is able at all."""
    return (candidate.skills, candidate.languages, candidate.regions, candidate.products)
