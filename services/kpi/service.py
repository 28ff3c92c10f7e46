"""What kpi's processes are built from."""

from services.kpi.handlers import apply
from services.kpi.repository.facts import clear
from services.kpi.repository.reconciliation import INQUIRIES
from services.kpi.routes import conversions, drill_down, reports
from services.kpi.settings import Settings
from shared.service import Service
from shared.web.reconciliation import reconciliation_router

KPI = Service(
    name="kpi",
    description="Funnel, response times, figures of managers and sources.",
    settings=Settings,
    routers=(
        reports.router,
        drill_down.router,
        conversions.router,
        reconciliation_router(INQUIRIES),
    ),
    handle=apply,
    clear=clear,
    ledgers=(INQUIRIES,),
    pace_seconds=0.4,  # figures are not urgent: a pause makes larger batches
)
