"""Routing's HTTP process: settings in, one app out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.routing.handlers import apply
from services.routing.repository.reconciliation import INQUIRIES
from services.routing.routes import leads, setup, verbs
from services.routing.settings import Settings
from services.routing.use_cases.release import LEADS
from shared.clock import Clock, system_clock
from shared.messaging.speaking import SPOKEN
from shared.messaging.wakeup import carry
from shared.runtime import running
from shared.web.application import create_service_app
from shared.web.reconciliation import reconciliation_router


def create_app(settings: Settings, *, clock: Clock = system_clock) -> FastAPI:
    return create_service_app(
        "routing",
        settings,
        clock=clock,
        description="Managers and their capacity, pools and their rules, leads and their owners.",
        routers=[
            leads.router,
            verbs.router,
            setup.router,
            reconciliation_router(INQUIRIES),
        ],
        apply=apply,
        background=_wake_the_worker,
    )


@asynccontextmanager
async def _wake_the_worker(app: FastAPI) -> AsyncIterator[None]:
    """What is done at this door wakes the assigner and the relay in the worker's process."""
    loops = [carry(app.state.database, (SPOKEN, LEADS))]
    app.state.loops.extend(loops)
    async with running(loops):
        yield
