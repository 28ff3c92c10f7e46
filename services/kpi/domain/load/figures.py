"""Figures of load by step of time: how much was held, could be held, and who was there."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain
from operator import add, lt, sub
from typing import Final, NamedTuple

from services.kpi.domain.load.levels import Interval, Level, common

_MILLI: Final = 1000
_MINUTE: Final = 60_000_000


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


class _Course:
    """The levels of one manager, or of all together."""

    def __init__(self, held: Held) -> None:
        changes = map(sub, held.begun, held.ended)
        self.leads = Level(held.leads, held.moments, changes)
        self.units = Level(held.units, held.moments, held.units_more)
        self._moments = held.moments
        self._begun = list(accumulate(held.begun, initial=0))
        self._ended = list(accumulate(held.ended, initial=0))

    def flow(self, start: int, end: int) -> tuple[int, int]:
        """How many holdings began and ended from `start` to before `end`."""
        first, last = bisect_left(self._moments, start), bisect_left(self._moments, end)
        return self._begun[last] - self._begun[first], self._ended[last] - self._ended[first]


def figures_of(person: Person, steps: Sequence[Interval]) -> list[LoadFigures]:
    """Of one manager, by step."""
    course = _Course(person.held)
    attending = common(person.present, person.on_shift)
    times = [Level.within(each) for each in (person.present, person.on_shift, attending)]
    return [
        _figures(
            course,
            step,
            capacity=person.capacity.area(*step),
            over=course.units.time_above(person.capacity, *step),
            minutes=[level.area(*step) for level in times],
        )
        for step in steps
    ]


def _figures(
    course: _Course, step: Interval, *, capacity: int, over: int, minutes: Sequence[int]
) -> LoadFigures:
    length = step[1] - step[0]
    units = course.units.area(*step)
    present, on_shift, attending = (micro / _MINUTE for micro in minutes)
    came, went = course.flow(*step)
    return LoadFigures(
        came=came,
        went=went,
        open_average=course.leads.area(*step) / length,
        open_peak=course.leads.peak(*step),
        units_average=units / length / _MILLI,
        capacity_average=capacity / length / _MILLI,
        utilisation=units / capacity if capacity else None,
        over_capacity_minutes=over / _MINUTE,
        present_minutes=present,
        shift_minutes=on_shift,
        present_on_shift_minutes=attending,
    )


def together(people: Sequence[Person], steps: Sequence[Interval]) -> list[LoadFigures]:
    """Of all managers as one: the peak is that of their sum; minutes are added up."""
    each = [figures_of(person, steps) for person in people]
    whole = _Course(_all_held([person.held for person in people]))
    return [
        _whole(whole, step, [figures[number] for figures in each], people)
        for number, step in enumerate(steps)
    ]


def _whole(
    course: _Course, step: Interval, parts: Iterable[LoadFigures], people: Sequence[Person]
) -> LoadFigures:
    capacity = sum(person.capacity.area(*step) for person in people)
    figures = _figures(course, step, capacity=capacity, over=0, minutes=(0, 0, 0))
    names = LoadFigures._fields[LoadFigures._fields.index("over_capacity_minutes") :]
    rows = list(parts)
    return figures._replace(**{name: sum(getattr(row, name) for row in rows) for name in names})


def _all_held(parts: Sequence[Held]) -> Held:
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
    sums: dict[int, Sequence[int]] = {}
    for moment, *change in zip(*held[2:], strict=True):
        before = sums.get(moment)
        sums[moment] = change if before is None else list(map(add, before, change))
    moments = sorted(sums)
    begun, ended, units = zip(*map(sums.__getitem__, moments), strict=True)
    return Held(held.leads, held.units, moments, begun, ended, units)
