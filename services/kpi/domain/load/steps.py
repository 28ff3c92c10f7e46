"""The steps by which load is told: hours of the clock, days, weeks, months, or the whole."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from services.kpi.domain.comparison import twins
from services.kpi.domain.periods import Period

WHOLE: Final = "period"
_HOUR: Final = timedelta(hours=1)


class Step(NamedTuple):
    """From `begins_at` up to `ends_at`, in UTC."""

    begins_at: datetime
    ends_at: datetime


def steps_of(period: Period, name: str, *, until: datetime) -> Iterator[Step]:
    """The steps of the period that have begun by `until`; the last one ends then at the latest."""
    for step in _hours(period) if name == "hour" else _steps(period, name):
        if step.begins_at >= until:
            return
        if step.begins_at < step.ends_at:  # a change of the date line may skip a day
            yield step._replace(ends_at=min(step.ends_at, until))


def _steps(period: Period, name: str) -> Iterator[Step]:
    if name == WHOLE:
        yield Step(period.begins_at, period.ends_at)
        return
    bounds = period.steps(name).bounds
    yield from map(Step, bounds, bounds[1:])


def _hours(period: Period) -> Iterator[Step]:
    """Up to each full hour that the clock shows: a change of the clock may cut one short."""
    begin = period.begins_at
    while begin < period.ends_at:
        local = begin.astimezone(period.zone)
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        end = min((begin + _HOUR - past).astimezone(UTC), period.ends_at)
        yield Step(begin, end)
        begin = end


class Beside(NamedTuple):
    """The steps of the period before, and for each step of a report the place of the one that
    stands beside it among these, None for none.
    """

    steps: Sequence[Step]
    places: Sequence[int | None]

    @property
    def twins(self) -> list[Step | None]:
        """For each step of the report the one that stands beside it."""
        return [None if place is None else self.steps[place] for place in self.places]


def steps_beside(period: Period, before: Period, name: str, steps: Sequence[Step]) -> Beside:
    """Beside the steps of a report stand those of the same number, or hours of the same clock, that
    last as long. Of the twin of a step that goes on there is as much as has passed of the step.
    """
    pairs = _twins(period, before, name)
    until = before.ends_at
    twin = pairs.get(steps[-1].begins_at) if steps else None
    if twin is not None and steps[-1] not in set(_whole_steps(period, name)):
        until = twin + _length(steps[-1])
    earlier = list(steps_of(before, name, until=until))
    numbers = {step.begins_at: number for number, step in enumerate(earlier)}
    places = [pairs.get(step.begins_at) for step in steps]
    return Beside(earlier, [None if at is None else numbers.get(at) for at in places])


def _whole_steps(period: Period, name: str) -> Iterator[Step]:
    return steps_of(period, name, until=period.ends_at)


def _twins(period: Period, before: Period, name: str) -> dict[datetime, datetime]:
    """When each step begins, and the one beside it."""
    if name == WHOLE:
        return {period.begins_at: before.begins_at}
    if name == "hour":
        hours, hours_before = _clock_hours(period), _clock_hours(before)
        return {
            step.begins_at: hours_before[key].begins_at
            for key, step in hours.items()
            if key in hours_before and _length(hours_before[key]) == _length(step)
        }
    ours, theirs = (_begins(each, name) for each in (period, before))
    pairs = twins(period, before, name).items()
    return {ours[day]: theirs[twin] for day, twin in pairs if day in ours and twin in theirs}


def _begins(period: Period, name: str) -> dict[date, datetime]:
    """When the steps begin that last at all, by their first days."""
    days, bounds = period.steps(name)
    return {
        day: begin for day, (begin, end) in zip(days, pairwise(bounds), strict=True) if begin < end
    }


def _length(step: Step) -> timedelta:
    return step.ends_at - step.begins_at


def _clock_hours(period: Period) -> dict[tuple[int, int, int], Step]:
    """By the number of the day, the hour that the clock shows, and which time it shows that."""
    hours: dict[tuple[int, int, int], Step] = {}
    for step in _whole_steps(period, "hour"):
        local = step.begins_at.astimezone(period.zone)
        number = (local.date() - period.first).days
        place = next(time for time in range(4) if (number, local.hour, time) not in hours)
        hours[number, local.hour, place] = step
    return hours
