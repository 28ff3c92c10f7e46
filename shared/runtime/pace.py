"""Long pure work in turns with other tasks: one process may be the door, and much else."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

BREATH_SECONDS: Final = 0.003


def is_long_since(moment: float, seconds: float) -> bool:
    """Whether others have waited long enough for their turn."""
    return time.perf_counter() - moment > seconds


@dataclass(eq=False)
class Pace:
    """Whoever works long asks it to breathe after every small piece: others have their turn after
    `breath_seconds`, and so much time for themselves as `rest_seconds` says.
    """

    breath_seconds: float = BREATH_SECONDS
    rest_seconds: float = 0.0
    start: float = field(default_factory=time.perf_counter)

    async def breathe(self) -> None:
        """Let other tasks have their turn if the last was long ago."""
        if is_long_since(self.start, self.breath_seconds):
            await asyncio.sleep(self.rest_seconds)
            self.start = time.perf_counter()
