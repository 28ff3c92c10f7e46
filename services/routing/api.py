"""Routing's HTTP process: settings in, one app out."""

from fastapi import FastAPI

from services.routing.handlers import apply
from services.routing.repository.reconciliation import INQUIRIES
from services.routing.routes import configuration, lead_actions, leads
from services.routing.settings import Settings
from services.routing.use_cases.assignments import LEADS
from shared.clock import Clock, system_clock
from shared.messaging.outbox.publish import CLOSED, OUTBOX
from shared.single_process import SingleProcess
from shared.web.application import create_service_app
from shared.web.reconciliation import reconciliation_router


def create_app(
    settings: Settings, *, clock: Clock = system_clock, single: SingleProcess | None = None
) -> FastAPI:
    return create_service_app(
        "routing",
        settings,
        clock=clock,
        description="Managers and their capacity, pools and their rules, leads and their owners.",
        routers=[
            leads.router,
            lead_actions.router,
            configuration.router,
            reconciliation_router(INQUIRIES),
        ],
        handle=apply,
        single=single,
        channels=(OUTBOX, CLOSED, LEADS),
    )
