"""Wake loops that wait for work. One may be lost or come twice: whoever waits also polls."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass(eq=False)
class Wakeup:
    """Wakes loops of this process; `on_notify` carries the wake-up to other processes, coalesced.

    `quiet_seconds` is the least time between two polls where no notification can be lost.
    """

    quiet_seconds: float = 0.0
    events: dict[str, asyncio.Event] = field(default_factory=dict)
    on_notify: Callable[[str], None] | None = None

    def notify(self, channel: str) -> None:
        self.notify_here(channel)
        if self.on_notify is not None:
            self.on_notify(channel)

    def notify_here(self, channel: str) -> None:
        self.events.setdefault(channel, asyncio.Event()).set()

    async def wait(self, channel: str, *, seconds: float) -> None:
        """Return when the channel is notified, or after `seconds`, for the caller to poll."""
        await self.notified(channel, seconds=max(seconds, self.quiet_seconds))

    async def notified(self, channel: str, *, seconds: float) -> bool:
        """Whether the channel is notified within `seconds`, or was since it was last waited for."""
        event = self.events.setdefault(channel, asyncio.Event())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
        notified = event.is_set()
        event.clear()
        return notified
