"""The Leadflow the demo runs on: the one that already runs on the folder, else one of its own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from deploy.embedded.environment import inherited
from deploy.embedded.processes.children import Children, LauncherError, last_line, stop
from deploy.embedded.state import Folder, is_running, read_status, write_file

START_PATIENCE_SECONDS = 180.0
STOP_PATIENCE_SECONDS = 40.0
LOOK_SECONDS = 0.2


@asynccontextmanager
async def running_stack(folder: Folder, *, port: int) -> AsyncIterator[tuple[str, bool]]:
    """Its URL, and whether it is ours: then it ends with the block."""
    if is_running(folder):
        yield await _ready(folder, None), False
        return
    children = Children()
    process = _start(folder, port=port, children=children)
    try:
        yield await _ready(folder, process), True
    finally:
        stop(process, stop_signal=signal.SIGTERM, patience_seconds=STOP_PATIENCE_SECONDS)
        children.forget(process)
        children.close()


def _start(folder: Folder, *, port: int, children: Children) -> "subprocess.Popen[bytes]":
    folder.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.path.chmod(0o700)
    command = [sys.executable, "-P", "-m", "deploy.embedded", "up"]
    with (folder.logs / "up.log").open("wb") as output:
        return children.spawn(
            [*command, "--data", folder.path, "--port", str(port)],
            stop_signal=signal.SIGTERM,
            environment=inherited(),
            output=output,
        )


async def _ready(folder: Folder, process: "subprocess.Popen[bytes] | None") -> str:
    clock = asyncio.get_running_loop().time
    ends = clock() + START_PATIENCE_SECONDS
    while True:
        status = read_status(folder)
        if status["ready"]:
            return str(status["url"])
        if process is not None and process.poll() is not None:
            message = last_line(folder.logs / "up.log").removeprefix("leadflow: ")
            raise LauncherError(f"Leadflow did not start: {message}")
        if process is None and not is_running(folder):
            raise LauncherError(f"the Leadflow on {folder.path} has ended")
        if clock() > ends:
            raise LauncherError(f"the Leadflow on {folder.path} is not ready: see {folder.logs}")
        await asyncio.sleep(LOOK_SECONDS)


def days_seen(folder: Folder) -> list[int]:
    """The seeds of the days that this folder has lived through."""
    try:
        record: dict[str, Any] = json.loads(folder.demo.read_text(encoding="utf-8"))
        return [int(seed) for seed in record["days"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def remember_day(folder: Folder, seed: int) -> None:
    days = sorted({*days_seen(folder), seed})
    write_file(folder.demo, json.dumps({"days": days}) + os.linesep)
