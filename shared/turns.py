"""What nobody waits for goes one after the other, where it shares a thread and a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(eq=False)
class Turns:
    """Of several that work for long now and then, at most one gets into the way of those who are
    waited for. Nobody depends on another: who has no turn in time goes on without one.
    """

    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def one(self, *, seconds: float) -> AsyncIterator[None]:
        """The block has a turn, or has waited so long for one."""
        is_ours = await self._begin(seconds)
        try:
            yield
        finally:
            if is_ours:
                self._lock.release()

    async def _begin(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._lock.acquire()
        except TimeoutError:
            return False
