"""Shows operators what people should have been told by now, and have not been."""

from datetime import datetime
from typing import Final

from services.kpi.repository import digests
from services.kpi.repository.alerts import alerts
from services.kpi.repository.deliveries.deliveries import Deliveries, Overdue, count_overdue
from services.kpi.use_cases.deliveries.recipients import MAIL, WEBHOOK
from services.kpi.use_cases.deliveries.sending import Kind
from shared.database import Session
from shared.observability.metrics import metrics_of

OUTCOMES: Final = ("delivered", "failed", "given_up", "needless")
_TABLES: Final[dict[Kind, Deliveries]] = {
    "report": digests.DELIVERIES,
    "alert": alerts.DELIVERIES,
}


async def show_overdue(session: Session) -> None:
    """Gauges of what is overdue, by kind and way, and of how long the oldest of it is."""
    service = session.database.service
    metrics = metrics_of(service)
    now: datetime = await session.scalar("SELECT clock_timestamp()")
    for kind, table in _TABLES.items():
        counts = await count_overdue(session, table, now=now)
        for way in (MAIL, WEBHOOK):
            overdue = counts.get(way, Overdue(0, now))
            labels = (service, kind, way)
            metrics.overdue_deliveries.labels(*labels).set(overdue.number)
            seconds = (now - overdue.since).total_seconds()
            metrics.overdue_delivery_seconds.labels(*labels).set(seconds)
            # A counter that is not there yet cannot be seen to rise.
            for outcome in OUTCOMES:
                metrics.deliveries.labels(*labels, outcome)
