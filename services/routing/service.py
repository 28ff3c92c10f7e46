"""What routing's processes are built from."""

from collections.abc import Sequence

from services.routing.handlers import apply
from services.routing.repository.reconciliation import INQUIRIES
from services.routing.routes import (
    bulk,
    calendars,
    configuration,
    decisions,
    departures,
    holiday_calendars,
    lead_actions,
    lead_lists,
    leads,
    pipelines,
    pool_trials,
    pools,
    shadow,
    stream,
    webhooks,
)
from services.routing.settings import Settings
from services.routing.use_cases.assigner import assigner_loop
from services.routing.use_cases.assignments import LEADS
from services.routing.use_cases.departures.departing import departures_loop
from services.routing.use_cases.departures.leave import DEPARTURES
from services.routing.use_cases.erasure import FORGETTING
from services.routing.use_cases.gauges import show_counts
from services.routing.use_cases.leases.escalate import ESCALATIONS
from services.routing.use_cases.leases.unowned import unowned_loop
from services.routing.use_cases.pools.shadow import shadow_loop
from services.routing.use_cases.restore import restore
from services.routing.use_cases.stream.reading import STREAM
from services.routing.use_cases.timers import timers_loop, touches_known
from services.routing.use_cases.walks import Walks
from services.routing.use_cases.webhooks.configure import WEBHOOKS, WEBHOOKS_CHANGED
from services.routing.use_cases.webhooks.sender import show_webhooks, webhooks_loop
from shared.database import Database
from shared.runtime.loop import Loop
from shared.sealing import Sealing
from shared.service import Service, WorkerParts
from shared.web.reconciliation import reconciliation_router


def _prepare(database: Database, settings: Settings) -> None:
    """Raises SecretFileError."""
    if settings.sealing_keys_file is not None:
        database.sealing = Sealing.open(settings.sealing_keys_file)


def _leading(parts: WorkerParts[Settings]) -> Sequence[Loop]:
    database, clock = parts.database, parts.clock
    walks = Walks()
    return [
        assigner_loop(database, walks, clock=clock),
        shadow_loop(database, clock=clock),
        unowned_loop(database, walks, clock=clock, seconds=parts.settings.unowned_seconds),
        departures_loop(database, clock=clock),
        timers_loop(database, clock=clock, touched_until=lambda: touches_known(parts.walks)),
        webhooks_loop(database, clock=clock, private=parts.settings.webhooks_to_private),
    ]


ROUTING = Service(
    name="routing",
    description="Managers and their capacity, pools and their rules, leads and their owners.",
    settings=Settings,
    routers=(
        lead_lists.router,
        bulk.router,
        leads.router,
        lead_actions.router,
        decisions.router,
        stream.router,
        webhooks.router,
        configuration.router,
        departures.router,
        calendars.files,  # before the routes of the same path in JSON
        calendars.router,
        holiday_calendars.router,
        pipelines.router,
        pools.router,
        pool_trials.router,
        shadow.router,
        reconciliation_router(INQUIRIES),
    ),
    channels=(LEADS, ESCALATIONS, DEPARTURES, WEBHOOKS, WEBHOOKS_CHANGED),
    broadcasts=(STREAM,),
    on_emit=(STREAM, WEBHOOKS),
    prepare=_prepare,
    background=stream.background,
    handle=apply,
    forgetting=FORGETTING,
    restore=restore,
    awaited=("history",),
    leading=_leading,
    counts=(show_counts, show_webhooks),
    ledgers=(INQUIRIES,),
    audits_reads=True,
    worker_pool=8,
)
