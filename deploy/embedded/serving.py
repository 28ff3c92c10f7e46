"""The services of one launcher, from migrated databases to the signal that ends them."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import uvloop

from deploy.embedded import topology
from deploy.embedded.banner import print_banner
from deploy.embedded.demo import sample
from deploy.embedded.kafka.server import PrivateKafka
from deploy.embedded.options import Options, say
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.preparation import (
    forget_pending,
    keep_tokens,
    log_loop,
    prepare_databases,
    prepare_log,
    prepare_secrets,
)
from deploy.embedded.processes.children import Children, LauncherError
from deploy.embedded.processes.supervisor import Supervisor
from deploy.embedded.readiness import await_ready, keep_looking
from deploy.embedded.state import Mode, write_file
from deploy.embedded.topology import Machine
from shared.clock import system_clock
from shared.observability.logging import set_up_logging
from shared.runtime.loop import Loop, running, until_signal


def run(
    options: Options,
    door: socket.socket,
    postgres: PrivatePostgres,
    kafka: PrivateKafka | None,
    children: Children,
) -> None:
    """Returns when a signal has ended it. Raises LauncherError."""
    supervisor = Supervisor(clock=system_clock, say=say, changed=lambda: None)
    machine = Machine(options.folder, children, supervisor, postgres, say, kafka)
    uvloop.run(_until_signal(options, machine, door))


async def _until_signal(options: Options, machine: Machine, door: socket.socket) -> None:
    signalled = asyncio.create_task(until_signal())
    work = asyncio.create_task(_work(options, machine, door))
    await asyncio.wait({signalled, work}, return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        say("stopping")
        work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
    signalled.cancel()


async def _work(options: Options, machine: Machine, door: socket.socket) -> None:
    await prepare_databases(machine.postgres)
    if machine.kafka is not None:
        set_up_logging(level="warning", form="text")
        await prepare_log(machine.kafka)
    token = prepare_secrets(options.folder, clock=system_clock)
    if options.mode == "embedded":
        await forget_pending(machine.postgres)
    write_file(options.folder.mode, options.mode + "\n")
    url = f"http://127.0.0.1:{options.port}"
    async with _running(machine, options.mode, door):
        await await_ready(machine, url, prepared=False)
        if options.with_sample:
            say("loading the sample company")
            await sample.load(url, token)
        write_file(options.folder.ready, "ready\n")
        await await_ready(machine, url, prepared=True)
        tokens = partial(keep_tokens, options.folder, clock=system_clock, say=say)
        loops = [
            Loop("status", partial(keep_looking, machine, url)),
            Loop("tokens", lambda _progress: tokens()),
        ]
        if machine.kafka is not None:
            loops.append(log_loop(machine.kafka))
        if options.with_sample:
            loops.append(sample.duty_loop(url, options.folder.admin_token, clock=system_clock))
        async with running(loops):
            await print_banner(options.folder, url=url, mode=options.mode, token=token)
            await machine.ended.wait()
            raise LauncherError(f"the HTTP server has ended: see {options.folder.logs}")


@asynccontextmanager
async def _running(machine: Machine, mode: Mode, door: socket.socket) -> AsyncIterator[None]:
    """The chosen shape with its processes under supervision."""
    machine.supervisor.children.clear()
    topology.supervise_postgres(machine)
    if mode == "kafka" and machine.kafka is not None:
        topology.supervise_kafka(machine, machine.kafka)
        shape = topology.many_processes(machine, machine.kafka, door=door)
    else:
        shape = topology.one_process(machine, door=door)
    async with shape, running(machine.supervisor.loops()):
        yield
