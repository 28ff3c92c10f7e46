"""History's HTTP process: settings in, one app out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.history.handlers import apply
from services.history.routes import PRESENCE, router
from services.history.settings import Settings
from shared.clock import Clock, system_clock
from shared.messaging.outbox.publish import OUTBOX
from shared.runtime.loop import running
from shared.runtime.wakeup import wakeup_loop
from shared.single_process import SingleProcess
from shared.web.application import create_service_app
from shared.web.presence import presence_router


def create_app(
    settings: Settings, *, clock: Clock = system_clock, single: SingleProcess | None = None
) -> FastAPI:
    return create_service_app(
        "history",
        settings,
        clock=clock,
        description="Timelines of leads and contacts, and the activities that managers report.",
        routers=[router, presence_router(PRESENCE)],
        handle=apply,
        single=single,
        background=_wake_the_relay,
    )


@asynccontextmanager
async def _wake_the_relay(app: FastAPI) -> AsyncIterator[None]:
    """What is reported at this door travels on at once, though the relay is another process."""
    loops = [wakeup_loop(app.state.database, (OUTBOX,))]
    app.state.loops.extend(loops)
    async with running(loops):
        yield
