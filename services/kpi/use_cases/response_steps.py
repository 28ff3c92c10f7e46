"""How long each step of a lead takes, from receipt to sale, by the clock or in working time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from math import floor
from typing import Final
from uuid import UUID

from services.kpi.domain.stories.signature import RESPONSE_MINUTES
from services.kpi.domain.working_time import WorkingTime, working_time
from services.kpi.repository.cohort import View
from services.kpi.repository.durations import (
    ManagersTime,
    Way,
    count_leads,
    find_calendars,
    list_ways,
)
from services.kpi.repository.extent import take_view
from services.kpi.repository.responses import Response, response_of
from services.kpi.repository.rollups.reading import is_rolled_up, sum_durations
from shared.database import Session
from shared.errors import InvalidError

MOST_LEADS = 300_000  # of one report
# From which moment to which; a lead that lacks one of them has not made the step.
STEPS: Final = (
    ("owner", "received_at", "assigned_at"),
    ("accept", "assigned_at", "accepted_at"),
    ("first_touch", "received_at", "contacted_at"),
    ("sale", "contacted_at", "won_at"),
)
Measure = Callable[[Way, datetime, datetime], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFigures(Response):
    """Seconds of a step, over the `count` leads that made it."""

    step: str


async def show_steps(session: Session, view: View, *, in_working_time: bool) -> list[StepFigures]:
    """The steps of the leads received in the period; working time is that of a lead's first owner
    by the present calendar. Raises InvalidError for too many leads. Of many leads quantiles by the
    clock are at most 1 % off, see domain/rollups/classes.py.
    """
    view = await take_view(session, view)
    if not in_working_time and await is_rolled_up(session, view):
        counts = await sum_durations(session, view, "step")
        return [
            StepFigures(*astuple(response_of(counts.get(name, ()))), step=name)
            for name, *_ in STEPS
        ]
    await require_few_leads(session, view)
    ways = await list_ways(session, view)
    measure: Measure = _by_clock
    if in_working_time:
        measure = by_calendars(ways, await find_calendars(session))
    return [_figures(name, _seconds(ways, begin, end, measure)) for name, begin, end in STEPS]


async def require_few_leads(session: Session, view: View) -> None:
    """Raises InvalidError for more leads than are told one by one; counters know how many."""
    if await count_leads(session, view) > MOST_LEADS:
        raise InvalidError(
            "The period is too long.", errors=[("/to", f"has more than {MOST_LEADS} leads")]
        )


def _seconds(ways: Iterable[Way], begin: str, end: str, measure: Measure) -> list[float]:
    moments = ((way, getattr(way, begin), getattr(way, end)) for way in ways)
    return sorted(
        measure(way, start, until)
        for way, start, until in moments
        if start is not None and until is not None
    )


def _by_clock(_way: Way, start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())


def by_calendars(ways: Sequence[Way], calendars: Mapping[UUID, ManagersTime]) -> Measure:
    """Measures seconds in the working time of each lead's first owner."""
    moments = [at for way in ways for at in way[1:] if at is not None]
    first, last = min(moments, default=None), max(moments, default=None)
    worked: dict[UUID, WorkingTime] = {}
    if first is not None and last is not None:
        worked = {
            manager_id: working_time(own.calendar, own.time_zone, first, last)
            for manager_id, own in calendars.items()
            if own.calendar is not None
        }

    def measure(way: Way, start: datetime, end: datetime) -> float:
        # Whoever has no calendar is always on shift.
        own = worked.get(way.manager_id) if way.manager_id else None
        return own.seconds(start, end) if own else _by_clock(way, start, end)

    return measure


def _figures(step: str, seconds: Sequence[float]) -> StepFigures:
    p50, p90, p99 = (percentile(seconds, share) for share in (0.5, 0.9, 0.99))
    within = [sum(each <= 60 * minutes for each in seconds) for minutes in RESPONSE_MINUTES]
    return StepFigures(len(seconds), p50, p90, p99, *within, step=step)


def percentile(values: Sequence[float], share: float) -> float | None:
    """Of sorted values, between the two nearest ranks, as PostgreSQL's percentile_cont has it."""
    if not values:
        return None
    place = share * (len(values) - 1)
    lower = floor(place)
    upper = min(lower + 1, len(values) - 1)
    return values[lower] + (values[upper] - values[lower]) * (place - lower)
