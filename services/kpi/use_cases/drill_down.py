"""What a number of a report counts: leads, inquiries, or times that somebody owned a lead."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.kpi.domain.stories.signature import RESPONSE_MINUTES
from services.kpi.repository.cohort import MEASURES, FunnelFilter, View
from services.kpi.repository.drill import activity, cohort, steps
from services.kpi.repository.drill.pages import (
    After,
    DrillDown,
    DrillDownItem,
    Items,
    count_items,
    list_page,
)
from services.kpi.repository.drill.quarters import Number, count_number, find_quarters, number_of
from services.kpi.repository.drill.steps import Stride
from services.kpi.repository.durations import Way, find_calendars, watched
from services.kpi.repository.extent import take_view
from services.kpi.use_cases.response_steps import STEPS, by_calendars, require_few_leads
from shared.database import Session
from shared.errors import InvalidError

MOST_ON_PAGE: Final = 1000  # items; a table of more reads the whole period
# What counters call the measures of a cohort, and what of it is not meant.
_COUNTED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    **{name: (f"cohort_{name}", ()) for name in MEASURES},
    "open": ("leads", ("cohort_won", "cohort_lost")),
}
_WITHIN: Final = {f"within_{minutes}": 60.0 * minutes for minutes in RESPONSE_MINUTES}


@dataclass(frozen=True, slots=True)
class Window:
    """Which items of a number: those after one, at most so many."""

    after: After | None
    limit: int


async def list_received(
    session: Session, view: View, measure: str, criteria: FunnelFilter, window: Window
) -> DrillDown:
    """What a number of leads received in the period counts; for `received`, the inquiries."""
    if measure == "received":
        return await _list_inquiries(session, view, criteria, window)
    name, less = _COUNTED.get(measure, (measure, ()))
    return await _list(
        session,
        view,
        lambda part: cohort.cohort_leads(part, measure, criteria),
        window,
        number_of(view, criteria, name, less),
    )


async def list_active(
    session: Session, view: View, measure: str, criteria: FunnelFilter, window: Window
) -> DrillDown:
    """What a number of what happened in the period counts."""
    if measure == "received":
        return await _list_inquiries(session, view, criteria, window)
    select = activity.holdings if measure in activity.OF_HOLDINGS else activity.active_leads
    return await _list(
        session,
        view,
        lambda part: select(part, measure, criteria),
        window,
        number_of(view, criteria, measure),
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
    return await _list(
        session,
        view,
        lambda part: cohort.received_inquiries(part, criteria),
        window,
        number_of(view, criteria, "received"),
    )


async def list_visitors(
    session: Session, view: View, measure: str, place: tuple[str, str], window: Window
) -> DrillDown:
    """The leads that a number of a stage counts; `place` is the pipeline and the stage."""
    if measure == "entered_then":
        number = number_of(view, {"stage": "/".join(place)}, "entered")
        return await _list(
            session, view, lambda part: activity.entering_leads(part, *place), window, number
        )
    # Of how many leads have left a stage there is no counter.
    number = number_of(view, {"stage": "/".join(place)}, "cohort_entered")
    return await _list(
        session,
        view,
        lambda part: cohort.visitors(part, measure, *place),
        window,
        number if measure == "entered" else None,
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

    number = number_of(view, {}, "leads") if point.measure == "leads" else None
    return await _list(session, view, select, window, number)


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
        items = steps.step_leads(view, begin, end, most_seconds)
        return await _list(session, view, lambda _: items, window)
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


async def _list(
    session: Session,
    view: View,
    select: Callable[[View], Items],
    window: Window,
    number: Number | None = None,
) -> DrillDown:
    """A page of the items of the view, which counters count as this number, if there is one."""
    view = await take_view(session, view)
    part, total = view, None
    if number is not None and window.limit <= MOST_ON_PAGE:
        last = None if window.after is None else window.after[0]
        quarters = await find_quarters(session, view, number, last=last, limit=window.limit)
        part = view._replace(quarters=quarters)
    if window.after is None and number is not None:
        total = await count_number(session, view, number)
    elif window.after is None:
        total = await count_items(session, select(view))
    items = await list_page(session, select(part), after=window.after, limit=window.limit)
    return DrillDown(items, total)
