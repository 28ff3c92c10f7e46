"""What the process apart is asked to do in its tests: a word in, what came of it out."""

import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.support import hostile_deeds


def _call_out() -> str:
    with socket.socket():
        return "connected"


def _write() -> str:
    return str(Path(tempfile.gettempdir(), "leadflow-never").write_text("x"))


DEEDS: dict[str, Callable[[], object]] = {
    "echo": lambda: "echo",
    "pid": os.getpid,
    "environment": lambda: " ".join(sorted(os.environ)),
    "group": os.getpgrp,
    "print": lambda: sys.stdout.write("noise") and sys.stdout.flush(),
    "call out": _call_out,
    "write": _write,
    "sleep": lambda: time.sleep(600),
    "spin": hostile_deeds.spin,
    "spin in c": hostile_deeds.spin_in_c,
    "hog": hostile_deeds.hog,
    "stumble": hostile_deeds.stumble,
    "vanish": hostile_deeds.vanish,
    "much": lambda: "x" * 100_000,
}


def work(request: bytes) -> bytes:
    return str(DEEDS[request.decode()]()).encode()
