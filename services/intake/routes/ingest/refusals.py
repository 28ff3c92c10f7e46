"""Refused deliveries by the source whose key they named: counted here, written now and then."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from services.intake.repository.watch import add_refusals
from shared.clock import Clock
from shared.database import Database, transaction
from shared.runtime.loop import Progress

WRITE_SECONDS = 10.0


@dataclass(eq=False)
class Refusals:
    """What this process has refused since it last wrote."""

    counts: Counter[UUID] = field(default_factory=Counter)

    def count(self, source_id: UUID) -> None:
        self.counts[source_id] += 1

    async def write(self, database: Database, *, clock: Clock) -> None:
        """Raises UnavailableError; what could not be written is written the next time."""
        counts = self.counts.copy()
        if counts:
            async with transaction(database) as session:
                await add_refusals(session, counts, now=clock())
            self.counts -= counts

    async def write_for_ever(self, progress: Progress, database: Database, *, clock: Clock) -> None:
        while True:
            await self.write(database, clock=clock)
            await progress.rest(WRITE_SECONDS)
