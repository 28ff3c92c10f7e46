"""All four services at one moment in one file; their keys and sources in another beside it.

The moment: while nobody can emit (the `stream` tables are locked, for an instant), one snapshot per
database is taken. So whatever one service has consumed is in the copy of its producer.
"""

import asyncio
import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from deploy.embedded.environment import SERVICES
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.preparation import prepare_databases
from deploy.embedded.processes.children import LauncherError
from deploy.embedded.state import Folder, is_running, remove, take_lock
from shared.clock import Clock
from shared.minting.signing import load_keys
from shared.sealing import read_sealing_keys
from shared.secret_files import PRIVATE, PUBLIC
from shared.statistics import ANALYZE_FILLED

FORM = 1
TRIES = 5
# The log itself is not kept: it is another log after a restore, and the journals fill it again.
# The outbox is closed, as after any restore, and opens in a new life once the services run and have
# compared; all four are of one moment, so nobody has consumed more than was emitted.
AFTER_RESTORE = (
    "TRUNCATE pending, acknowledged, leader_lease, in_flight, process_mark",
    ANALYZE_FILLED,
)


@contextmanager
def running_postgres(folder: Folder) -> Iterator[PrivatePostgres]:
    """The launcher's PostgreSQL while it runs, else one started for the occasion."""
    postgres = PrivatePostgres(folder.postgres)
    if is_running(folder):
        yield postgres
        return
    lock = take_lock(folder)
    try:
        postgres.start()
        yield postgres
    finally:
        postgres.stop()
        lock.release()


def _run(command: list[str | Path], environment: Mapping[str, str], *, doing: str) -> None:
    answer = subprocess.run(
        command, env=dict(environment), capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        lines = answer.stderr.strip().splitlines() or ["it printed nothing"]
        raise LauncherError(f"{doing} failed: {lines[-1]}")


async def _freeze(stack: AsyncExitStack, postgres: PrivatePostgres) -> dict[str, str]:
    """One snapshot per service, of one moment; they live as long as `stack`."""
    connections = {service: await postgres.connect(service) for service in SERVICES}
    for connection in connections.values():
        stack.push_async_callback(connection.close)
    locks = [await postgres.connect(service) for service in SERVICES]
    try:
        for lock in locks:
            await lock.execute("SET lock_timeout = '3s'")
            await lock.execute("BEGIN")
            await lock.execute("LOCK TABLE stream IN SHARE ROW EXCLUSIVE MODE")
        snapshots = {}
        for service, connection in connections.items():
            await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            snapshots[service] = await connection.fetchval("SELECT pg_export_snapshot()")
        return snapshots
    finally:
        for lock in locks:
            await lock.close()


async def _dump(postgres: PrivatePostgres, scratch: Path) -> None:
    for attempt in range(1, TRIES + 1):
        async with AsyncExitStack() as stack:
            try:
                snapshots = await _freeze(stack, postgres)
            except asyncpg.LockNotAvailableError:
                if attempt == TRIES:
                    raise LauncherError("the services are too busy to be backed up") from None
                continue
            for service, snapshot in snapshots.items():
                command: list[str | Path] = [
                    postgres.programs / "pg_dump",
                    "--format=custom",
                    f"--snapshot={snapshot}",
                    f"--file={scratch / service}.dump",
                    service,
                ]
                environment = postgres.tool_environment()
                await asyncio.to_thread(_run, command, environment, doing=f"dumping {service}")
            return


def keys_beside(file: Path) -> Path:
    """Where the keys of this backup go."""
    # Apart from the data, so that the data alone give neither access nor secrets.
    return file.with_name(f"{file.name}.keys")


def back_up(folder: Folder, file: Path, *, clock: Clock) -> Path:
    """Writes `file` and, beside it, the keys (both 0600, each whole or not at all); returns
    the latter's path. Leadflow may run or not. Raises LauncherError, SecretFileError.
    """
    if not folder.postgres.exists():
        raise LauncherError(f"there is nothing to back up in {folder.path}")
    if folder.keys.exists():
        # Damaged keys would only be noticed when the backup is needed.
        load_keys(folder.keys)
        read_sealing_keys(folder.sealing_keys)
    with (
        running_postgres(folder) as postgres,
        tempfile.TemporaryDirectory(dir=folder.path) as name,
    ):
        scratch = Path(name)
        asyncio.run(_dump(postgres, scratch))
        manifest = {"form": FORM, "made_at": clock().isoformat(), "services": list(SERVICES)}
        _pack(keys_beside(file), manifest, _secrets(folder))
        _pack(file, manifest, [scratch / f"{service}.dump" for service in SERVICES])
    return keys_beside(file)


def _secrets(folder: Folder) -> list[Path]:
    """Keys, and the sources file, which may hold secrets as they are."""
    return [path for path in (*folder.key_files(), folder.sources) if path.exists()]


def _pack(file: Path, manifest: Mapping[str, Any], members: Sequence[Path]) -> None:
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        unfinished.touch(mode=0o600)
        with tarfile.open(unfinished, "w") as archive:
            _add(archive, "leadflow.json", json.dumps(manifest).encode())
            for path in members:
                archive.add(path, path.name)
        unfinished.replace(file)
    except OSError as refusal:
        raise LauncherError(f"{file} cannot be written: {refusal.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _read_manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    try:
        entry = archive.extractfile("leadflow.json")
        manifest: dict[str, Any] = json.loads(entry.read()) if entry else {}
    except (KeyError, ValueError):
        manifest = {}
    if manifest.get("form") != FORM:
        raise LauncherError("this is not a backup of Leadflow, or one of a newer version")
    return manifest


async def _fill(postgres: PrivatePostgres, scratch: Path) -> None:
    await postgres.create_databases()
    for service in SERVICES:
        command: list[str | Path] = [
            postgres.programs / "pg_restore",
            "--exit-on-error",
            "--single-transaction",
            f"--dbname={service}",
            scratch / f"{service}.dump",
        ]
        environment = postgres.tool_environment()
        await asyncio.to_thread(_run, command, environment, doing=f"restoring {service}")
        connection = await postgres.connect(service)
        try:
            for statement in AFTER_RESTORE:
                await connection.execute(statement)
        finally:
            await connection.close()
    await prepare_databases(postgres)


def restore(folder: Folder, file: Path, *, with_keys: bool = True) -> None:
    """Fills an empty data folder from `file` and the keys beside it.

    Without the keys all tokens end, and what is sealed stays sealed. Raises LauncherError, also
    when the folder is not empty.
    """
    if folder.path.exists() and any(folder.path.iterdir()):
        raise LauncherError(f"{folder.path} is not empty: choose another by --data")
    keys = keys_beside(file)
    with ExitStack() as archives:
        data = archives.enter_context(_opened(file))
        if with_keys and not keys.exists():
            raise LauncherError(
                f"{keys} is missing: put it there, or pass --without-keys (then all tokens end, "
                "and the sources' secrets must be set anew)"
            )
        key_archive = archives.enter_context(_opened(keys)) if with_keys else None
        try:
            _unpack(folder, data, key_archive)
        except BaseException:
            # Half a state must not be taken for one; the folder was empty before.
            remove(folder)
            raise


def _opened(file: Path) -> tarfile.TarFile:
    try:
        archive = tarfile.open(file)  # noqa: SIM115 (the caller closes it)
    except (OSError, tarfile.TarError) as failure:
        raise LauncherError(f"{file} cannot be read: {failure}") from None
    try:
        _read_manifest(archive)
    except BaseException:  # nobody else closes it
        archive.close()
        raise
    return archive


def _unpack(folder: Folder, data: tarfile.TarFile, keys: tarfile.TarFile | None) -> None:
    with (
        running_postgres(folder) as postgres,
        tempfile.TemporaryDirectory(dir=folder.path) as name,
    ):
        data.extractall(name, filter="data")
        asyncio.run(_fill(postgres, Path(name)))
        if keys is None:
            return
        keys.extractall(name, filter="data")
        for path in (*folder.key_files(), folder.sources):
            source = Path(name) / path.name
            if source.exists():
                source.chmod(PUBLIC if path in folder.published() else PRIVATE)
                source.replace(path)
