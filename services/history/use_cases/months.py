"""Keeps the partitions of the coming months open, so that whoever writes entries finds them."""

from services.history.domain.months import kept_ahead
from services.history.repository.months import open_months
from shared.clock import Clock
from shared.database import Database, transaction
from shared.runtime.loop import Loop, Progress

LOOK_SECONDS = 3_600.0


def months_loop(database: Database, *, clock: Clock) -> Loop:
    """Looks at once and then every hour."""

    async def run(progress: Progress) -> None:
        while True:
            progress.beat()
            async with transaction(database) as session:
                await open_months(session, kept_ahead(clock()))
            await progress.rest(LOOK_SECONDS)

    return Loop("months", run)
