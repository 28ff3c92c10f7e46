"""What load adds up to over a stretch of time, in whole numbers: sums of stretches are exact."""

from collections.abc import Iterable, Sequence
from operator import add
from typing import Final, NamedTuple

_MILLI: Final = 1000
_MINUTE: Final = 60_000_000


class Sums(NamedTuple):
    """`came` and `went` count holdings; `peak` is the most leads held at once. The others are sums
    over microseconds: of leads, of thousandths of units held and possible, and of the time over
    capacity, present, on shift, and both. Those of stretches that follow each other are added up.
    """

    peak: int
    leads: int
    units: int
    capacity: int
    over: int
    present: int
    on_shift: int
    both: int
    came: int
    went: int

    def plus(self, other: "Sums") -> "Sums":
        """Of both stretches of the same holders."""
        return Sums(max(self.peak, other.peak), *map(add, self[1:], other[1:]))


NO_SUMS: Final = Sums(*[0] * len(Sums._fields))


class LoadFigures(NamedTuple):
    """Of one step. Averages weigh each state by how long it lasted; a `utilisation` is the units
    held over those that could be, None where nothing could. Minutes are of all managers together.
    """

    came: int
    went: int
    open_average: float
    open_peak: int
    units_average: float
    capacity_average: float
    utilisation: float | None
    over_capacity_minutes: float
    present_minutes: float
    shift_minutes: float
    present_on_shift_minutes: float


def figures_of(sums: Iterable[Sums], edges: Sequence[int]) -> list[LoadFigures]:
    """Of the steps between the edges, in microseconds."""
    return [
        LoadFigures(
            came,
            went,
            leads / (end - start),
            peak,
            units / (end - start) / _MILLI,
            capacity / (end - start) / _MILLI,
            units / capacity if capacity else None,
            over / _MINUTE,
            present / _MINUTE,
            on_shift / _MINUTE,
            both / _MINUTE,
        )
        for start, end, (
            peak, leads, units, capacity, over, present, on_shift, both, came, went,
        ) in zip(edges, edges[1:], sums, strict=False)
    ]  # fmt: skip
