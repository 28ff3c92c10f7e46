"""What history's processes are built from."""

from services.history.handlers import apply
from services.history.repository.projections import clear
from services.history.repository.reconciliation import INQUIRIES
from services.history.routes import activities, tasks, timelines, verification
from services.history.settings import Settings
from services.history.use_cases.activities import ASSIGNED, settle_loop
from services.history.use_cases.chain.seal import seal_loop
from services.history.use_cases.months import months_loop
from services.history.use_cases.restore import restore
from shared.service import Service
from shared.web.reconciliation import reconciliation_router

HISTORY = Service(
    name="history",
    description="Timelines of leads and contacts, and the activities that managers report.",
    settings=Settings,
    routers=(
        *(timelines.router, verification.router, activities.router, tasks.router),
        reconciliation_router(INQUIRIES),
    ),
    channels=(ASSIGNED,),
    handle=apply,
    clear=clear,
    restore=restore,
    leading=lambda parts: [
        settle_loop(parts.database, clock=parts.clock),
        seal_loop(parts.database, clock=parts.clock),
        months_loop(parts.database, clock=parts.clock),
    ],
    ledgers=(INQUIRIES,),
    pace_seconds=0.4,  # timelines are not urgent: a pause makes larger batches
)
