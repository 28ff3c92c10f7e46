"""What nobody waits for lets a rush pass, where all services share a thread and a server."""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from shared.runtime.loop import Progress
from shared.runtime.pace import Pace
from shared.session import Database

LONGEST_SECONDS: Final = 30.0  # that it lets pass; then it works off what has come
LOOK_SECONDS: Final = 0.2
# A lead's way has some fifteen steps; each may come to stand behind a piece of other work.
PIECE_SECONDS: Final = 0.001


@dataclass(eq=False)
class Patience:
    """Of a loop for whose work nobody waits: before each batch it waits until no more events come
    than usual. What it does later it does in larger batches, and not while a lead waits.

    It ends LONGEST_SECONDS after the first rush, and is renewed when all is done.
    """

    progress: Progress
    database: Database
    _since: float | None = None

    async def give_way(self, began: float) -> None:
        """More waits than the batch since `began` (of the monotonic clock) has taken."""
        await self.progress.give_way(began)
        await self._let_pass()

    async def rest(self, seconds: float) -> None:
        """All is done that there was."""
        self._since = None
        await self.progress.rest(seconds)
        await self._let_pass()

    async def _let_pass(self) -> None:
        while self.database.outlet is not None and self.database.outlet.is_rushed():
            now = time.monotonic()
            self._since = now if self._since is None else self._since
            if now - self._since >= LONGEST_SECONDS:
                return
            self.progress.beat()
            await asyncio.sleep(LOOK_SECONDS)


def pace_of(database: Database) -> Pace:
    """How work for which nobody waits goes on while others are waited for: in a rush it rests as
    long as it works, after every millisecond.
    """
    if database.outlet is None or not database.outlet.is_rushed():
        return Pace()
    return Pace(breath_seconds=PIECE_SECONDS, rest_seconds=PIECE_SECONDS)
