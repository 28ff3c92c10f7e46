"""History's HTTP process: settings in, one app out."""

from fastapi import FastAPI

from services.history.routes import PRESENCE, router
from services.history.settings import Settings
from shared.clock import Clock, system_clock
from shared.web.application import create_service_app
from shared.web.journal_door import journal_router
from shared.web.presence import presence_router


def create_app(settings: Settings, *, clock: Clock = system_clock) -> FastAPI:
    return create_service_app(
        "history",
        settings,
        clock=clock,
        description="Timelines of leads and contacts, and the activities that managers report.",
        routers=[router, journal_router(), presence_router(PRESENCE)],
    )
