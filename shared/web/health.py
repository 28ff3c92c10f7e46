"""Liveness, readiness and metrics, the same in every process of every service."""

from collections.abc import Callable, Sequence
from pathlib import Path

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import JSONResponse, PlainTextResponse, Response

from shared.database import Database, transaction
from shared.errors import ServiceError
from shared.observability.metrics import metrics_of
from shared.runtime import Loop
from shared.web.access import PUBLIC

EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


class Live(BaseModel):
    """`stalled` names the loops of this process that make no progress; `outages` tells of those
    that wait for something elsewhere what it is, such as `log-refuses`.
    """

    live: bool
    stalled: list[str]
    outages: dict[str, str]


class Ready(BaseModel):
    """`missing` names what keeps the process from being ready."""

    ready: bool
    missing: list[str]


def _prepared(ready_file: Path | None) -> bool:
    return ready_file is None or ready_file.exists()


def health_router(
    database: Callable[[], Database],
    *,
    loops: Callable[[], Sequence[Loop]] = tuple,
    ready_file: Path | None = None,
) -> APIRouter:
    """`loops` are those of this process."""
    router = APIRouter(tags=["health"], dependencies=[PUBLIC])

    @router.get("/health/live", response_model=Live, responses={503: {"model": Live}})
    async def live() -> Response:
        """200 while every loop of this process makes progress; an outage elsewhere is progress."""
        stalled = [loop.name for loop in loops() if loop.progress.stalled()]
        outages = {
            loop.name: loop.progress.outage for loop in loops() if loop.progress.outage is not None
        }
        state = {"live": not stalled, "stalled": stalled, "outages": outages}
        return JSONResponse(state, 503 if stalled else 200)

    @router.get("/health/ready", response_model=Ready, responses={503: {"model": Ready}})
    async def ready() -> Response:
        """200 once the database answers, the loops run and what the launcher prepares stands."""
        missing = [loop.name for loop in loops() if loop.progress.stalled()]
        if not _prepared(ready_file):
            missing.append("preparation")
        try:
            async with transaction(database()) as session:
                await session.scalar("SELECT 1")
        except ServiceError:
            missing.append("database")
        return JSONResponse({"ready": not missing, "missing": missing}, 503 if missing else 200)

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Prometheus text format; counts and names only, from memory: a scrape asks nobody."""
        found = metrics_of(database().service)
        for loop in loops():
            labels = (database().service, loop.name)
            found.loop_stalled.labels(*labels).set(loop.progress.stalled())
            found.loop_restarts.labels(*labels).set(loop.progress.restarts)
        return Response(found.exposition(), media_type=EXPOSITION)

    return router
