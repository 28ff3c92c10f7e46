"""The program of the process apart: `python -m shared.sandbox.child module:function MEMORY_BYTES`.

It reads requests from standard input and answers on standard output, one at a time, and ends with
its input. The operating system ends it when one request takes too much CPU time.
"""

import contextlib
import importlib
import os
import queue
import resource
import signal
import struct
import sys
import threading
from collections.abc import Callable
from io import FileIO
from typing import Any

from shared.sandbox.budget import BudgetSpentError, StumbledError, within_budget

REQUEST = struct.Struct("!ddI")  # seconds until asked to stop, seconds until killed, bytes
ANSWER = struct.Struct("!cI")  # what kind, bytes
READY, BEGUN, DONE, STUMBLED, SLOW, HUNGRY = b"r", b"b", b"d", b"e", b"s", b"m"
NICENESS = 5  # whoever waits for an answer at the door goes first
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")


def main(target: str, memory_bytes: int) -> None:
    requests, answers = FileIO(os.dup(0), "rb"), FileIO(os.dup(1), "wb")
    with open(os.devnull, "r+b") as nothing:  # noqa: PTH123  nothing may print among the answers
        os.dup2(nothing.fileno(), 0)
        os.dup2(nothing.fileno(), 1)
    module, _, name = target.partition(":")
    try:
        function: Callable[[bytes], bytes] = getattr(importlib.import_module(module), name)
    except Exception as error:  # noqa: BLE001  whoever started us must learn why there is no work
        _answer(answers, STUMBLED, type(error).__name__.encode())
        return
    _confine(memory_bytes)
    arrived: queue.SimpleQueue[tuple[float, float, bytes]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(requests, arrived), daemon=True).start()
    _answer(answers, READY, b"")
    while True:
        soft, hard, request = arrived.get()
        _answer(answers, BEGUN, b"")  # from here on, our end may be the request's doing
        signal.setitimer(signal.ITIMER_PROF, hard)
        kind, content = _work(function, request, seconds=soft)
        signal.setitimer(signal.ITIMER_PROF, 0)
        _answer(answers, kind, content)
        del request, content


def _work(
    function: Callable[[bytes], bytes], request: bytes, *, seconds: float
) -> tuple[bytes, bytes]:
    try:
        return DONE, within_budget(seconds, lambda: function(request))
    except BudgetSpentError:
        return SLOW, b""
    except MemoryError:
        return HUNGRY, b""
    except StumbledError as error:
        return STUMBLED, error.kind.encode()


def _confine(memory_bytes: int) -> None:
    """Limits for all that follows. Modules that the work loads when needed can still be read."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold what customers wrote
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with contextlib.suppress(OSError):
        # If memory ends all the same, this process goes first, not the one that started it.
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123
            file.write("1000")
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            data_bytes = int(file.read().split()[5]) * resource.getpagesize()
        limit = data_bytes + memory_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    sys.addaudithook(_refuse)


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(event)


def _receive(requests: FileIO, arrived: "queue.SimpleQueue[tuple[float, float, bytes]]") -> None:
    """In a thread of its own: the end of the input ends a process that is at work, too."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            soft, hard, size = REQUEST.unpack(_exactly(requests, REQUEST.size))
            arrived.put((soft, hard, _exactly(requests, size)))
    os._exit(0)


def _exactly(file: FileIO, size: int) -> bytes:
    content = bytearray(size)
    view = memoryview(content)
    filled = 0
    while filled < size:
        count = file.readinto(view[filled:])
        if not count:
            raise EOFError
        filled += count
    view.release()
    return bytes(content)


def _answer(file: FileIO, kind: bytes, content: bytes) -> None:
    view = memoryview(ANSWER.pack(kind, len(content)) + content)
    while view:
        view = view[file.write(view) :]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
