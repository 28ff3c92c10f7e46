"""What kpi's processes are built from."""

from collections.abc import Sequence

from services.kpi.domain.periods import require_zone
from services.kpi.handlers import apply
from services.kpi.repository.facts import clear
from services.kpi.repository.reconciliation import INQUIRIES
from services.kpi.routes import (
    alerts,
    conversions,
    coordination,
    digests,
    drill_down,
    forecasts,
    goals,
    load,
    loyalty,
    loyalty_lists,
    marketing,
    opinions,
    organisation,
    plan_control,
    plan_cuts,
    plan_files,
    plan_nodes,
    planning,
    plans,
    potentials,
    recipients,
    reports,
    sales,
    sold_items,
    spend,
    territories,
    territory_facts,
    waits,
)
from services.kpi.routes.digest_sections import read_parts
from services.kpi.routes.motivation import ROUTERS as MOTIVATION
from services.kpi.settings import Settings
from services.kpi.tables import PROJECTIONS
from services.kpi.use_cases.alerts.rules import ALERTS
from services.kpi.use_cases.alerts.send import send_loop
from services.kpi.use_cases.alerts.watch import watch_loop
from services.kpi.use_cases.deliveries.gauges import show_overdue
from services.kpi.use_cases.digests.reports import DIGESTS
from services.kpi.use_cases.digests.send import digest_loop
from services.kpi.use_cases.erasure import FORGETTING
from services.kpi.use_cases.money.recount import RECOUNT, recount_loop
from services.kpi.use_cases.money.tell import tell_loop
from services.kpi.use_cases.motivation.attain import attainment_loop
from services.kpi.use_cases.motivation.targets import ATTAINMENT
from services.kpi.use_cases.motivation.what_if import WHAT_IFS, what_if_loop
from services.kpi.use_cases.plan.versions import COORDINATION
from services.kpi.use_cases.plan.watch import coordination_loop
from services.kpi.use_cases.restore import restore
from services.kpi.use_cases.rollups import rollup_loop
from services.kpi.use_cases.settling import settle
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
    database, clock, settings = parts.database, parts.clock, parts.settings
    private, zone = settings.webhooks_to_private, require_zone(settings.time_zone)
    mail = settings.mail_server()
    return [
        watch_loop(database, clock=clock),
        send_loop(database, mail=mail, private=private, clock=clock),
        digest_loop(
            database,
            zone,
            read_parts,
            mail=mail,
            private=private,
            country=settings.country,
            clock=clock,
        ),
        recount_loop(database),
        rollup_loop(database),
        tell_loop(database),
        what_if_loop(database, zone, clock=clock),
        attainment_loop(database, zone, clock=clock),
        coordination_loop(database, zone, clock=clock),
    ]


KPI = Service(
    name="kpi",
    description="Funnel, response times, figures of managers and sources.",
    settings=Settings,
    routers=(
        reports.router,
        drill_down.router,
        conversions.router,
        load.router,
        waits.router,
        spend.router,
        sales.router,
        sold_items.router,
        recipients.router,
        alerts.router,
        digests.router,
        *MOTIVATION,
        plans.router,
        plan_nodes.router,
        plan_control.router,
        plan_cuts.router,
        plan_files.router,
        coordination.router,
        planning.router,
        forecasts.router,
        goals.router,
        loyalty.router,
        loyalty_lists.router,
        marketing.router,
        territories.router,
        territory_facts.router,
        potentials.router,
        opinions.router,
        organisation.router,
        reconciliation_router(INQUIRIES),
    ),
    channels=(ALERTS, DIGESTS, RECOUNT, ATTAINMENT, WHAT_IFS, COORDINATION),
    prepare=_prepare,
    handle=apply,
    clear=clear,
    projections=tuple(table.name for table in PROJECTIONS),
    settle=settle,
    forgetting=FORGETTING,
    restore=restore,
    leading=_leading,
    counts=(show_overdue,),
    ledgers=(INQUIRIES,),
    pace_seconds=0.4,  # figures are not urgent: a pause makes larger batches
)
