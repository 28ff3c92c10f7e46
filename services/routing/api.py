"""Routing's HTTP process: settings in, one app out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.routing.handlers import apply
from services.routing.repository.inquiries import PRESENCE
from services.routing.routes import leads, setup, verbs
from services.routing.settings import Settings
from services.routing.use_cases.release import LEADS
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
        "routing",
        settings,
        clock=clock,
        description="Managers and their capacity, pools and their rules, leads and their owners.",
        routers=[
            leads.router,
            verbs.router,
            setup.router,
            presence_router(PRESENCE),
        ],
        handle=apply,
        single=single,
        background=_wake_the_worker,
    )


@asynccontextmanager
async def _wake_the_worker(app: FastAPI) -> AsyncIterator[None]:
    """What is done at this door wakes the assigner and the relay in the worker's process."""
    loops = [wakeup_loop(app.state.database, (OUTBOX, LEADS))]
    app.state.loops.extend(loops)
    async with running(loops):
        yield
