"""What routing's processes are built from."""

from collections.abc import Sequence

from services.routing.handlers import apply
from services.routing.repository.reconciliation import INQUIRIES
from services.routing.routes import configuration, decisions, lead_actions, leads
from services.routing.settings import Settings
from services.routing.use_cases.assigner import assigner_loop
from services.routing.use_cases.assignments import LEADS
from services.routing.use_cases.gauges import show_counts
from services.routing.use_cases.restore import restore
from services.routing.use_cases.timers import timers_loop, touches_known
from shared.runtime.loop import Loop
from shared.service import Service, WorkerParts
from shared.web.reconciliation import reconciliation_router


def _leading(parts: WorkerParts[Settings]) -> Sequence[Loop]:
    database, clock = parts.database, parts.clock
    return [
        assigner_loop(database, clock=clock),
        timers_loop(database, clock=clock, touched_until=lambda: touches_known(parts.walks)),
    ]


ROUTING = Service(
    name="routing",
    description="Managers and their capacity, pools and their rules, leads and their owners.",
    settings=Settings,
    routers=(
        leads.router,
        lead_actions.router,
        decisions.router,
        configuration.router,
        reconciliation_router(INQUIRIES),
    ),
    channels=(LEADS,),
    handle=apply,
    restore=restore,
    awaited=("history",),
    leading=_leading,
    counts=(show_counts,),
    ledgers=(INQUIRIES,),
    worker_pool=8,
)
