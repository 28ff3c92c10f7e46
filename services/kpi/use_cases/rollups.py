"""Sums up what became known on past days, for reports over long periods. Reports add what is not
summed up yet themselves, so that nobody waits for it.
"""

import time
from typing import Final

from services.kpi.repository.rollups.sealing import roll_up_next
from shared.database import Database, transaction
from shared.runtime.loop import Loop, Progress

POLL_SECONDS: Final = 60.0
DAYS_AT_ONCE: Final = 2  # of knowledge: consumers wait meanwhile


async def roll_up_all(database: Database) -> None:
    """Sum up every day of knowledge that has ended."""
    has_more = True
    while has_more:
        async with transaction(database) as session:
            has_more = await roll_up_next(session, days=DAYS_AT_ONCE)


def rollup_loop(database: Database) -> Loop:
    """Looks now and then whether a day of knowledge has ended."""

    async def run(progress: Progress) -> None:
        while True:
            progress.beat()
            began = time.monotonic()
            async with transaction(database) as session:
                has_more = await roll_up_next(session, days=DAYS_AT_ONCE)
            await (progress.give_way(began) if has_more else progress.rest(POLL_SECONDS))

    return Loop("rollups", run)
