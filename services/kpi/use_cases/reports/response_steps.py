"""How long each step of a lead takes, from receipt to sale, by the clock or in working time."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from services.kpi.domain.stories.signature import RESPONSE_MINUTES
from services.kpi.domain.working_days import Own
from services.kpi.repository.organisation.calendars import Person, list_people
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.durations import count_leads
from services.kpi.repository.reports.extent import take_view
from services.kpi.repository.reports.responses import SHARES, Response, response_of
from services.kpi.repository.reports.summed import is_rolled_up, sum_durations
from services.kpi.repository.reports.ways import Ways, list_ways
from shared.database import Session
from shared.errors import InvalidError

if TYPE_CHECKING:
    from services.kpi.domain.worked import Times

MOST_LEADS = 300_000  # of one report
# From which moment to which; a lead that lacks one of them has not made the step.
STEPS: Final = (
    ("owner", "received_at", "assigned_at"),
    ("accept", "assigned_at", "accepted_at"),
    ("first_touch", "received_at", "contacted_at"),
    ("sale", "contacted_at", "won_at"),
)
_MOMENTS: Final = ("received_at", "assigned_at", "accepted_at", "contacted_at", "won_at")
_WITHIN: Final = [60 * minutes for minutes in RESPONSE_MINUTES]
People = Mapping[UUID, Person]


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
    ways = await list_ways(session, view, _MOMENTS)
    people = await list_people(session) if in_working_time else {}
    return await asyncio.to_thread(_measure, ways, people)


async def require_few_leads(session: Session, view: View) -> None:
    """Raises InvalidError for more leads than are told one by one; counters know how many."""
    if await count_leads(session, view) > MOST_LEADS:
        raise InvalidError(
            "The period is too long.", errors=[("/to", f"has more than {MOST_LEADS} leads")]
        )


def clock_of(people: People, owner_id: UUID | None) -> Own | None:
    """By whose calendar a first owner's leads are measured; None: by the clock."""
    person = people.get(owner_id) if owner_id else None
    return person.own if person is not None and person.own.calendar is not None else None


def _measure(ways: Sequence[Ways], people: People) -> list[StepFigures]:
    from services.kpi.domain import worked  # noqa: PLC0415 (it loads numpy)

    by_clock: dict[Own | None, list[Sequence[bytes]]] = defaultdict(list)
    for way in ways:
        by_clock[clock_of(people, way.owner_id)].append(way.columns)
    columns = {
        own: [b"".join(each) for each in zip(*parts, strict=True)]
        for own, parts in by_clock.items()
    }
    places = [(_MOMENTS.index(begin), _MOMENTS.index(end)) for _, begin, end in STEPS]
    every = (
        worked.times_of(seconds, SHARES, _WITHIN)
        for seconds in worked.measure_steps(columns, places)
    )
    return [_figures(name, times) for (name, *_), times in zip(STEPS, every, strict=True)]


def _figures(step: str, times: "Times") -> StepFigures:
    p50, p90, p99 = times.quantiles
    return StepFigures(times.number, p50, p90, p99, *times.up_to, step=step)
