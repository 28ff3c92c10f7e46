"""What routing shows of its tables: counts and states, never ids."""

from services.routing.repository import listing
from shared.database import Session
from shared.observability.metrics import metrics_of

STATES = ("waiting", "owned", "won", "lost", "merged")
STATUSES = ("online", "busy", "away", "offline")


async def show_counts(session: Session) -> None:
    """Leads by state, managers by status."""
    leads_by_state, managers_by_status = await listing.counts(session)
    metrics = metrics_of("routing")
    for state in STATES:
        metrics.leads.labels("routing", state).set(leads_by_state.get(state, 0))
    for status in STATUSES:
        metrics.managers.labels("routing", status).set(managers_by_status.get(status, 0))
