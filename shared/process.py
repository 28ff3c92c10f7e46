"""`python -m services.X api | worker | migrate`: one service as operating-system processes.

A worker is a small health server whose lifespan runs the loops, so both stop in the same way.
"""

import argparse
import asyncio
import gc
import os
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from shared.application import create_app
from shared.clock import system_clock
from shared.database import open_database
from shared.errors import ServiceError
from shared.observability.logging import set_up_logging
from shared.runtime.loop import DRAIN_SECONDS, Loop, running
from shared.service import S, Service
from shared.web import problems
from shared.web.connections import Connections
from shared.web.direct import DirectProtocol
from shared.web.health import health_router
from shared.web.limits import MAX_CONNECTIONS, Limits
from shared.worker import open_worker

# Connections that one turn of the loop takes from a socket. More would lengthen the turn, and an
# honest request takes several; a crowd is let in as fast by many short turns.
ACCEPTED_A_TURN = 4
LOOK_SECONDS = 0.25  # between two looks whether the server should exit
OTHER_DESCRIPTORS = 500  # what a process opens beside its HTTP connections


class Server(uvicorn.Server):
    """uvicorn, but it wakes up less often, and any second signal ends the process at once."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        await self._accept_faster()
        settle_memory()

    async def _accept_faster(self) -> None:
        """Listen several times on each socket."""
        # The loop takes one connection a turn from a listener: behind a thousand that arrive at
        # once, an honest one would wait for a thousand turns, with whatever else is done in them.
        protocol_of: Any = self.config.http_protocol_class
        protocol = partial(
            protocol_of,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        loop = asyncio.get_running_loop()
        for listener in [one for server in self.servers for one in server.sockets]:
            for _ in range(ACCEPTED_A_TURN - 1):
                again = socket.fromfd(listener.fileno(), listener.family, listener.type)
                self.servers.append(
                    await loop.create_server(protocol, sock=again, backlog=self.config.backlog)
                )

    async def main_loop(self) -> None:
        while True:
            if await self.on_tick(0):
                return
            await asyncio.sleep(LOOK_SECONDS)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            os._exit(128 + sig)
        super().handle_exit(sig, frame)


def server(
    app: FastAPI, *, host: str, port: int, service: str, limits: Limits | None = None
) -> Server:
    """A bounded HTTP server: one process, no access log (paths may hold a source's key).

    `service` is the name under which its refusals and connections are counted.
    """
    spare_descriptors(MAX_CONNECTIONS)
    protocol: Any = partial(
        DirectProtocol,
        neighbours=Connections(service, limits or Limits()),
        direct=getattr(app, "direct", None),
    )
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            loop="uvloop",
            http=protocol,
            ws="none",
            access_log=False,
            log_config=None,  # its lines go where ours go, an error without its words
            log_level="warning",
            timeout_graceful_shutdown=int(DRAIN_SECONDS) - 5,
            backlog=2048,
            server_header=False,
            proxy_headers=False,
        )
    )


def spare_descriptors(connections: int) -> None:
    """Ask for as many descriptors as the connections need, beside files, databases and brokers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = connections + OTHER_DESCRIPTORS
    limit = need if hard == resource.RLIM_INFINITY else min(need, hard)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def settle_memory() -> None:
    """Spare the collector what stays for the life of the process: modules, schemas, routes."""
    # Requests and batches free themselves by reference counts; cycles among them are rare.
    gc.collect()
    gc.freeze()
    # Of 20 000 new objects most are alive in a burst: it would be gone through a dozen times.
    gc.set_threshold(60_000, 20, 50)


def worker_app(service: Service[S], settings: S) -> FastAPI:
    """The health server of a worker process; its lifespan keeps the loops."""
    loops: list[Loop] = []
    working = open_worker(service, settings)
    database = open_database(
        settings.database_url.get_secret_value(), service=service.name, pool_size=1
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with working as worker_loops:
            loops.extend(worker_loops)
            async with running(worker_loops):
                yield
        await database.close()

    app = FastAPI(title=f"Leadflow {service.name} worker", lifespan=lifespan, openapi_url=None)
    app.state.clock = system_clock
    problems.install(app)
    app.include_router(health_router(lambda: database, loops=lambda: loops))
    return app


def run(service: Service[S]) -> None:
    """Run the command that the command line names, with settings from the environment."""
    parser = argparse.ArgumentParser(prog=f"services.{service.name}")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("api", "worker"):
        command = commands.add_parser(name)
        command.add_argument("--host", default="127.0.0.1")
        command.add_argument("--port", type=int, default=8000)
    commands.add_parser("migrate")
    arguments = parser.parse_args()
    try:
        settings = service.read_settings()
        set_up_logging(level=settings.log_level, form=settings.log_format)
        if arguments.command == "migrate":
            from shared.migrations import upgrade  # noqa: PLC0415 (no other command loads Alembic)

            asyncio.run(upgrade(service.name, settings.database_url.get_secret_value()))
            return
        if arguments.command == "worker" and not settings.kafka:
            parser.exit(2, "Set LEADFLOW_KAFKA: services in several processes need a broker.\n")
        make_app = create_app if arguments.command == "api" else worker_app
        app = make_app(service, settings)
    except ServiceError as refusal:
        parser.exit(2, f"The process cannot start: {refusal}\n")
    server(app, host=arguments.host, port=arguments.port, service=service.name).run()
