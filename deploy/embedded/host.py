"""The four services' apps on one port, each under its name, behind one plain page.

`python -m deploy.embedded.host --port N [--fd N]` is the `api` process of the Kafka mode; in
embedded mode the launcher hosts the same app and the workers' loops itself.
"""

import argparse
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.embedded.page import front_page
from services.history.service import HISTORY
from services.intake.service import INTAKE
from services.kpi.service import KPI
from services.routing.service import ROUTING
from shared.application import create_app
from shared.errors import ServiceError
from shared.observability.logging import set_up_logging
from shared.process import server
from shared.runtime.loop import running
from shared.service import Service
from shared.single_process import SingleProcess
from shared.web.direct import Answering, Direct
from shared.worker import open_worker

SERVICES: Sequence[Service[Any]] = (INTAKE, ROUTING, HISTORY, KPI)
DOOR = INTAKE.name  # counts requests that are refused before their service is known


class Host:
    """Sends `/intake/v1/…` to intake as `/v1/…`, and so on; the apps know no prefix."""

    def __init__(
        self,
        apps: Mapping[str, Starlette],
        *,
        workers: Sequence[Service[Any]] = (),
        single: SingleProcess | None = None,
    ) -> None:
        self._apps: Mapping[str, ASGIApp] = apps
        self._direct: Mapping[str, Direct] = {
            service: app.direct for service, app in apps.items() if hasattr(app, "direct")
        }
        self._states = {service: app.state for service, app in apps.items()}
        self._lifespans = [app.router.lifespan_context(app) for app in apps.values()]
        self._workers = workers
        self._single = single
        self.failure: Exception | None = None
        self._page = Starlette(lifespan=lambda _: self._life())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._page(scope, receive, send)
            return
        name, slash, _ = scope["path"][1:].partition("/")
        app = self._apps.get(name)
        if app is not None and slash:
            cut = len(name) + 1
            inner = {
                **scope,
                "path": scope["path"][cut:],
                "raw_path": scope.get("raw_path", b"")[cut:],
                "root_path": f"{scope.get('root_path', '')}/{name}",
            }
            await app(inner, receive, send)
        elif scope["type"] == "http":
            await front_page(scope["path"], scope["method"])(scope, receive, send)
        else:
            await HTMLResponse(status_code=404)(scope, receive, send)

    def direct(
        self, method: str, path: str, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> Answering | None:
        """A service's direct way: see shared/web/direct.py."""
        name, slash, below = path[1:].partition("/")
        direct = self._direct.get(name)
        return direct(method, slash + below, headers, body) if direct and slash else None

    @asynccontextmanager
    async def _life(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            try:
                await self._begin(stack)
            except Exception as failure:  # the launcher says why there are none
                self.failure = failure
                raise
            yield

    async def _begin(self, stack: AsyncExitStack) -> None:
        for lifespan in self._lifespans:
            await stack.enter_async_context(lifespan)
        for service in self._workers:
            worker = open_worker(service, service.read_settings(), single=self._single)
            loops = await stack.enter_async_context(worker)
            await stack.enter_async_context(running(loops))
            self._states[service.name].loops.extend(loops)  # health and metrics show them, too


def build(*, with_workers: bool) -> Host:
    """All four apps, with their workers' loops in the same process or without."""
    single = SingleProcess() if with_workers else None
    apps = {
        service.name: create_app(service, service.read_settings(), single=single)
        for service in SERVICES
    }
    return Host(apps, workers=SERVICES if with_workers else (), single=single)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="deploy.embedded.host")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--fd", type=int, help="a listening socket that was opened already")
    options = parser.parse_args(arguments)
    set_up_logging(
        level=os.environ.get("LEADFLOW_LOG_LEVEL", "info"),
        form=os.environ.get("LEADFLOW_LOG_FORMAT", "json"),
    )
    try:
        app = build(with_workers=False)
    except ServiceError as failure:
        raise SystemExit(str(failure)) from None
    doors = server(cast(Any, app), host=options.host, port=options.port, service=DOOR)
    if options.fd is not None:
        doors.config.fd = options.fd
    doors.run()
    if app.failure is not None:
        raise SystemExit(f"the services did not start: {app.failure}")


if __name__ == "__main__":
    main()
