"""Ends the launcher's children when the launcher is gone, however it went.

Standard library only and run by path. It reads `watch PID SIGNAL` and `forget PID` lines from a
pipe whose other end only the launcher holds: end of file means that the launcher has died.
"""

import contextlib
import os
import signal
import sys
import time

PATIENCE_SECONDS = 8.0


def _alive(pid: int) -> bool:
    stat = f"/proc/{pid}/stat"
    if os.path.exists("/proc/self/stat"):  # noqa: PTH110 (pathlib costs start-up time)
        try:
            with open(stat, encoding="utf-8") as file:  # noqa: PTH123
                return file.read().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _signal_group(pid: int, number: int) -> None:
    """Signals the group of a child."""
    # A child leads its own group; a pid that does not belongs to another process by now.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, number)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.getpgid(pid) == pid:
            os.kill(pid, number)


def main() -> None:
    signals: dict[int, int] = {}
    for line in sys.stdin:
        verb, pid, *rest = line.split()
        if verb == "watch":
            signals[int(pid)] = int(rest[0])
        else:
            signals.pop(int(pid), None)
    for pid, number in signals.items():
        # The leader alone: PostgreSQL's and Java's own children are its business.
        _signal(pid, number)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and any(map(_alive, signals)):
        time.sleep(0.1)
    for pid in filter(_alive, signals):
        _signal_group(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
