"""`leadflow up`: starts everything on this machine, and stops it on Ctrl-C.

It takes the folder's lock, opens the listening socket and starts the servers, whose programs start
while a thread loads the services' code.
"""

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TypeVar

from deploy.embedded.kafka.server import PrivateKafka
from deploy.embedded.options import Options, say
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.processes.children import Children
from deploy.embedded.processes.machine import open_door
from deploy.embedded.state import Folder, Mode, take_lock, write_state
from shared.observability.sink import protect_streams

T = TypeVar("T")


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _load(mode: Mode) -> None:
    """Import what serves, so that it is there when the servers are."""
    from deploy.embedded import serving  # noqa: F401, PLC0415 (in a thread, not before it)

    if mode == "embedded":
        from deploy.embedded import host  # noqa: F401, PLC0415 (the Kafka mode's launcher needs no service)


def _while_loading(mode: Mode, start: Callable[[], T]) -> T:
    """Runs `start` while a thread imports; an import error is raised later."""
    loading = threading.Thread(target=_load, args=(mode,), daemon=True)
    loading.start()
    try:
        return start()
    except KeyboardInterrupt:
        say("stopping")  # at once: on a busy machine the code is loaded for a while yet
        raise
    finally:
        loading.join()


def up(options: Options) -> int:
    """Returns the exit code. Raises LauncherError for what a person can put right."""
    protect_streams()
    folder = options.folder
    lock = take_lock(folder)
    signal.signal(signal.SIGTERM, _leave)
    children = Children()
    postgres = PrivatePostgres(folder.postgres, children=children)
    kafka: PrivateKafka | None = None
    if options.mode == "kafka":
        kafka = PrivateKafka(folder.kafka, children=children, say=say)

    def start() -> None:
        if kafka is not None:
            kafka.begin()
        postgres.start()
        if kafka is not None:
            kafka.await_ready()

    try:
        folder.ready.unlink(missing_ok=True)
        with open_door(options.port) as door:
            url = f"http://127.0.0.1:{options.port}"
            write_state(folder, url=url, ready=False, processes=[])
            _while_loading(options.mode, start)
            from deploy.embedded import serving  # noqa: PLC0415 (it has been imported meanwhile)

            serving.run(options, door, postgres, kafka, children)
    except KeyboardInterrupt:
        say("stopped before it was ready")
    finally:
        _end(folder, kafka, postgres, children)
        lock.release()
    return 0


def _end(
    folder: Folder, kafka: PrivateKafka | None, postgres: PrivatePostgres, children: Children
) -> None:
    """Stops everything, each step even if another fails."""
    # On a read-only disk, for one, no file can be removed.
    with suppress(OSError):
        folder.ready.unlink(missing_ok=True)
    if kafka is not None:
        with suppress(OSError):
            kafka.stop()
    with suppress(OSError):
        postgres.stop()
    with suppress(OSError):
        children.close()
    with suppress(OSError):
        folder.state.unlink(missing_ok=True)
