"""Candidates while a batch fills them: loads, turns and scores by place, in the order of ids."""

from collections.abc import Iterable
from functools import cached_property
from random import Random
from uuid import UUID

from services.routing.domain.deciding.candidates import Candidate, room_of
from services.routing.domain.deciding.score import bases, plan, plan_help, scale_of
from services.routing.domain.deciding.terms import Terms

TIERS = 3
CLOSED = -1  # the room of whoever may not have another lead


class Desks:
    """Parallel lists with an entry per candidate. `base` is the score without the fit, `room` is
    what may be added.
    """

    def __init__(self, candidates: Iterable[Candidate], terms: Terms, *, seed: int) -> None:
        self.candidates = sorted(candidates, key=lambda item: item.manager_id.int)
        self.weights = terms.score
        columns = dict(zip(Candidate._fields, zip(*self.candidates, strict=True), strict=False))
        self.capacity: list[int] = list(columns.get("capacity_milli", ()))
        self.reserved: list[int] = list(columns.get("reserved_milli", ()))
        self.received: list[int] = list(columns.get("received_milli", ()))
        self.tier: list[int | None] = list(columns.get("tier", ()))
        self.turn: list[int] = list(columns.get("turn", ()))
        self.allowance: list[int | None] = list(columns.get("allowance", ()))
        self._seed = seed
        self._weight: list[int] = list(columns.get("weight_milli", ()))
        self._help = [0.0] * len(self.candidates)
        if self.weights.plan:
            attainments = columns.get("attainment_milli", ())
            self._help = [plan_help(plan(milli), self.weights) for milli in attainments]
        self._next_turn = max(self.turn, default=-1) + 1
        self._places: dict[UUID, int] = {}
        self._measure()

    def _measure(self) -> None:
        """Work out anew what depends on all candidates."""
        self.scale = scale_of(self._weight, self.received, self.capacity)
        rows = zip(
            self.reserved, self.capacity, self.received, self._weight, self._help, strict=True
        )
        self.base = bases(rows, self.weights, self.scale)
        self.room = [
            room_of(capacity, reserved) if allowance is None or allowance > 0 else CLOSED
            for capacity, reserved, allowance in zip(
                self.capacity, self.reserved, self.allowance, strict=True
            )
        ]
        self.tier_reserved = [0] * TIERS
        self.tier_capacity = [0] * TIERS
        for tier, reserved, capacity in zip(self.tier, self.reserved, self.capacity, strict=True):
            if tier is not None:
                self.tier_reserved[tier] += reserved
                self.tier_capacity[tier] += capacity

    @cached_property
    def tie(self) -> list[float]:
        """Draws by which equal candidates are told apart. They are drawn in the order of ids from
        the seed alone: the same whatever the order of the candidates, others for the next batch.
        """
        # Numbers of a seeded generator stay the same from one version of Python to the next.
        draw = Random(self._seed).random  # noqa: S311
        return [draw() for _ in self.candidates]

    def place_of(self, manager_id: UUID) -> int | None:
        if not self._places:
            self._places = {item.manager_id: at for at, item in enumerate(self.candidates)}
        return self._places.get(manager_id)

    def places_of(self, manager_ids: Iterable[UUID]) -> frozenset[int]:
        places = (self.place_of(manager_id) for manager_id in manager_ids)
        return frozenset(place for place in places if place is not None)

    def mean_load(self, tier: int) -> float:
        """The load of a whole tier."""
        return self.tier_reserved[tier] / (self.tier_capacity[tier] or 1)

    def take(self, place: int, units_milli: int) -> None:
        """Add a lead. This raises the score or the turn, never lowers either."""
        self.received[place] += units_milli
        allowance = self.allowance[place]
        if allowance is not None:
            self.allowance[place] = allowance - 1
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
        self.allowance[place] = candidate.allowance
        self._weight[place] = candidate.weight_milli
        self._help[place] = plan_help(plan(candidate.attainment_milli), self.weights)
        self._count(place, 1)
        self._renew(place)

    def present(self) -> list[Candidate]:
        """The candidates as they stand now."""
        return [
            item._replace(
                reserved_milli=self.reserved[place],
                received_milli=self.received[place],
                turn=self.turn[place],
                allowance=self.allowance[place],
            )
            for place, item in enumerate(self.candidates)
        ]

    def base_at(self, place: int, reserved_milli: int, received_milli: int) -> float:
        """The score without the fit that a candidate would have with so much work."""
        # One of `bases`, written out once more, as this is run for every lead.
        weights, (weight_of_all, received_by_all, size) = self.weights, self.scale
        above = (received_milli * weight_of_all / self._weight[place] - received_by_all) / size
        load = reserved_milli / self.capacity[place]
        return weights.load * load + weights.fairness * above - self._help[place]

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
        self.base[place] = self.base_at(place, self.reserved[place], self.received[place])
        allowance = self.allowance[place]
        is_open = allowance is None or allowance > 0
        self.room[place] = (
            room_of(self.capacity[place], self.reserved[place]) if is_open else CLOSED
        )
