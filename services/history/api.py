"""History's HTTP process: settings in, one app out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.history.handlers import apply
from services.history.repository.reconciliation import INQUIRIES
from services.history.routes import router
from services.history.settings import Settings
from shared.clock import Clock, system_clock
from shared.messaging.speaking import SPOKEN
from shared.messaging.wakeup import carry
from shared.runtime import running
from shared.web.application import create_service_app
from shared.web.reconciliation import reconciliation_router


def create_app(settings: Settings, *, clock: Clock = system_clock) -> FastAPI:
    return create_service_app(
        "history",
        settings,
        clock=clock,
        description="Timelines of leads and contacts, and the activities that managers report.",
        routers=[router, reconciliation_router(INQUIRIES)],
        apply=apply,
        background=_wake_the_relay,
    )


@asynccontextmanager
async def _wake_the_relay(app: FastAPI) -> AsyncIterator[None]:
    """What is reported at this door travels on at once, though the relay is another process."""
    loops = [carry(app.state.database, (SPOKEN,))]
    app.state.loops.extend(loops)
    async with running(loops):
        yield
