"""Wake loops that wait for work. A ring may be lost or come twice: whoever waits also polls."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(eq=False)
class Bell:
    """Wakes loops of this process; `on_ring` carries the wake-up to other processes, coalesced.

    `quiet_seconds` is the least time between two polls where no ring can be lost.
    """

    quiet_seconds: float = 0.0
    events: dict[str, asyncio.Event] = field(default_factory=dict)
    on_ring: Callable[[str], None] | None = None

    def ring(self, channel: str) -> None:
        self.ring_here(channel)
        if self.on_ring is not None:
            self.on_ring(channel)

    def ring_here(self, channel: str) -> None:
        self.events.setdefault(channel, asyncio.Event()).set()

    async def wait(self, channel: str, *, seconds: float, poll: bool = True) -> None:
        """Return when the channel rings, or after `seconds`: the slow poll is the truth. It is no
        `poll` where something is due by then.
        """
        event = self.events.setdefault(channel, asyncio.Event())
        try:
            async with asyncio.timeout(max(seconds, self.quiet_seconds) if poll else seconds):
                await event.wait()
        except TimeoutError:
            pass
        event.clear()
