"""The sources in memory, loaded again before any sender is refused.

Invariant: no sender gets a 401 for a source that existed when the request came.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.intake.repository.sources import SourceRow
from shared.errors import UnavailableError
from shared.runtime.deadline import within
from shared.runtime.loop import Progress

RELOAD_SECONDS = 1.0
LOAD_SECONDS = 2.0

Load = Callable[[], Awaitable[Sequence[SourceRow]]]


@dataclass(eq=False)
class SourceCache:
    """`load` reads all sources; disabled ones are left out."""

    load: Load
    reload_seconds: float = RELOAD_SECONDS
    by_key: Mapping[str, SourceRow] = field(default_factory=dict)
    by_id: Mapping[UUID, SourceRow] = field(default_factory=dict)
    is_loaded: bool = False
    _began_at: float = -3600.0
    _loading: "asyncio.Task[None] | None" = None

    async def ready(self) -> None:
        """Load for the first time. Raises UnavailableError."""
        if not self.is_loaded:
            await self.reload()

    async def reload(self) -> None:
        """Return when the cache shows what was committed before this call.

        One load serves all who wait, at most one a second. Raises UnavailableError.
        """
        call_time = time.monotonic()
        while self._began_at < call_time:
            if self._loading is None or self._loading.done():
                self._loading = asyncio.create_task(self._load_in_turn())
            # Shielded, because the load serves all who wait, and one of them may be cancelled.
            await asyncio.shield(self._loading)

    async def follow(self, progress: Progress, *, seconds: float) -> None:
        """Reload every `seconds` until cancelled. Raises UnavailableError and our own faults."""
        # A withdrawn secret or a changed mapping causes no refusal that would reload the sources.
        while True:
            await self.reload()
            progress.beat()
            await asyncio.sleep(seconds)

    async def _load_in_turn(self) -> None:
        await asyncio.sleep(max(0.0, self._began_at + self.reload_seconds - time.monotonic()))
        began_at = time.monotonic()
        try:
            rows = await within(LOAD_SECONDS, _awaited(self.load()), doing="reading sources")
        except UnavailableError as error:
            raise UnavailableError("The sources cannot be read now.") from error
        self.by_key = {row.key: row for row in rows if row.enabled}
        self.by_id = {row.source_id: row for row in rows if row.enabled}
        self._began_at = began_at
        self.is_loaded = True


async def _awaited(work: Awaitable[Sequence[SourceRow]]) -> Sequence[SourceRow]:
    return await work
