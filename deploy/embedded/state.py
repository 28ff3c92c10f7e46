"""The folder with all data of a Leadflow on one machine, and the launcher that runs on it.

Whether a launcher runs is decided by the lock, which the system drops with the process; the state
file holds what that launcher last saw.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from deploy.embedded.processes.children import LauncherError
from shared.minting.files import MintFiles, mint_files

Mode = Literal["embedded", "kafka"]
DEFAULT_FOLDER = ".leadflow"


@dataclass(frozen=True)
class Folder:
    """Names inside the data folder."""

    path: Path

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def kafka(self) -> Path:
        return self.path / "kafka"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def keys(self) -> Path:
        """What signs tokens: the launcher's own, no service reads it."""
        return self.path / "keys.json"

    @property
    def mint(self) -> MintFiles:
        return replace(mint_files(own=self.path, published=self.path), signing=self.keys)

    @property
    def sealing_keys(self) -> Path:
        """What sources' secrets are sealed with: intake's alone."""
        return self.path / "sealing-keys.json"

    @property
    def admin_token(self) -> Path:
        return self.path / "admin.token"

    @property
    def sources(self) -> Path:
        return self.path / "sources.yaml"

    @property
    def ready(self) -> Path:
        return self.path / "ready"

    @property
    def mode(self) -> Path:
        return self.path / "mode"

    @property
    def demo(self) -> Path:
        return self.path / "demo.json"

    @property
    def state(self) -> Path:
        return self.path / "state.json"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    def own(self) -> tuple[Path, ...]:
        """Everything that a launcher makes; `reset` removes this and nothing else."""
        folders = (self.postgres, self.kafka, self.logs)
        files = (self.admin_token, self.sources, self.ready, self.mode, self.state)
        token_files = (self.mint.service_token, self.mint.lock)
        return (*folders, *self.key_files(), *token_files, *files, self.demo, self.lock)

    def key_files(self) -> tuple[Path, ...]:
        """What a backup keeps apart from the data."""
        mint = self.mint
        return (mint.signing, mint.minted, *self.published(), self.sealing_keys)

    def published(self) -> tuple[Path, ...]:
        """What of it anybody may read."""
        return (self.mint.public, self.mint.ended)


def choose_folder(name: str | None, *, environment: Mapping[str, str], root: Path) -> Folder:
    """`--data`, else LEADFLOW_DATA, else `.leadflow` beside the launcher."""
    path = name or environment.get("LEADFLOW_DATA")
    return Folder((Path(path).expanduser() if path else root / DEFAULT_FOLDER).absolute())


@dataclass
class Lock:
    descriptor: int

    def release(self) -> None:
        os.close(self.descriptor)


def take_lock(folder: Folder) -> Lock:
    """Creates the folder (0700) if need be. Raises LauncherError when a launcher runs on it."""
    try:
        folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder.lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as refusal:
        raise LauncherError(f"{folder.path} cannot be used: {refusal.strerror}") from None
    if not _lock(descriptor):
        os.close(descriptor)
        state = read_state(folder)
        where = f" at {state['url']}" if state.get("url") else ""
        pid = f" (process {state['launcher']})" if state.get("launcher") else ""
        raise LauncherError(f"Leadflow already runs on {folder.path}{where}{pid}") from None
    return Lock(descriptor)


def _lock(descriptor: int) -> bool:
    """Whether the lock could be taken within half a second."""
    # `status` holds it for a moment when it looks.
    for _ in range(10):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def is_running(folder: Folder) -> bool:
    """Whether a launcher holds the folder."""
    if not folder.lock.exists():
        return False
    with folder.lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def write_file(path: Path, text: str) -> None:
    """Whole or not at all."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)


def write_state(
    folder: Folder,
    *,
    url: str,
    ready: bool,
    processes: Sequence[Mapping[str, Any]],
    health: Sequence[str] = (),
) -> None:
    """`health` are the addresses that answer whether the processes are ready."""
    state = {"url": url, "ready": ready, "processes": list(processes), "launcher": os.getpid()}
    state["health"] = list(health)
    write_file(folder.state, json.dumps(state, indent=1) + "\n")


def read_state(folder: Folder) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads(folder.state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state


def read_status(folder: Folder) -> dict[str, Any]:
    """`{"url", "ready", "processes"}`; nothing but the URL of a launcher that has ended."""
    state = read_state(folder)
    if not is_running(folder):
        return {"url": state.get("url", ""), "ready": False, "processes": []}
    return {
        "url": state.get("url", ""),
        "ready": bool(state.get("ready")),
        "processes": state.get("processes", []),
    }


def read_mode(folder: Folder) -> Mode | None:
    """The mode this state was last run in; None for a state that never ran."""
    try:
        word = folder.mode.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return "kafka" if word == "kafka" else "embedded"


def remove(folder: Folder) -> None:
    """Removes what launchers made there, and the folder itself if nothing else is in it."""
    for path in folder.own():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if folder.path.is_dir() and not any(folder.path.iterdir()):
        folder.path.rmdir()
