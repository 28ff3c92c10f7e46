"""How a cluster comes to be: its files, passwords, roles and databases, its settings."""

import os
import re
import shutil
import signal
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import asyncpg

from deploy.embedded import passwords
from deploy.embedded.postgres.files import own_folder
from deploy.embedded.processes.children import Children, LauncherError, User, last_line
from deploy.embedded.processes.launch import CANNOT_ENTER

DATABASES = ("intake", "routing", "history", "kpi")
SUPERUSER = "leadflow"
REASON = re.compile(r"(FATAL|PANIC|ERROR|error): ")
PORT = 5432  # names the socket file; nothing listens on the network
MAX_CONNECTIONS = 200  # 8 processes with pools of 5 + 5, listeners, and room for psql and backup

SETTINGS = {
    "listen_addresses": "",
    "max_connections": str(MAX_CONNECTIONS),
    "shared_buffers": "128MB",
    # A statement over ten years of timelines locks their months and the indexes of these.
    "max_locks_per_transaction": "256",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Passwords here are 256 random bits: stretching them would only slow every connection down.
    "scram_iterations": "1",
    # Statements, and the values that DETAIL lines quote, are people's data: not for a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
FRAGILE = {"fsync": "off", "full_page_writes": "off"}  # still safe against kill -9


def password(folder: Path, role: str) -> str:
    """Fixed per cluster, kept in `passwords.json` (0600)."""
    return passwords.password(folder / "passwords.json", role, roles=(SUPERUSER, *DATABASES))


def initialise(
    data: Path,
    *,
    programs: Path,
    user: User | None,
    durable: bool,
    children: Children,
    environment: Mapping[str, str],
    log_path: Path,
) -> None:
    """Runs initdb under another name first, so that a cluster is complete or absent.

    Raises LauncherError.
    """
    unfinished = data.with_name(f"{data.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    own_folder(unfinished, user=user)
    with (
        tempfile.NamedTemporaryFile(dir=data.parent, suffix=".word") as word,
        log_path.open("ab") as log,
    ):
        word.write(password(data.parent, SUPERUSER).encode("ascii"))
        word.flush()
        if user is not None:
            os.chown(word.name, *user)
        process = children.spawn(
            _initdb(programs, data=unfinished, word=word.name, durable=durable),
            stop_signal=signal.SIGTERM,
            environment=environment,
            output=log,
            folder=Path("/"),
            user=user,
            enter=() if user is None else (unfinished, programs),
        )
        code = process.wait()
        children.forget(process)
    if code == CANNOT_ENTER and user is not None:
        raise LauncherError(
            "the database cannot run as root, and the user it runs as may not enter "
            f"{last_line(log_path)}: choose an open folder, such as --data /var/lib/leadflow"
        )
    if code != 0:
        # The last that initdb says is that it tidies up.
        reason = last_line(log_path, since=REASON)
        raise LauncherError(f"PostgreSQL could not be set up: {reason}")
    unfinished.rename(data)


def _initdb(programs: Path, *, data: Path, word: str, durable: bool) -> list[str | Path]:
    return [
        programs / "initdb",
        f"--pgdata={data}",
        f"--username={SUPERUSER}",
        f"--pwfile={word}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        *([] if durable else ["--no-sync"]),
    ]


async def create_databases(
    connection: asyncpg.Connection, *, folder: Path, names: Sequence[str]
) -> None:
    """One role and one database of the same name each; no role enters another's database."""
    for template in ("postgres", "template1"):
        await connection.execute(f"REVOKE CONNECT ON DATABASE {template} FROM PUBLIC")
    roles = {row[0] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
    present = {row[0] for row in await connection.fetch("SELECT datname FROM pg_database")}
    for name in names:
        if name not in roles:
            word = password(folder, name)
            await connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{word}'")
        if name not in present:
            await connection.execute(f"CREATE DATABASE {name} OWNER {name}")
        await connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
