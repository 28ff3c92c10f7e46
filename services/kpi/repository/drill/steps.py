"""The leads that made a step, by the clock."""

from sqlalchemy import Double, cast, func

from services.kpi.repository.drill.pages import Items, counted
from services.kpi.repository.reports.cohort import View, leads_of


def step_leads(view: View, begin: str, end: str, most_seconds: float | None) -> Items:
    """The leads that made a step between two of their moments, at most so long by the clock."""
    leads = leads_of(view)
    items = counted(leads, leads.c.received_at, at=leads.c[end]).where(
        leads.c[begin].is_not(None), leads.c[end].is_not(None)
    )
    if most_seconds is None:
        return items
    seconds = cast(func.extract("epoch", leads.c[end] - leads.c[begin]), Double)
    return items.where(seconds <= most_seconds)
