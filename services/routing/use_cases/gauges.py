"""Gauges that the worker computes from routing's tables."""

from services.routing.domain.deciding.waiting import Parked
from services.routing.repository import lead_queries
from shared.database import Session
from shared.observability.metrics import metrics_of

STATUSES = ("online", "busy", "away", "offline")
SET_ASIDE = ("failed", "crashes_the_process")


async def show_counts(session: Session) -> None:
    """Set the gauges of open leads by whether they have an owner, of those that found none by the
    reason, of neglected ones, and of managers by status.
    """
    # Closed leads are counted by kpi: counting them here would cost more every day.
    metrics = metrics_of("routing")
    metrics.leads.labels("routing", "waiting").set(await lead_queries.count_waiting(session))
    metrics.leads.labels("routing", "owned").set(await lead_queries.count_owned(session))
    metrics.leads_neglected.clear()
    for pipeline, rotting, overdue in await lead_queries.count_neglected(session):
        metrics.leads_neglected.labels("routing", pipeline, "rotting").set(rotting)
        metrics.leads_neglected.labels("routing", pipeline, "overdue").set(overdue)
    managers_by_status = await lead_queries.count_managers(session)
    for status in STATUSES:
        metrics.managers.labels("routing", status).set(managers_by_status.get(status, 0))
    parked = await lead_queries.count_parked(session)
    for reason in (*Parked, *SET_ASIDE):
        metrics.parked_leads.labels("routing", str(reason)).set(parked.get(str(reason), 0))
