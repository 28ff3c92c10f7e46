"""What a number of a report counts: leads, inquiries, or times that somebody owned a lead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.kpi.domain.stories.signature import RESPONSE_MINUTES
from services.kpi.repository.cohort import MEASURES, FunnelFilter, View
from services.kpi.repository.drill import activity, cohort, steps
from services.kpi.repository.drill.pages import (
    DrillDown,
    DrillDownItem,
    Items,
)
from services.kpi.repository.drill.quarters import (
    number_of,
)
from services.kpi.repository.drill.steps import Stride
from services.kpi.repository.drill.totals import count_durations, count_group
from services.kpi.repository.durations import Way, find_calendars, watched
from services.kpi.repository.extent import take_view
from services.kpi.use_cases.drill_pages import Told, Window, list_items
from services.kpi.use_cases.response_steps import STEPS, by_calendars, require_few_leads
from shared.database import Session
from shared.errors import InvalidError

# What counters call the measures of a cohort, and what of it is not meant.
_COUNTED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    **{name: (f"cohort_{name}", ()) for name in MEASURES},
    "open": ("leads", ("cohort_won", "cohort_lost")),
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
        _told(view, measure, criteria, name, less),
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
        Told(number_of(view, criteria, measure)),
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
        _told(view, "received", criteria, "received"),
    )


def _told(
    view: View, measure: str, criteria: FunnelFilter, name: str, less: tuple[str, ...] = ()
) -> Told:
    """What is known of a number of what was received: of several criteria that it is among those
    of each of them.
    """
    if len(criteria) < 2:
        return Told(number_of(view, criteria, name, less))
    each = (number_of(view, {axis: value}, name, less) for axis, value in criteria.items())
    return Told(
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
            session, view, lambda part: activity.entering_leads(part, *place), window, Told(number)
        )
    value = "/".join(place)
    number = number_of(view, {"stage": value}, "cohort_entered")
    total = Told(number)
    if measure == "left":  # of which there is no counter
        total = Told(
            among=[number] if number else (),
            count=lambda session, part: count_durations(session, part, "stay", value),
        )
    return await list_items(
        session, view, lambda part: cohort.visitors(part, measure, *place), window, total
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
    total = Told(leads) if point.measure == "leads" else Told(among=[leads] if leads else ())
    return await list_items(session, view, select, window, total)


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
            Told(
                among=[leads] if leads else (),
                count=lambda session, part: count_durations(session, part, "step", step, measure),
            ),
        )
    view = await take_view(session, view)
    await require_few_leads(session, view)
    strides = await steps.list_strides(session, view, begin, end)
    ways = [Way(each.manager_id, each.began_at, each.ended_at, *[None] * 3) for each in strides]
    measured = by_calendars(ways, await find_calendars(session))
    return _cut(
        [
            each
            for each, way in zip(strides, ways, strict=True)
            if measured(way, each.began_at, each.ended_at) <= most_seconds
        ],
        window,
    )


def _cut(strides: list[Stride], window: Window) -> DrillDown:
    items = [
        DrillDownItem(each.lead_id, each.lead_id, None, each.ended_at, each.ended_at)
        for each in strides
    ]
    if window.after is None:
        return DrillDown(items[: window.limit], len(items))
    later = [each for each in items if each.place < window.after]
    return DrillDown(later[: window.limit], None)
