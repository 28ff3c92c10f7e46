"""A private PostgreSQL 18 under our own supervision, from the programs of a wheel.

Durable unless a test asks for less. Whether it serves is learnt by asking it, never from a pid
file; it ends when its owner ends, however that happens.
"""

import hashlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from deploy.embedded.postgres import files, setup
from deploy.embedded.processes.children import (
    Children,
    LauncherError,
    kill_group,
    last_line,
    open_output,
    stop,
    wait_until_gone,
)

START_PATIENCE_SECONDS = 600.0  # crash recovery may be long
STOP_PATIENCE_SECONDS = 20.0
LOCK_PATIENCE_SECONDS = 30.0
LOG_LIMIT_BYTES = 10_000_000


class PrivatePostgres:
    """One cluster in `folder` (`pg/` its files, `run/` its socket, `postgres.log`)."""

    def __init__(
        self,
        folder: Path,
        *,
        durable: bool = True,
        children: Children | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "pg"
        self.log = self.folder / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._durable = durable
        self._own_children = children is None
        self._children = children or Children()
        self._settings = setup.SETTINGS | ({} if durable else setup.FRAGILE) | (settings or {})
        self._user = files.user_for(self.data)
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        self.socket = files.socket_folder(
            self.data, fallback=Path(tempfile.gettempdir()) / f"leadflow-{os.getuid()}-{digest}"
        )
        self._programs: Path | None = None

    # -- what others need ------------------------------------------------------------------

    @property
    def programs(self) -> Path:
        """The folder with psql, pg_dump and the like."""
        if self._programs is None:
            self._programs = files.programs_for(
                files.find_programs(os.environ), user=self._user, copies=self.folder
            )
        return self._programs

    def password(self, role: str) -> str:
        """Fixed per cluster."""
        return setup.password(self.folder, role)

    def url(self, database: str, role: str | None = None) -> str:
        """A SQLAlchemy URL; without `role` it is the superuser's."""
        name = role or setup.SUPERUSER
        return (
            f"postgresql+asyncpg://{name}:{self.password(name)}@/{database}"
            f"?host={self.socket}&port={setup.PORT}"
        )

    def tool_environment(self) -> dict[str, str]:
        """For psql and pg_dump, as the superuser."""
        return self._environment() | {
            "PGHOST": str(self.socket),
            "PGPORT": str(setup.PORT),
            "PGUSER": setup.SUPERUSER,
            "PGPASSWORD": self.password(setup.SUPERUSER),
        }

    async def connect(self, database: str) -> asyncpg.Connection:
        return await asyncpg.connect(
            host=str(self.socket),
            port=setup.PORT,
            user=setup.SUPERUSER,
            password=self.password(setup.SUPERUSER),
            database=database,
        )

    # -- its life --------------------------------------------------------------------------

    def start(self) -> None:
        """Returns when it answers; raises LauncherError with the last word of its log."""
        deadline = time.monotonic() + START_PATIENCE_SECONDS
        self.spawn()
        while not self.ready():
            if not self.running():
                # An orphan's last backend may still hold the shared memory for a moment.
                if time.monotonic() - (deadline - START_PATIENCE_SECONDS) > LOCK_PATIENCE_SECONDS:
                    raise LauncherError(f"PostgreSQL did not start: {last_line(self.log)}")
                time.sleep(0.2)
                self.spawn()
            if time.monotonic() > deadline:
                raise LauncherError(f"PostgreSQL is not answering: {last_line(self.log)}")
            time.sleep(0.02)

    def spawn(self) -> None:
        """Starts the process and does not wait until it serves."""
        self._reap()
        if not (self.data / "PG_VERSION").exists():
            setup.initialise(
                self.data,
                programs=self.programs,
                user=self._user,
                durable=self._durable,
                children=self._children,
                environment=self._environment(),
                log_path=self.log,
            )
        files.own_folder(self.socket, user=self._user)
        environment = self._environment()
        holder = self._settle_lock()
        if holder is not None:
            # A zombie, or a number used again after a restart of the container: PostgreSQL takes
            # the lock of its "grandparent", which deleting the file would only seem to do.
            environment["PG_GRANDPARENT_PID"] = str(holder)
        arguments = [f"--{name}={value}" for name, value in self._settings.items()]
        self._trim_log()
        with open_output(self.log) as log:
            self.process = self._children.spawn(
                [
                    self.programs / "postgres",
                    "-D",
                    self.data,
                    f"--unix_socket_directories={self.socket}",
                    *arguments,
                ],
                stop_signal=signal.SIGINT,
                environment=environment,
                output=log,
                folder=Path("/"),
                user=self._user,
                enter=self._must_enter(),
            )

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ready(self) -> bool:
        """Asks the server itself."""
        where = ["-h", str(self.socket), "-p", str(setup.PORT)]
        answer = subprocess.run(
            [self.programs / "pg_isready", "-q", "-t", "2", *where],
            env=self._environment(),
            check=False,
        )
        return answer.returncode == 0

    def stop(self) -> None:
        if self.process is not None:
            stop(
                self.process,
                stop_signal=signal.SIGINT,
                patience_seconds=STOP_PATIENCE_SECONDS,
            )
            self._reap()
        if self._own_children:
            self._children.close()

    async def create_databases(self, names: Sequence[str] = setup.DATABASES) -> None:
        """Idempotent. One role and one database of the same name for each."""
        connection = await self.connect("postgres")
        try:
            await setup.create_databases(connection, folder=self.folder, names=names)
        finally:
            await connection.close()

    # -- inside ----------------------------------------------------------------------------

    def _environment(self) -> dict[str, str]:
        variables = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        return variables | {"LC_ALL": "C", "TZ": "UTC"}

    def _must_enter(self) -> list[Path]:
        return [] if self._user is None else [self.data, self.programs]

    def _reap(self) -> None:
        if self.process is not None and self.process.poll() is not None:
            self._children.forget(self.process)
            self.process = None

    def _trim_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))

    def _settle_lock(self) -> int | None:
        """Ends an orphaned server of this folder; returns a lock's pid that serves nobody."""
        holder = files.lock_holder(self.data)
        if holder is None:
            return None
        if files.serves(holder, self.data):
            os.kill(holder, signal.SIGINT)
            if not wait_until_gone(holder, patience_seconds=LOCK_PATIENCE_SECONDS):
                kill_group(holder)
                wait_until_gone(holder, patience_seconds=LOCK_PATIENCE_SECONDS)
            holder = files.lock_holder(self.data)
        return holder
