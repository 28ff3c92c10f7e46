"""Keeps child processes alive: one that dies is started again after a pause, with a message."""

import asyncio
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from deploy.embedded.options import Say
from deploy.embedded.processes.children import LauncherError, kill_group, last_line
from shared.clock import Clock
from shared.runtime.loop import Loop, Progress

LOOK_SECONDS = 0.25
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0  # what kept it from starting is over this soon before it is noticed
SETTLED_AFTER_SECONDS = 30.0
STOP_SECONDS = 25.0  # for a child to end by itself


@dataclass(eq=False)
class Supervised:
    """One child. `spawn` starts it from the main thread and returns at once."""

    name: str
    spawn: Callable[[], subprocess.Popen[bytes]]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    up_since: datetime | None = None
    restarts: int = 0
    pause: float = field(default=FIRST_PAUSE_SECONDS)

    def describe(self) -> dict[str, Any]:
        """As `status --json` shows it."""
        return {
            "name": self.name,
            "pid": self.process.pid if self.running() and self.process else None,
            "up_since": self.up_since.isoformat() if self.up_since else None,
            "restarts": self.restarts,
        }

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass(eq=False)
class Supervisor:
    """`changed` is called whenever the result of `describe` has changed."""

    clock: Clock
    say: Say
    changed: Callable[[], None]
    children: list[Supervised] = field(default_factory=list)

    def describe(self) -> list[dict[str, Any]]:
        return [child.describe() for child in self.children]

    def start(self, child: Supervised) -> None:
        child.process = child.process if child.running() else child.spawn()
        child.up_since = self.clock()
        if child not in self.children:
            self.children.append(child)
        self.changed()

    def loops(self) -> list[Loop]:
        """One for each child, so that one's trouble is not another's."""
        return [Loop(child.name, partial(self._keep, child)) for child in self.children]

    async def _keep(self, child: Supervised, progress: Progress) -> None:
        began = asyncio.get_running_loop().time()
        while True:
            progress.beat()
            await asyncio.sleep(LOOK_SECONDS)
            now = asyncio.get_running_loop().time()
            if child.running():
                if now - began > SETTLED_AFTER_SECONDS:
                    child.pause = FIRST_PAUSE_SECONDS
                continue
            self._report(child)
            await asyncio.sleep(child.pause)
            child.pause = min(child.pause * 2, LONGEST_PAUSE_SECONDS)
            child.restarts += 1
            try:
                self.start(child)
            except (LauncherError, OSError) as failure:
                self.say(f"{child.name} cannot be started: {failure}")
            began = asyncio.get_running_loop().time()

    def _report(self, child: Supervised) -> None:
        code = child.process.returncode if child.process is not None else None
        how = f"was killed by signal {-code}" if code is not None and code < 0 else "has ended"
        self.say(f"{child.name} {how}; it is started again in {child.pause:.1f} s")
        if child.pause > 1.0:
            self.say(f"{child.name} keeps failing: {last_line(child.log)} (see {child.log})")
        child.up_since = None
        self.changed()

    async def stop(self, names: list[str]) -> None:
        """Asks all of them, waits for each within its patience, then kills."""
        leaving = [child for child in self.children if child.name in names]
        for child in leaving:
            if child.process is not None and child.running():
                child.process.send_signal(signal.SIGTERM)
        await asyncio.gather(*(self._await_end(child) for child in leaving))
        self.changed()

    async def _await_end(self, child: Supervised) -> None:
        deadline = asyncio.get_running_loop().time() + STOP_SECONDS
        while child.running():
            if asyncio.get_running_loop().time() > deadline and child.process is not None:
                self.say(f"{child.name} does not stop and is killed")
                kill_group(child.process.pid)
                child.process.wait()
            await asyncio.sleep(0.02)
        child.up_since = None
