"""What a number of a report counts: leads, inquiries, or times that somebody owned a lead."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.kpi.domain.stories.signature import RESPONSE_MINUTES
from services.kpi.repository.drill import activity, cohort, steps
from services.kpi.repository.drill.pages import (
    DrillDown,
    DrillDownItem,
    Items,
)
from services.kpi.repository.drill.quarters import (
    number_of,
)
from services.kpi.repository.drill.totals import count_durations, count_group
from services.kpi.repository.organisation.calendars import list_people
from services.kpi.repository.reports.cohort import MEASURES, FunnelFilter, View
from services.kpi.repository.reports.durations import list_durations, watched
from services.kpi.repository.reports.extent import take_view
from services.kpi.repository.reports.summed import is_rolled_up
from services.kpi.repository.reports.ways import Strides, list_strides
from services.kpi.use_cases.reports.drill_pages import Hints, Window, list_items
from services.kpi.use_cases.reports.response_steps import STEPS, People, clock_of, require_few_leads
from shared.database import Session
from shared.errors import InvalidError

# What counters call the measures of a cohort, and what of it is not meant.
_COUNTED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    **{name: (f"cohort_{name}", ()) for name in MEASURES},
    "set_aside": ("cohort_aside", ()),
    "open": ("leads", ("cohort_won", "cohort_lost", "cohort_aside")),
}
_WITHIN: Final = {f"within_{minutes}": 60.0 * minutes for minutes in RESPONSE_MINUTES}


async def list_received(
    session: Session, view: View, measure: str, criteria: FunnelFilter, window: Window
) -> DrillDown:
    """What a number of leads received in the period counts; for `received`, the inquiries."""
    if measure == "received":
        return await _list_inquiries(session, view, criteria, window)
    name, less = _COUNTED.get(measure, (measure, ()))
    return await list_items(
        session,
        view,
        lambda part: cohort.cohort_leads(part, measure, criteria),
        window,
        _hints(view, measure, criteria, name, less),
    )


async def list_active(
    session: Session, view: View, measure: str, criteria: FunnelFilter, window: Window
) -> DrillDown:
    """What a number of what happened in the period counts."""
    if measure == "received":
        return await _list_inquiries(session, view, criteria, window)
    select = activity.holdings if measure in activity.OF_HOLDINGS else activity.active_leads
    return await list_items(
        session,
        view,
        lambda part: select(part, measure, criteria),
        window,
        Hints(number_of(view, criteria, measure)),
    )


async def _list_inquiries(
    session: Session, view: View, criteria: FunnelFilter, window: Window
) -> DrillDown:
    """Raises InvalidError."""
    if "loss_reason" in criteria:
        raise InvalidError(
            "Inquiries are not lost.",
            errors=[("/loss_reason", "tells apart leads only, and `received` counts inquiries")],
        )
    return await list_items(
        session,
        view,
        lambda part: cohort.received_inquiries(part, criteria),
        window,
        _hints(view, "received", criteria, "received"),
    )


def _hints(
    view: View, measure: str, criteria: FunnelFilter, name: str, less: tuple[str, ...] = ()
) -> Hints:
    """What is known of a number of what was received: of several criteria that it is among those
    of each of them.
    """
    if len(criteria) < 2:
        return Hints(number_of(view, criteria, name, less))
    each = (number_of(view, {axis: value}, name, less) for axis, value in criteria.items())
    return Hints(
        among=[number for number in each if number is not None],
        count=lambda session, part: count_group(session, part, measure, criteria),
    )


async def list_visitors(
    session: Session, view: View, measure: str, place: tuple[str, str], window: Window
) -> DrillDown:
    """The leads that a number of a stage counts; `place` is the pipeline and the stage."""
    if measure == "entered_then":
        number = number_of(view, {"stage": "/".join(place)}, "entered")
        return await list_items(
            session, view, lambda part: activity.entering_leads(part, *place), window, Hints(number)
        )
    value = "/".join(place)
    number = number_of(view, {"stage": value}, "cohort_entered")
    hints = Hints(number)
    if measure == "left":  # of which there is no counter
        hints = Hints(
            among=[number] if number else (),
            count=lambda session, part: count_durations(session, part, "stay", value),
        )
    return await list_items(
        session, view, lambda part: cohort.visitors(part, measure, *place), window, hints
    )


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A number of a curve to a target: of the point after so many minutes, or of all leads."""

    target: str
    is_stage: bool
    until: datetime
    measure: str
    minutes: float | None


async def list_watched(
    session: Session, view: View, point: CurvePoint, window: Window
) -> DrillDown:
    """The leads that a number of the curve counts."""

    def select(part: View) -> Items:
        leads = watched(part, point.target, is_stage=point.is_stage, until=point.until)
        return cohort.watched_leads(leads, point.measure, point.minutes)

    leads = number_of(view, {}, "leads")
    hints = Hints(leads)
    if point.measure != "leads":
        hints = Hints(
            among=[leads] if leads else (),
            count=lambda session, part: _count_at_risk(session, part, point),
        )
    return await list_items(session, view, select, window, hints)


async def _count_at_risk(session: Session, view: View, point: CurvePoint) -> int | None:
    """As the curve says it; None where it says it of leads one by one."""
    if point.measure != "at_risk" or point.minutes is None or not await is_rolled_up(session, view):
        return None
    durations = await list_durations(
        session, view, point.target, is_stage=point.is_stage, until=point.until
    )
    return sum(item.events + item.censored for item in durations if item.time >= point.minutes)


async def list_step(
    session: Session,
    view: View,
    step: str,
    measure: str,
    window: Window,
    *,
    in_working_time: bool,
) -> DrillDown:
    """The leads that made a step, or made it within so many minutes. Raises InvalidError for too
    many leads.
    """
    begin, end = next((begin, end) for name, begin, end in STEPS if name == step)
    most_seconds = _WITHIN.get(measure)
    if most_seconds is None or not in_working_time:
        leads = number_of(view, {}, "leads")
        return await list_items(
            session,
            view,
            lambda part: steps.step_leads(part, begin, end, most_seconds),
            window,
            Hints(
                among=[leads] if leads else (),
                count=lambda session, part: count_durations(session, part, "step", step, measure),
            ),
        )
    view = await take_view(session, view)
    await require_few_leads(session, view)
    strides = await list_strides(session, view, begin, end)
    people = await list_people(session)
    return await asyncio.to_thread(_choose, strides, people, most_seconds, window)


def _choose(
    strides: Sequence[Strides], people: People, most_seconds: float, window: Window
) -> DrillDown:
    from services.kpi.domain import worked  # noqa: PLC0415 (it loads numpy)

    parts = [
        (worked.Part(clock_of(people, each.owner_id), each.begins, each.ends), each.lead_ids)
        for each in strides
    ]
    after = None if window.after is None else window.after[:2]
    items, total = worked.choose(parts, most_seconds, after, window.limit)
    return DrillDown(
        [DrillDownItem(lead_id, lead_id, None, ended_at, ended_at) for lead_id, ended_at in items],
        total if window.after is None else None,
    )
