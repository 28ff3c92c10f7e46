"""The two shapes of a running Leadflow: all in this process, or one process per part with Kafka."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from deploy.embedded.environment import SERVICES, for_all, for_worker, inherited
from deploy.embedded.kafka.server import PrivateKafka
from deploy.embedded.options import Say
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.processes.children import Children, LauncherError, open_output
from deploy.embedded.processes.machine import free_port
from deploy.embedded.processes.supervisor import Supervised, Supervisor
from deploy.embedded.state import Folder
from shared.observability.logging import set_up_logging
from shared.observability.sink import Sink
from shared.process import Server, server

START_PATIENCE_SECONDS = 180.0  # a busy machine starts six processes slowly
LOG_LIMIT_BYTES = 10_000_000


@dataclass(eq=False)
class Machine:
    """What one launcher has: its folder, its children and where it prints messages."""

    folder: Folder
    children: Children
    supervisor: Supervisor
    postgres: PrivatePostgres
    say: Say
    kafka: PrivateKafka | None = None
    worker_ports: dict[str, int] = field(default_factory=dict)
    ended: asyncio.Event = field(default_factory=asyncio.Event)  # the HTTP server, by itself


class Doors(Server):
    """The HTTP server inside the launcher, which handles the signals itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def log_file(folder: Folder, name: str) -> Path:
    path = folder.logs / f"{name}.log"
    with contextlib.suppress(OSError):
        folder.logs.mkdir(mode=0o700, exist_ok=True)
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))
    return path


def supervise_postgres(machine: Machine) -> None:
    postgres = machine.postgres

    def spawn() -> "subprocess.Popen[bytes]":
        postgres.spawn()
        assert postgres.process is not None
        return postgres.process

    machine.supervisor.start(Supervised("postgres", spawn, postgres.log, process=postgres.process))


def supervise_kafka(machine: Machine, kafka: PrivateKafka) -> None:
    def spawn() -> "subprocess.Popen[bytes]":
        kafka.spawn()
        assert kafka.process is not None
        return kafka.process

    machine.supervisor.start(Supervised("kafka", spawn, kafka.log, process=kafka.process))


@asynccontextmanager
async def one_process(machine: Machine, *, door: socket.socket) -> AsyncIterator[None]:
    """The four apps and the workers' loops in this process; yields when the doors are open."""
    from deploy.embedded import host  # noqa: PLC0415 (the Kafka mode's launcher needs no service)

    port = door.getsockname()[1]
    environment = for_all(
        machine.folder, machine.postgres, port=port, kafka=None, outer=inherited()
    )
    log = log_file(machine.folder, "leadflow")
    with _environment(environment), open_output(log) as file:
        level = environment.get("LEADFLOW_LOG_LEVEL", "info")
        set_up_logging(level=level, form="json", stream=Sink(file.fileno()))
        app = host.build(with_workers=True)
        doors = Doors(server(cast(Any, app), host="127.0.0.1", port=port, service=host.DOOR).config)
        serving = asyncio.create_task(doors.serve(sockets=[door]))
        serving.add_done_callback(lambda _: machine.ended.set())
        try:
            while not doors.started:
                if serving.done():
                    raise LauncherError(f"the services did not start: {app.failure}")
                await asyncio.sleep(0.01)
            yield
        finally:
            doors.should_exit = True
            await asyncio.wait({serving})


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _service_child(
    machine: Machine,
    name: str,
    arguments: list[str],
    environment: Mapping[str, str],
    fd: int | None,
) -> Supervised:
    log = log_file(machine.folder, name)

    def spawn() -> "subprocess.Popen[bytes]":
        with open_output(log) as output:
            return machine.children.spawn(
                [sys.executable, "-P", "-m", *arguments],
                stop_signal=signal.SIGTERM,
                environment=environment,
                output=output,
                folder=machine.folder.path,
                keep_open=() if fd is None else (fd,),
            )

    return Supervised(name, spawn, log)


@asynccontextmanager
async def many_processes(
    machine: Machine, kafka: PrivateKafka, *, door: socket.socket
) -> AsyncIterator[None]:
    """The API process on the launcher's listening socket and a worker process per service.

    Because the socket stays open in the launcher, callers wait while a killed API process is
    started again instead of being refused.
    """
    environment = for_all(
        machine.folder,
        machine.postgres,
        port=door.getsockname()[1],
        kafka=kafka.bootstrap,
        outer=inherited(),
    )
    children = [
        _service_child(
            machine,
            "api",
            ["deploy.embedded.host", "--fd", str(door.fileno())],
            environment,
            door.fileno(),
        )
    ]
    for service in SERVICES:
        machine.worker_ports[service] = free_port(others=machine.worker_ports.values())
        arguments = [f"services.{service}", "worker", "--port", str(machine.worker_ports[service])]
        own = for_worker(environment, service, kafka_password=kafka.password(service))
        children.append(_service_child(machine, f"{service}-worker", arguments, own, None))
    for child in children:
        machine.supervisor.start(child)
    try:
        yield
    finally:
        await machine.supervisor.stop([child.name for child in children])
        for child in children:
            machine.supervisor.children.remove(child)
            if child.process is not None:
                machine.children.forget(child.process)
