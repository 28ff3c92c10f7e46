"""Long pure work in turns with other tasks: one process may be the door, and much else."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

BREATH_SECONDS: Final = 0.003


def is_long_since(moment: float) -> bool:
    """Whether others have waited long enough for their turn."""
    return time.perf_counter() - moment > BREATH_SECONDS


@dataclass(eq=False)
class Pace:
    """Whoever works long asks it to breathe after every small piece."""

    start: float = field(default_factory=time.perf_counter)

    async def breathe(self) -> None:
        """Let other tasks have their turn if the last was long ago."""
        if is_long_since(self.start):
            await asyncio.sleep(0)
            self.start = time.perf_counter()
