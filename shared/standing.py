"""Whom the processor is given first, where the database's server runs on our own machine."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

BESIDE: Final = 5  # of niceness: a third of what others get who want the processor as well
TRIES: Final = 5
PAUSE_SECONDS: Final = 0.15  # the kernel takes one such wish in a tenth of a second


async def stand_back(pid: int) -> None:
    """Let this process come after all others. Without the right to it, or where the system knows
    no such thing, it goes on as before.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, pid) + BESIDE)
    for _ in range(TRIES):
        if _is_told(pid):
            return
        await asyncio.sleep(PAUSE_SECONDS)


def _is_told(pid: int) -> bool:
    """Each process of the server is a session, and Linux may weigh sessions instead of processes.
    False if the kernel takes no wish now.
    """
    try:
        Path(f"/proc/{pid}/autogroup").write_text(str(BESIDE), encoding="ascii")
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True
