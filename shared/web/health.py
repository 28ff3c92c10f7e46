"""Liveness, readiness and metrics, the same in every process of every service.

Health is progress: a task that exists or an open port is no proof of it.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import structlog
from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import JSONResponse, PlainTextResponse, Response

from shared.database import Database, reading
from shared.errors import ServiceError, cause_of
from shared.observability.metrics import metrics_of
from shared.observability.sink import dropped_lines
from shared.runtime.deadline import within
from shared.runtime.loop import Loop
from shared.web.access import PUBLIC

log = structlog.get_logger()
Check = Callable[[], Coroutine[Any, Any, None]]
CHECK_SECONDS = 3.0  # how long any one thing may take to show that it works
LEAST_FREE_BYTES = 48 * 1_048_576  # three files of PostgreSQL's log: below it stops without warning
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


class Live(BaseModel):
    """`stalled` names the loops of this process that make no progress; `outages` gives the reason
    why others wait for something elsewhere: `log-refuses`, or the class of an error.
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


def disk_serves(folder: Path | None) -> bool:
    """Whether the disk that holds `folder` can be written and has room; True when none is named."""
    if folder is None:
        return True
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return not disk.f_flag & os.ST_RDONLY and disk.f_bavail * disk.f_frsize >= LEAST_FREE_BYTES


async def _fails(name: str, check: Check) -> list[str]:
    try:
        await within(CHECK_SECONDS, check(), doing=name)
    except ServiceError:
        return [name]
    except Exception as error:  # noqa: BLE001  a check with a fault of its own shows nothing, either
        log.error("health.fault", check=name, error=cause_of(error))  # noqa: TRY400  asked each second
        return [name]
    return []


def health_router(
    database: Callable[[], Database],
    *,
    loops: Callable[[], Sequence[Loop]] = tuple,
    checks: Mapping[str, Check] = MappingProxyType({}),
    ready_file: Path | None = None,
    database_folder: Path | None = None,
) -> APIRouter:
    """`loops` are those of this process; `checks` raise UnavailableError while the thing of that
    name does not work.
    """
    router = APIRouter(tags=["health"], dependencies=[PUBLIC])

    async def prove_database() -> None:
        async with reading(database()) as session:
            await session.scalar("SELECT 1")

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
        """200 once the database answers and has room, the loops make progress, what this process
        is for has been tried, and what the launcher prepares stands.
        """
        missing = [loop.name for loop in loops() if loop.progress.stalled()]
        if not _prepared(ready_file):
            missing.append("preparation")
        if not disk_serves(database_folder):
            missing.append("disk")
        tries = {"database": prove_database, **checks}
        for failing in await asyncio.gather(*(_fails(*item) for item in tries.items())):
            missing.extend(name for name in failing if name not in missing)
        return JSONResponse({"ready": not missing, "missing": missing}, 503 if missing else 200)

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Prometheus text format; counts and names only, from memory: a scrape asks nobody."""
        gauges = metrics_of(database().service)
        gauges.log_lines_dropped.labels(database().service).set(dropped_lines())
        for loop in loops():
            labels = (database().service, loop.name)
            gauges.loop_stalled.labels(*labels).set(loop.progress.stalled())
            gauges.loop_restarts.labels(*labels).set(loop.progress.restarts)
        return Response(gauges.exposition(), media_type=EXPOSITION)

    return router
