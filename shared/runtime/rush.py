"""What nobody waits for lets a rush pass, where all services share a thread and a server."""

import asyncio
import time
from typing import Final

from shared.runtime.loop import Progress
from shared.session import Database

LONGEST_SECONDS: Final = 10.0  # that it lets pass; then it works off what has come
LOOK_SECONDS: Final = 0.2


async def rest_and_let_pass(progress: Progress, database: Database, *, seconds: float) -> None:
    """Rest; then wait until no more events come than usual, for ten seconds at most.

    For loops that have nothing left to do: what they do later they do in larger batches.
    """
    await progress.rest(seconds)
    end = time.monotonic() + LONGEST_SECONDS
    while database.outlet is not None and database.outlet.is_rushed():
        if time.monotonic() >= end:
            return
        progress.beat()
        await asyncio.sleep(LOOK_SECONDS)
