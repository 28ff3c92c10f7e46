"""What a number of a report counts: leads, inquiries, or times that somebody owned a lead."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.kpi.domain.stories.signature import RESPONSE_MINUTES
from services.kpi.repository.cohort import FunnelFilter, View
from services.kpi.repository.drill import activity, cohort, steps
from services.kpi.repository.drill.pages import (
    After,
    DrillDown,
    DrillDownItem,
    Items,
    list_page,
)
from services.kpi.repository.drill.steps import Stride
from services.kpi.repository.durations import Way, find_calendars, watched
from services.kpi.repository.figures import take_snapshot
from services.kpi.use_cases.response_steps import MOST_LEADS, STEPS, by_calendars
from shared.database import Session
from shared.errors import InvalidError

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
        return await _page(session, _received(view, criteria), window)
    return await _page(session, cohort.cohort_leads(view, measure, criteria), window)


async def list_active(
    session: Session, view: View, measure: str, criteria: FunnelFilter, window: Window
) -> DrillDown:
    """What a number of what happened in the period counts."""
    if measure == "received":
        return await _page(session, _received(view, criteria), window)
    if measure in activity.OF_HOLDINGS:
        return await _page(session, activity.holdings(view, measure, criteria), window)
    return await _page(session, activity.active_leads(view, measure, criteria), window)


def _received(view: View, criteria: FunnelFilter) -> Items:
    """Raises InvalidError."""
    if "loss_reason" in criteria:
        raise InvalidError(
            "Inquiries are not lost.",
            errors=[("/loss_reason", "tells apart leads only, and `received` counts inquiries")],
        )
    return cohort.received_inquiries(view, criteria)


async def list_visitors(
    session: Session, view: View, measure: str, place: tuple[str, str], window: Window
) -> DrillDown:
    """The leads that a number of a stage counts; `place` is the pipeline and the stage."""
    if measure == "entered_then":
        return await _page(session, activity.entering_leads(view, *place), window)
    return await _page(session, cohort.visitors(view, measure, *place), window)


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
    leads = watched(view, point.target, is_stage=point.is_stage, until=point.until)
    return await _page(session, cohort.watched_leads(leads, point.measure, point.minutes), window)


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
        return await _page(session, steps.step_leads(view, begin, end, most_seconds), window)
    await take_snapshot(session)
    strides = await steps.list_strides(session, view, begin, end, limit=MOST_LEADS + 1)
    if len(strides) > MOST_LEADS:
        raise InvalidError(
            "The period is too long.", errors=[("/to", f"has more than {MOST_LEADS} leads")]
        )
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
    items = [DrillDownItem(each.lead_id, None, each.ended_at) for each in strides]
    if window.after is None:
        return DrillDown(items[: window.limit], len(items))
    last_id = window.after[0]
    later = [each for each in items if each.lead_id is not None and each.lead_id < last_id]
    return DrillDown(later[: window.limit], None)


async def _page(session: Session, items: Items, window: Window) -> DrillDown:
    await take_snapshot(session)
    return await list_page(session, items, after=window.after, limit=window.limit)
