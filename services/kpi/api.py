"""Kpi's HTTP process: settings in, one app out."""

from fastapi import FastAPI

from services.kpi.handlers import apply
from services.kpi.repository.reconciliation import INQUIRIES
from services.kpi.routes import router
from services.kpi.settings import Settings
from shared.clock import Clock, system_clock
from shared.single_process import SingleProcess
from shared.web.application import create_service_app
from shared.web.reconciliation import reconciliation_router


def create_app(
    settings: Settings, *, clock: Clock = system_clock, single: SingleProcess | None = None
) -> FastAPI:
    return create_service_app(
        "kpi",
        settings,
        clock=clock,
        description="Funnel, response times, figures of managers and sources.",
        routers=[router, reconciliation_router(INQUIRIES)],
        handle=apply,
        single=single,
    )
