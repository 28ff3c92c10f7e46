"""Stops processes for a while. A signal reaches the threads one by one: stopped is who stands."""

import os
import signal
import time
from pathlib import Path

PATIENCE_SECONDS = 30.0


def stop(pid: int) -> None:
    """Return once no thread of the process runs any more."""
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not all(state in "TtZX" for state in _states(pid)):
        assert time.monotonic() < deadline, f"process {pid} does not stand still"
        os.sched_yield()


def _states(pid: int) -> list[str]:
    states = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            states.append((task / "stat").read_text().rpartition(")")[2].split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return states
