"""`leadflow up`: from an empty folder to open doors, and back to silence on Ctrl-C."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import FrameType

import uvloop

from deploy.embedded import drain, sample, topology
from deploy.embedded.announce import announce
from deploy.embedded.kafka import PrivateKafka
from deploy.embedded.machine import free_port
from deploy.embedded.postgres import PrivatePostgres
from deploy.embedded.preparation import open_door, prepare_databases, prepare_secrets
from deploy.embedded.processes import Children, LauncherError
from deploy.embedded.readiness import await_ready, keep_looking
from deploy.embedded.state import Folder, Mode, read_mode, take_lock, write_file, write_state
from deploy.embedded.supervisor import Supervisor
from deploy.embedded.topology import Machine
from shared.clock import system_clock
from shared.runtime import until_signal


@dataclass(frozen=True)
class Options:
    folder: Folder
    port: int
    mode: Mode
    with_sample: bool


def say(line: str) -> None:
    print(f"leadflow: {line}", file=sys.stderr, flush=True)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def up(options: Options) -> int:
    """Returns the exit code. Raises LauncherError for what a person can put right."""
    folder = options.folder
    lock = take_lock(folder)
    signal.signal(signal.SIGTERM, _leave)
    children = Children()
    postgres = PrivatePostgres(folder.postgres, children=children)
    kafka: PrivateKafka | None = None
    try:
        folder.ready.unlink(missing_ok=True)
        with open_door(options.port) as door:
            url = f"http://127.0.0.1:{options.port}"
            write_state(folder, url=url, ready=False, processes=[])
            if "kafka" in {options.mode, read_mode(folder)}:
                kafka = PrivateKafka(folder.kafka, children=children, say=say)
                kafka.start()
            postgres.start()
            uvloop.run(_run(options, door, postgres, kafka, children))
    except KeyboardInterrupt:
        say("stopped before it was ready")
    finally:
        folder.ready.unlink(missing_ok=True)
        if kafka is not None:
            kafka.stop()
        postgres.stop()
        children.close()
        folder.state.unlink(missing_ok=True)
        lock.release()
    return 0


async def _run(
    options: Options,
    door: socket.socket,
    postgres: PrivatePostgres,
    kafka: PrivateKafka | None,
    children: Children,
) -> None:
    supervisor = Supervisor(clock=system_clock, say=say, changed=lambda: None)
    machine = Machine(options.folder, children, supervisor, postgres, say, kafka)
    signalled = asyncio.create_task(until_signal())
    await prepare_databases(postgres)
    token = prepare_secrets(options.folder, clock=system_clock)
    old = read_mode(options.folder)
    if old is not None and old != options.mode:
        await _drain_old_log(machine, old)
        if options.mode == "embedded" and kafka is not None:
            kafka.stop()
    write_file(options.folder.mode, options.mode + "\n")
    work = asyncio.create_task(_serve(options, machine, door, token))
    await asyncio.wait({signalled, work}, return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        say("stopping")
        work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
    signalled.cancel()


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
    async with shape:
        keeping = asyncio.create_task(machine.supervisor.keep())
        try:
            yield
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping


async def _serve(options: Options, machine: Machine, door: socket.socket, token: str) -> None:
    url = f"http://127.0.0.1:{options.port}"
    async with _running(machine, options.mode, door):
        await await_ready(machine, url, prepared=False)
        if options.with_sample:
            say("loading the sample company")
            await sample.load(url, token)
        write_file(options.folder.ready, "ready\n")
        await await_ready(machine, url, prepared=True)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep_looking(machine, url))
            if options.with_sample:
                tasks.create_task(
                    sample.keep_on_duty(url, options.folder.admin_token, clock=system_clock)
                )
            await announce(options.folder, url=url, mode=options.mode, token=token)


async def _drain_old_log(machine: Machine, old: Mode) -> None:
    """Runs the old shape behind a door nobody knows until everything spoken has been heard."""
    waiting = await drain.unheard(machine.postgres)
    if not waiting:
        return
    say(f"this state ran in the {old} mode; its log is drained first ({waiting} wait)")
    with open_door(free_port()) as door:
        async with _running(machine, old, door):
            waiting = await drain.until_heard(lambda: drain.unheard(machine.postgres))
    if waiting:
        flag = " --kafka" if old == "kafka" else ""
        raise LauncherError(f"{waiting} events are still unheard: run `leadflow up{flag}` first")
