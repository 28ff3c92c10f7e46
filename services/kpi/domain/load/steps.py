"""The steps of a period by which load is told: hours of the clock, days, weeks or months."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from services.kpi.domain.periods import STEPS, Period

STEP_NAMES: Final = ("hour", *STEPS)
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
