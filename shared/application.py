"""A service's HTTP process: its declaration and settings in, one FastAPI app out."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from shared.clock import Clock, system_clock
from shared.config import ServiceSettings
from shared.database import Database, refuse_unsafe
from shared.errors import ServiceError
from shared.read_audit.recorder import Recorder, flush_loop
from shared.runtime.deadline import within
from shared.runtime.loop import Loop, running
from shared.runtime.wakeup import wakeup_loop
from shared.service import S, Service
from shared.single_process import SingleProcess
from shared.web import problems
from shared.web.api_document import SERVERS, add_document
from shared.web.consumed_routes import consumed_router
from shared.web.erasure_routes import erasure_router
from shared.web.health import health_router
from shared.web.held_routes import held_router
from shared.web.journal_routes import journal_router
from shared.web.read_audit_routes import read_audit_router
from shared.web.requests import RequestFrame
from shared.web.tokens import TokenKeys

FLUSH_SECONDS = 5.0  # what was read is noted before the process ends
START_SECONDS = 5.0  # a silent database does not keep a process from starting for longer
Check = Callable[[FastAPI], Coroutine[Any, Any, None]]
Background = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    service: Service[S],
    settings: S,
    *,
    clock: Clock = system_clock,
    single: SingleProcess | None = None,
) -> FastAPI:
    """`app.state` has database, keys, clock, settings, and `loops`, whose health the app shows.

    `single` joins the services of one process; without it what is done here wakes the loops of
    other processes. Raises what the service's `prepare` and `complete` raise.
    """
    channels = service.wakeups if single is None else ()
    broadcasts = service.broadcasts if single is None else ()
    app = service.app_type(
        title=f"Leadflow {service.name}",
        description=service.description,
        version="1",
        lifespan=partial(
            _life,
            background=service.background or _nothing,
            channels=channels,
            broadcasts=broadcasts,
            audits_reads=service.audits_reads,
        ),
        redirect_slashes=False,
        responses=problems.PROBLEM_RESPONSES,
        generate_unique_id_function=_operation_name,
        telemetry={"logs": False},
        servers=SERVERS,
        # The framework's own pages load their program from elsewhere; its document is written anew
        # for each call.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.database = service.open_database(settings, single=single)
    app.state.keys = TokenKeys(settings.keys_file)
    app.state.clock = clock
    app.state.read_audit = Recorder(app.state.database)
    app.state.settings = settings
    app.state.loops = list[Loop]()  # its own, and a worker's where that lives here too
    problems.install(app)
    app.add_middleware(RequestFrame, service=service.name)
    add_document(app)
    _add_routes(app, service)
    if service.complete is not None:
        service.complete(app)
    return app


def _add_routes(app: FastAPI, service: Service[S]) -> None:
    health = _health(app, checks=service.checks)
    for router in [health, *service.routers, journal_router(), consumed_router()]:
        app.include_router(router)
    if service.handle is not None:
        app.include_router(held_router(service=service.name, handle=service.handle))
    if service.forgetting is not None:
        app.include_router(erasure_router(service.forgetting))
    if service.audits_reads:
        app.include_router(read_audit_router())


@asynccontextmanager
async def _life(
    app: FastAPI,
    *,
    background: Background,
    channels: Sequence[str],
    broadcasts: Sequence[str],
    audits_reads: bool,
) -> AsyncIterator[None]:
    """While the process serves; what is done here wakes other processes by `channels`, and all wake
    one another by `broadcasts`.
    """
    database: Database = app.state.database
    await _refuse_unsafe_unless_away(database, app.state.settings)
    recorder: Recorder = app.state.read_audit
    loops = [wakeup_loop(database, channels, broadcasts=broadcasts)] if channels else []
    if audits_reads:
        loops.append(flush_loop(recorder))
    app.state.loops.extend(loops)
    try:
        async with running(loops), background(app):
            yield
    finally:
        with suppress(ServiceError):
            await within(FLUSH_SECONDS, recorder.flush(), doing="noting who has read")
        await database.close()


@asynccontextmanager
async def _nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield


def _health(app: FastAPI, *, checks: Mapping[str, Check]) -> APIRouter:
    state, settings = app.state, app.state.settings
    return health_router(
        lambda: state.database,
        loops=lambda: state.loops,
        checks={name: partial(check, app) for name, check in checks.items()},
        ready_file=settings.ready_file,
        database_folder=settings.database_folder,
    )


def _operation_name(route: APIRoute) -> str:
    return route.name


async def _refuse_unsafe_unless_away(database: Database, settings: ServiceSettings) -> None:
    if settings.allow_unsafe_database:
        return
    try:
        await within(START_SECONDS, refuse_unsafe(database), doing="asking for its settings")
    except ServiceError:
        return  # a database that is away must not keep the door from starting: it answers 503
