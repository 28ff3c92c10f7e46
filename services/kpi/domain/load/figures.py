"""Sums of load by step of time: how much was held, could be held, and who was there."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, pairwise
from operator import add, lt, sub
from typing import Final, NamedTuple

from services.kpi.domain.load.levels import Interval, Level, common
from services.kpi.domain.load.sums import Sums


class Held(NamedTuple):
    """What was held before a period, and its changes: moments in microseconds, sorted and
    different, with the holdings that began and ended at each, and by how much the units grew.
    """

    leads: int
    units: int
    moments: Sequence[int]
    begun: Sequence[int]
    ended: Sequence[int]
    units_more: Sequence[int]


NOTHING_HELD: Final = Held(0, 0, (), (), (), ())


class Person(NamedTuple):
    """A manager's course over a period."""

    held: Held
    capacity: Level
    present: Sequence[Interval]
    on_shift: Sequence[Interval]


class Parts(NamedTuple):
    """Which parts of a person's course are asked for; the others are nothing."""

    held: bool = False
    present: bool = False
    on_shift: bool = False


EVERYTHING: Final = Parts(held=True, present=True, on_shift=True)


def units_of(held: Held) -> Level:
    """Thousandths of a unit that are held."""
    return Level(held.units, held.moments, held.units_more)


class _Course:
    """The levels of one manager, or of all together."""

    def __init__(self, held: Held) -> None:
        changes = map(sub, held.begun, held.ended)
        self.leads = Level(held.leads, held.moments, changes)
        self.units = units_of(held)
        self._moments = held.moments
        self._sums = [list(accumulate(each, initial=0)) for each in (held.begun, held.ended)]

    def flows(self, edges: Sequence[int]) -> list[list[int]]:
        """How many holdings began, and how many ended, from each edge to before the next."""
        places = [bisect_left(self._moments, edge) for edge in edges]
        return [
            [sums[last] - sums[first] for first, last in pairwise(places)] for sums in self._sums
        ]


def sums_of(person: Person, edges: Sequence[int]) -> list[Sums]:
    """Of one manager, by the steps between the edges."""
    if not edges:
        return []
    course = _Course(person.held)
    over = course.units.above(person.capacity, edges[0], edges[-1])
    times = [Level.within(each) for each in (over, *_attendance(person))]
    return _sums(course, edges, person.capacity, times)


def _attendance(person: Person) -> list[Sequence[Interval]]:
    """When the manager is present, on shift, and both at once."""
    return [person.present, person.on_shift, common(person.present, person.on_shift)]


def _sums(
    course: _Course,
    edges: Sequence[int],
    capacity: Level,
    times: Sequence[Level],
) -> list[Sums]:
    """`times` are the levels whose areas are told in minutes."""
    columns = zip(
        (course.leads.peak(*step) for step in pairwise(edges)),
        course.leads.areas(edges),
        course.units.areas(edges),
        capacity.areas(edges),
        *(level.areas(edges) for level in times),
        *course.flows(edges),
        strict=True,
    )
    return [Sums(*row) for row in columns]


def sums_together(people: Sequence[Person], edges: Sequence[int]) -> list[Sums]:
    """Of all managers as one: the peak is that of their sum; minutes are added up."""
    if not edges:
        return []
    course = _Course(all_held([person.held for person in people]))
    capacity = Level.of_all([person.capacity for person in people])
    over = [units_of(person.held).above(person.capacity, edges[0], edges[-1]) for person in people]
    columns = [over, *zip(*map(_attendance, people), strict=True)] if people else [()] * 4
    times = [Level.together(0, _rises_and_falls(column)) for column in columns]
    return _sums(course, edges, capacity, times)


def _rises_and_falls(columns: Iterable[Sequence[Interval]]) -> Iterator[tuple[int, int]]:
    for intervals in columns:
        for start, end in intervals:
            yield start, 1
            yield end, -1


def all_held(parts: Sequence[Held]) -> Held:
    """What is held by all as one."""
    columns = zip(*(held[2:] for held in parts), strict=True) if parts else ((),) * 4
    merged = Held(
        sum(held.leads for held in parts),
        sum(held.units for held in parts),
        *(list(chain.from_iterable(column)) for column in columns),
    )
    return in_order(merged)


def in_order(held: Held) -> Held:
    """The same where changes stood in any order, with a moment more than once among them."""
    if all(map(lt, held.moments, held.moments[1:])):
        return held
    order = sorted(range(len(held.moments)), key=held.moments.__getitem__)
    columns = [[column[place] for place in order] for column in held[2:]]
    if all(map(lt, columns[0], columns[0][1:])):
        return Held(held.leads, held.units, *columns)
    sums: dict[int, Sequence[int]] = {}
    for moment, *change in zip(*columns, strict=True):
        before = sums.get(moment)
        sums[moment] = change if before is None else list(map(add, before, change))
    begun, ended, units = zip(*sums.values(), strict=True)
    return Held(held.leads, held.units, list(sums), begun, ended, units)
