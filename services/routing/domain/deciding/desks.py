"""Candidates while a batch fills them: loads, turns and scores by place, in the order of ids."""

from collections.abc import Iterable
from random import Random
from uuid import UUID

from services.routing.domain.deciding.candidates import Candidate, has_room
from services.routing.domain.deciding.score import base, fairness, plan, scale_of
from services.routing.domain.deciding.terms import Terms

UNLIMITED = 1 << 60
TIERS = 3


class Desks:
    """Parallel lists with an entry per candidate. `base` is the score without the fit, `tie` a
    draw by which equal ones are told apart, `stamp` rises with every change.

    Ties are drawn in the order of ids from the seed alone, so that the draw is the same whatever
    the order of the candidates, and another one for the next batch.
    """

    def __init__(self, candidates: Iterable[Candidate], terms: Terms, *, seed: int) -> None:
        self.candidates = sorted(candidates, key=lambda item: item.manager_id.int)
        self.weights = terms.score
        self.scale = scale_of(self.candidates)
        self.capacity = [item.capacity_milli for item in self.candidates]
        self.reserved = [item.reserved_milli for item in self.candidates]
        self.received = [item.received_milli for item in self.candidates]
        self.tier = [item.tier for item in self.candidates]
        self.turn = [item.turn for item in self.candidates]
        self.allowance = [_allowance(item) for item in self.candidates]
        self.plan = [plan(item.attainment_milli) for item in self.candidates]
        draw = Random(seed).random  # noqa: S311  its numbers stay the same, which is what matters
        self.tie = [draw() for _ in self.candidates]
        self.stamp = [0] * len(self.candidates)
        self.base = [self._base(place) for place in range(len(self.candidates))]
        self._next_turn = max(self.turn, default=-1) + 1
        self._places: dict[UUID, int] = {}
        self.tier_reserved = [0] * TIERS
        self.tier_capacity = [0] * TIERS
        for place in range(len(self.candidates)):
            self._count(place, 1)

    def place_of(self, manager_id: UUID) -> int | None:
        if not self._places:
            self._places = {item.manager_id: at for at, item in enumerate(self.candidates)}
        return self._places.get(manager_id)

    def places_of(self, manager_ids: Iterable[UUID]) -> frozenset[int]:
        places = (self.place_of(manager_id) for manager_id in manager_ids)
        return frozenset(place for place in places if place is not None)

    def serves(self, place: int, units_milli: int) -> bool:
        """Whether a lead of this weight may be added: limit and room allow it."""
        return self.allowance[place] > 0 and has_room(
            reserved_milli=self.reserved[place],
            units_milli=units_milli,
            capacity_milli=self.capacity[place],
        )

    def mean_load(self, tier: int) -> float:
        """The load of a whole tier."""
        return self.tier_reserved[tier] / (self.tier_capacity[tier] or 1)

    def take(self, place: int, units_milli: int) -> None:
        """Add a lead. This raises the score or the turn, never lowers either."""
        self.received[place] += units_milli
        self.allowance[place] -= 1
        self.turn[place] = self._next_turn
        self._next_turn += 1
        self._reserve(place, units_milli)

    def give_back(self, place: int, units_milli: int) -> None:
        """Take a lead away; it stays received."""
        self._reserve(place, -units_milli)

    def replace(self, place: int, candidate: Candidate) -> None:
        """Put a candidate as they are now in the place of the same one as they were."""
        self._count(place, -1)
        self.candidates[place] = candidate
        self.capacity[place] = candidate.capacity_milli
        self.reserved[place] = candidate.reserved_milli
        self.received[place] = candidate.received_milli
        self.tier[place] = candidate.tier
        self.allowance[place] = _allowance(candidate)
        self.plan[place] = plan(candidate.attainment_milli)
        self._count(place, 1)
        self._renew(place)

    def fade(self, factor: float) -> None:
        """Let received work count so much less, and measure it anew."""
        self.received = [round(milli * factor) for milli in self.received]
        self.scale = scale_of(self.present())
        for place in range(len(self.candidates)):
            self._renew(place)

    def present(self) -> list[Candidate]:
        """The candidates as they stand now."""
        return [
            item._replace(
                reserved_milli=self.reserved[place],
                received_milli=self.received[place],
                turn=self.turn[place],
                allowance=None if item.allowance is None else self.allowance[place],
            )
            for place, item in enumerate(self.candidates)
        ]

    def _reserve(self, place: int, units_milli: int) -> None:
        self.reserved[place] += units_milli
        tier = self.tier[place]
        if tier is not None:
            self.tier_reserved[tier] += units_milli
        self._renew(place)

    def _count(self, place: int, sign: int) -> None:
        tier = self.tier[place]
        if tier is not None:
            self.tier_reserved[tier] += sign * self.reserved[place]
            self.tier_capacity[tier] += sign * self.capacity[place]

    def _renew(self, place: int) -> None:
        self.base[place] = self._base(place)
        self.stamp[place] += 1

    def _base(self, place: int) -> float:
        return self.base_at(place, self.reserved[place], self.received[place])

    def base_at(self, place: int, reserved_milli: int, received_milli: int) -> float:
        """The score without the fit that a candidate would have with so much work."""
        above_share = fairness(
            received_milli=received_milli,
            weight_milli=self.candidates[place].weight_milli,
            scale=self.scale,
        )
        load = reserved_milli / self.capacity[place]
        return base(load, above_share, self.plan[place], self.weights)


def _allowance(candidate: Candidate) -> int:
    return UNLIMITED if candidate.allowance is None else candidate.allowance
