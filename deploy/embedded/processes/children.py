"""Starts and stops the launcher's child processes.

Every child leads its own session (a terminal's Ctrl-C reaches the launcher only) and ends with
the launcher: by its death signal where the system has one, and by the watchdog everywhere.
Children are started from the main thread, because a death signal is tied to a thread.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

LAUNCH = Path(__file__).with_name("launch.py")
WATCHDOG = Path(__file__).with_name("watchdog.py")


class LauncherError(Exception):
    """Something the person at the keyboard can act upon; its text is one line."""


User = tuple[int, int]


class Children:
    """The processes of one launcher, with the watchdog that outlives it."""

    def __init__(self) -> None:
        self._watchdog: subprocess.Popen[str] | None = None
        self._watched: dict[int, int] = {}

    def spawn(
        self,
        command: Sequence[str | Path],
        *,
        stop_signal: signal.Signals,
        environment: Mapping[str, str],
        output: IO[bytes] | int,
        folder: Path | None = None,
        user: User | None = None,
        enter: Sequence[Path] = (),
        keep_open: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        """Starts `command`; `user` is (uid, gid) to run as, `enter` folders it must be able to.

        `keep_open` are file descriptors it inherits.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("children are started from the main thread")
        spec = {
            "parent": os.getpid(),
            "signal": int(stop_signal),
            "user": user,
            "enter": [str(path) for path in enter],
        }
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", LAUNCH, json.dumps(spec), *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
            pass_fds=tuple(keep_open),
        )
        self._watched[process.pid] = int(stop_signal)
        self._tell(f"watch {process.pid} {int(stop_signal)}\n")
        return process

    def forget(self, process: subprocess.Popen[bytes]) -> None:
        """Called once a child has been reaped: its pid may belong to anybody from now on."""
        self._watched.pop(process.pid, None)
        self._tell(f"forget {process.pid}\n")

    def close(self) -> None:
        if self._watchdog is not None and self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
            self._watchdog.wait()
            self._watchdog = None

    def _tell(self, line: str) -> None:
        # A new watchdog gets the whole list, so nothing is lost; and the caller must get its
        # process whatever becomes of the watchdog.
        try:
            self._tell_now(line)
        except OSError:
            self._watchdog = None

    def _tell_now(self, line: str) -> None:
        if self._watchdog is None or self._watchdog.poll() is not None:
            self._watchdog = subprocess.Popen(
                [sys.executable, "-I", "-S", WATCHDOG],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                text=True,
                cwd="/",
                start_new_session=True,
            )
            line = "".join(f"watch {pid} {number}\n" for pid, number in self._watched.items())
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.write(line)
        self._watchdog.stdin.flush()


def open_output(log: Path) -> IO[bytes]:
    """Where a child's output goes: its log, or nowhere when that cannot be opened now."""
    try:
        return log.open("ab")
    except OSError:
        return Path(os.devnull).open("wb")  # a child that runs unheard is better than none


def stop(
    process: subprocess.Popen[bytes], *, stop_signal: signal.Signals, patience_seconds: float
) -> bool:
    """Asks, waits, then kills the whole group. True when the process left by itself."""
    if process.poll() is None:
        process.send_signal(stop_signal)
    try:
        process.wait(timeout=patience_seconds)
    except subprocess.TimeoutExpired:
        kill_group(process.pid)
        process.wait()
        return False
    return True


def kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def alive(pid: int) -> bool:
    """Whether `pid` runs; a zombie that nobody reaps does not."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            return stat.read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False
    answer = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.returncode == 0 and not answer.stdout.startswith("Z")


def wait_until_gone(pid: int, *, patience_seconds: float) -> bool:
    deadline = time.monotonic() + patience_seconds
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def last_line(log: Path, *, since: re.Pattern[str] | None = None) -> str:
    """The last message in a program's log, for an error that has to fit on one line.

    With `since` it is the last where that is found, from there on, if there is one.
    """
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "it printed nothing"
    lines = [line for line in text.splitlines() if line.strip() and not line[0].isspace()]
    if since is not None:
        matches = [match for line in lines if (match := since.search(line))]
        lines = [match.string[match.start() :] for match in matches] or lines
    return lines[-1].strip() if lines else "it printed nothing"
