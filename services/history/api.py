"""History's HTTP process: settings in, one app out."""

from fastapi import FastAPI

from services.history.handlers import apply
from services.history.repository.reconciliation import INQUIRIES
from services.history.routes import router
from services.history.settings import Settings
from shared.clock import Clock, system_clock
from shared.messaging.consumer.consumer import WALK
from shared.messaging.outbox.publish import CLOSED, OUTBOX
from shared.single_process import SingleProcess
from shared.web.application import create_service_app
from shared.web.reconciliation import reconciliation_router


def create_app(
    settings: Settings, *, clock: Clock = system_clock, single: SingleProcess | None = None
) -> FastAPI:
    return create_service_app(
        "history",
        settings,
        clock=clock,
        description="Timelines of leads and contacts, and the activities that managers report.",
        routers=[router, reconciliation_router(INQUIRIES)],
        handle=apply,
        single=single,
        channels=(OUTBOX, CLOSED, WALK),
    )
