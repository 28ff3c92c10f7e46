"""The leads and inquiries that were received in a period, by how far they got."""

from typing import Final

from sqlalchemy import ColumnElement, DateTime, Double, Subquery, Text, and_, cast, func, true

from services.kpi.domain.stories.signature import RESPONSE_MINUTES
from services.kpi.repository.drill.pages import Items, counted, matches
from services.kpi.repository.reports.cohort import (
    MEASURES,
    FunnelFilter,
    View,
    inquiries_of,
    leads_of,
)

_WITHIN: Final = {f"within_{minutes}": 60 * minutes for minutes in RESPONSE_MINUTES}


def received_inquiries(view: View, criteria: FunnelFilter) -> Items:
    """What `received` counts."""
    inquiries = inquiries_of(view)
    items = counted(inquiries, inquiries.c.received_at, inquiry=inquiries.c.inquiry_id)
    return items.where(matches(inquiries, criteria))


def cohort_leads(view: View, measure: str, criteria: FunnelFilter) -> Items:
    """The leads of the period that a number counts."""
    leads = leads_of(view)
    return counted(leads, leads.c.received_at).where(
        counts_lead(leads, measure), matches(leads, criteria)
    )


def counts_lead(leads: Subquery, measure: str) -> ColumnElement[bool]:
    """Whether a measure counts the lead."""
    if measure == "leads":
        return true()
    if measure == "open":
        return and_(*(leads.c[name].is_(None) for name in ("won_at", "lost_at", "aside_at")))
    if measure == "set_aside":
        return leads.c.aside_at.is_not(None)
    if measure in _WITHIN:
        return and_(leads.c.contacted_at.is_not(None), leads.c.seconds <= _WITHIN[measure])
    return leads.c[MEASURES[measure]].is_not(None)


def visitors(view: View, measure: str, pipeline: str, stage: str) -> Items:
    """The leads of the period that ever came to a stage, or have left it."""
    leads = leads_of(view)
    visit = func.jsonb_array_elements(leads.c.visits).column_valued("visit")
    at = cast(visit.op("->>")(1), DateTime(timezone=True))
    items = counted(leads, leads.c.received_at, at=at).where(
        leads.c.pipeline == pipeline, visit.op("->>")(0) == cast(stage, Text)
    )
    return items if measure == "entered" else items.where(visit.op("->>")(3).is_(None))


def watched_leads(leads: Subquery, measure: str, minutes: float | None) -> Items:
    """Those that a curve watched: all of them, those that had been watched for so long, or those
    that had come to the target after just so long. `leads` is what `watched` gives.
    """
    items = counted(leads, leads.c.received_at)
    if measure == "leads" or minutes is None:
        return items
    after = cast(leads.c.minutes, Double)
    if measure == "at_risk":
        return items.where(after >= minutes)
    return items.where(after == minutes, leads.c.reached.is_not(None))
