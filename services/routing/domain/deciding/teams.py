"""What the candidates of a pool have of what leads need, worked out once and remembered."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter

from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.eligibility import Need, fit, missing

NEEDS = 256  # remembered of one team
Traits = tuple[Mapping[str, float], Sequence[str], Sequence[str], Sequence[str]]

_NAMES = ("skills", "languages", "regions", "products")
_traits = itemgetter(*(Candidate._fields.index(name) for name in _NAMES))


class Team:
    """The skills and traits of candidates, by place; equal ones share what was worked out."""

    __slots__ = ("_candidates", "_fits", "traits")

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.traits: list[Traits] = [_traits(candidate) for candidate in candidates]
        self._candidates = tuple(candidates)
        self._fits: dict[tuple[Need, float], list[float | None]] = {}

    # Comparing is quick, while traits cannot be hashed.
    def __hash__(self) -> int:
        return hash(len(self.traits))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Team) and self.traits == other.traits

    def fits(self, need: Need, weight: float = 1.0) -> list[float | None]:
        """How well each fits, weighed; None for whoever is not able. Not to be changed."""
        fits = self._fits.get((need, weight))
        if fits is None:
            if len(self._fits) >= NEEDS:
                self._fits.clear()
            fits = self._fits[need, weight] = self._work_out(need, weight)
        return fits

    def _work_out(self, need: Need, weight: float) -> list[float | None]:
        return [
            None if missing(item, need) else weight * fit(item, need) for item in self._candidates
        ]


def team_of(candidates: Sequence[Candidate]) -> Team:
    """The team of these candidates; the one remembered, if they have not changed."""
    return _remembered(Team(candidates))


@lru_cache(maxsize=32)
def _remembered(team: Team) -> Team:
    return team
