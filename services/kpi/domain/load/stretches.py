"""The stretches of time that a figure of load adds up."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final, NamedTuple

from services.kpi.domain.load.figures import Parts, Person, units_of
from services.kpi.domain.load.levels import Interval, common


class Stretch(NamedTuple):
    """From `begin` to `end`, in microseconds, with thousandths of units that were held and could
    be, where a figure looks at them.
    """

    begin: int
    end: int
    units: int | None = None
    capacity: int | None = None


Stretches = Callable[[Person, int, int], Iterator[Stretch]]


def _capacity(person: Person, start: int, end: int) -> Iterator[Stretch]:
    for begin, until, most in person.capacity.pieces(start, end):
        if most:
            yield Stretch(begin, until, None, most)


def _over_capacity(person: Person, start: int, end: int) -> Iterator[Stretch]:
    units = units_of(person.held)
    for since, to, most in person.capacity.pieces(start, end):
        for begin, until, value in units.pieces_above(most, since, to):
            yield Stretch(begin, until, value, most)


def _within(
    intervals_of: Callable[[Person], list[Interval]], person: Person, start: int, end: int
) -> Iterator[Stretch]:
    yield from (Stretch(*each) for each in common(intervals_of(person), [(start, end)]))


STRETCHES: Final[Mapping[str, Stretches]] = {
    "capacity_average": _capacity,
    "over_capacity_minutes": _over_capacity,
    "present_minutes": partial(_within, lambda person: list(person.present)),
    "shift_minutes": partial(_within, lambda person: list(person.on_shift)),
    "present_on_shift_minutes": partial(
        _within, lambda person: common(person.present, person.on_shift)
    ),
}
# What of a person's course each of them looks at.
ASKED: Final[Mapping[str, Parts]] = {
    "capacity_average": Parts(),
    "over_capacity_minutes": Parts(held=True),
    "present_minutes": Parts(present=True),
    "shift_minutes": Parts(on_shift=True),
    "present_on_shift_minutes": Parts(present=True, on_shift=True),
}
