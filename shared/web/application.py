"""The frame of a service's HTTP process: settings in, one FastAPI app out. Nothing at import."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from shared.clock import Clock
from shared.config import ServiceSettings
from shared.database import Database, open_database, refuse_unsafe
from shared.errors import ServiceError
from shared.messaging.consumer.consumer import Handler
from shared.runtime.deadline import within
from shared.runtime.loop import Loop, running
from shared.runtime.wakeup import wakeup_loop
from shared.single_process import SingleProcess
from shared.web import problems
from shared.web.api_document import SERVERS, add_document
from shared.web.consumed_routes import consumed_router
from shared.web.health import health_router
from shared.web.held_routes import held_router
from shared.web.journal_routes import journal_router
from shared.web.requests import RequestFrame
from shared.web.tokens import TokenKeys

MAX_BODY_BYTES = 1_048_576
START_SECONDS = 5.0  # a silent database does not keep a process from starting for longer
Proves = Callable[[FastAPI], Coroutine[Any, Any, None]]
Background = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_service_app(
    service: str,
    settings: ServiceSettings,
    *,
    clock: Clock,
    description: str,
    routers: Sequence[APIRouter],
    proofs: Mapping[str, Proves] = MappingProxyType({}),
    background: Background | None = None,
    kind: type[FastAPI] = FastAPI,
    handle: Handler | None = None,
    single: SingleProcess | None = None,
    channels: Sequence[str] = (),
) -> FastAPI:
    """`app.state` has database, keys, clock and settings; `background` wraps the lifespan.

    `app.state.loops` are the loops whose health this app shows: `background` adds its own.
    `proofs` by name raise UnavailableError while the process cannot do what it is for.
    `kind` is the app's class, for a service that answers some requests before the framework;
    `handle` is the door for events of a service that consumes, so that held ones can be tried
    again; `single` joins the services of one process, else what is done here wakes the loops of
    other processes by `channels`.
    """
    database = open_database(
        settings.database_url.get_secret_value(), service=service, pool_size=settings.database_pool
    )
    if single is not None:
        single.join(database)

    app = kind(
        title=f"Leadflow {service}",
        description=description,
        version="1",
        lifespan=partial(_life, background=background, channels=channels if single is None else ()),
        max_body_size=MAX_BODY_BYTES,
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
    app.state.database = database
    app.state.keys = TokenKeys(settings.keys_file)
    app.state.clock = clock
    app.state.settings = settings
    app.state.loops = list[Loop]()  # its own, and a worker's where that lives here too
    problems.install(app)
    app.add_middleware(RequestFrame, service=service)
    add_document(app)
    app.include_router(_health(app, proofs=proofs))
    held_routers = [held_router(service=service, handle=handle, clock=clock)] if handle else []
    for router in [*routers, journal_router(), consumed_router(), *held_routers]:
        app.include_router(router)
    return app


@asynccontextmanager
async def _life(
    app: FastAPI, *, background: Background | None, channels: Sequence[str]
) -> AsyncIterator[None]:
    """While the process serves; what is done here wakes other processes by `channels`."""
    database: Database = app.state.database
    await _refuse_unsafe_unless_away(database, app.state.settings)
    loops = [wakeup_loop(database, channels)] if channels else []
    app.state.loops.extend(loops)
    try:
        async with running(loops), (background or _nothing)(app):
            yield
    finally:
        await database.close()


@asynccontextmanager
async def _nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield


def _health(app: FastAPI, *, proofs: Mapping[str, Proves]) -> APIRouter:
    state, settings = app.state, app.state.settings
    return health_router(
        lambda: state.database,
        loops=lambda: state.loops,
        proofs={name: partial(proof, app) for name, proof in proofs.items()},
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
