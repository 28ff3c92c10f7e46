"""What may befall the machine below a running Leadflow: how each fault begins and how it ends."""

import asyncio
import os
import resource
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.embedded.postgres.server import PrivatePostgres
from tests.attacks.disk import Disk
from tests.faults.test_outages import freeze
from tests.support.stack import Stack
from tests.support.waiting import eventually

ATTACKERS = 60  # connections that take the last descriptors
SPARE = 8  # descriptors that are left


@dataclass(eq=False)
class Machine:
    """A stack, the disk below it, and its database's superuser."""

    stack: Stack
    disk: Disk

    @property
    def launcher(self) -> int:
        assert self.stack.process is not None
        return self.stack.process.pid

    @property
    def postgres(self) -> int:
        return self.stack.pids()["postgres"]

    async def connect(self, database: str = "postgres") -> asyncpg.Connection:
        return await PrivatePostgres(self.stack.data / "postgres").connect(database)

    async def aside(self, service: str) -> int:
        """Events that wait to be sent or to take effect; the gauges would tell it later."""
        connection = await self.connect(service)
        try:
            tables = "SELECT (SELECT count(*) FROM pending) + (SELECT count(*) FROM held)"
            return int(await connection.fetchval(tables))
        finally:
            await connection.close()


@dataclass(frozen=True, slots=True)
class Fault:
    """`happen` breaks something for the length of its block. `unanswered`: a sender may find its
    connection closed, which is no waiting; `hides_the_state_file`: it cannot be written meanwhile.
    """

    name: str
    happen: Callable[[Machine], AbstractAsyncContextManager[None]]
    refuses: bool = True
    hides_the_state_file: bool = False
    unanswered: bool = False


@asynccontextmanager
async def _full_disk(machine: Machine) -> AsyncIterator[None]:
    machine.disk.fill()
    try:
        yield
    finally:
        machine.disk.free()


@asynccontextmanager
async def _full_disk_under_the_log(machine: Machine) -> AsyncIterator[None]:
    """The database's own log cannot grow either: the server panics, and cannot come back."""
    connection = await machine.connect()
    machine.disk.fill()
    try:
        try:
            while True:  # files of the log that were made before are used up
                await connection.execute("SELECT pg_switch_wal()")
                await connection.execute("SELECT pg_logical_emit_message(true, 'test', 'x')")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            pass
        yield
    finally:
        connection.terminate()
        machine.disk.free()


@asynccontextmanager
async def _read_only_disk(machine: Machine) -> AsyncIterator[None]:
    """As after an error of the device: the server is gone, and nothing can be written any more."""
    machine.disk.lock()
    try:
        os.kill(machine.postgres, signal.SIGKILL)
        yield
    finally:
        machine.disk.unlock()


@asynccontextmanager
async def _failing_writes(machine: Machine) -> AsyncIterator[None]:
    """Every write to a file fails, in the launcher with its log and in the database."""
    postgres = machine.postgres
    try:
        for pid in (machine.launcher, postgres):
            assert await asyncio.to_thread(_limit_files, pid, "0"), f"no limit for {pid}"
        for pid in _children(postgres):
            await asyncio.to_thread(_limit_files, pid, "0")
        yield
    finally:
        await eventually(
            lambda: asyncio.to_thread(_free_files, machine.launcher),
            seconds=10,
            what="every process may write again",
        )


def _free_files(launcher: int) -> bool:
    """Whoever was started meanwhile has inherited the limit, and may be changing its owner."""
    pids = [launcher, *_all_below(launcher)]
    for pid in pids:
        _limit_files(pid, "unlimited")
    return pids == [launcher, *_all_below(launcher)] and not any(map(_is_limited, pids))


def _is_limited(pid: int) -> bool:
    try:
        limits = Path(f"/proc/{pid}/limits").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    line = next(line for line in limits.splitlines() if line.startswith("Max file size"))
    return line.split()[3] == "0"


def _limit_files(pid: int, size: str) -> bool:
    """Files may not grow beyond `size`; whoever owns a process may say so, root may not always."""
    try:
        owner = Path(f"/proc/{pid}").stat()
    except FileNotFoundError:
        return False
    done = subprocess.run(
        ["prlimit", f"--pid={pid}", f"--fsize={size}:unlimited"],
        user=owner.st_uid,
        group=owner.st_gid,
        check=False,
        capture_output=True,
    )
    return done.returncode == 0


@asynccontextmanager
async def _no_descriptors(machine: Machine) -> AsyncIterator[None]:
    """Strangers hold connections until the process can open nothing more."""
    opened = _opened(machine.launcher)
    before = resource.prlimit(machine.launcher, resource.RLIMIT_NOFILE)
    resource.prlimit(machine.launcher, resource.RLIMIT_NOFILE, (opened + SPARE, before[1]))
    here = "127.0.0.1", machine.stack.port
    held = [await asyncio.open_connection(*here) for _ in range(ATTACKERS)]
    try:
        yield
    finally:
        for _, writer in held:
            writer.close()
        resource.prlimit(machine.launcher, resource.RLIMIT_NOFILE, before)


@asynccontextmanager
async def _no_connections(machine: Machine) -> AsyncIterator[None]:
    """A neighbour takes every connection that the database has, the reserved ones too."""
    held = [await machine.connect()]
    try:
        ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> 'leadflow'"
        try:
            while True:
                held.append(await machine.connect())
                await held[0].execute(f"{ours} AND backend_type = 'client backend'")
        except asyncpg.TooManyConnectionsError:
            pass
        yield
    finally:
        for connection in held:
            connection.terminate()


@asynccontextmanager
async def _frozen_database(machine: Machine) -> AsyncIterator[None]:
    pids = freeze(machine.postgres)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _opened(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _all_below(pid: int) -> list[int]:
    return [found for child in _children(pid) for found in (child, *_all_below(child))]


FAULTS = (
    Fault("full disk", _full_disk, hides_the_state_file=True),
    Fault("full disk under the database's log", _full_disk_under_the_log),
    Fault("read-only disk", _read_only_disk),
    Fault("failing writes", _failing_writes),
    Fault("no descriptors left", _no_descriptors, refuses=False, unanswered=True),
    Fault("no connections left", _no_connections),
    Fault("frozen database", _frozen_database),
)
