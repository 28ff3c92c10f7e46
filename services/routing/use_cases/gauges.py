"""What routing shows of its tables: counts and states, never ids."""

from services.routing.repository import lead_queries
from shared.database import Session
from shared.observability.metrics import metrics_of

STATUSES = ("online", "busy", "away", "offline")


async def show_counts(session: Session) -> None:
    """Open leads by whether somebody owns them, managers by status. What became of closed ones is
    kpi's to tell: to count them here would cost more every day.
    """
    waiting, owned, managers_by_status = await lead_queries.counts(session)
    metrics = metrics_of("routing")
    metrics.leads.labels("routing", "waiting").set(waiting)
    metrics.leads.labels("routing", "owned").set(owned)
    for status in STATUSES:
        metrics.managers.labels("routing", status).set(managers_by_status.get(status, 0))
