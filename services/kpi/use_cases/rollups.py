"""Sums up what became known on past days, for reports over long periods. Reports add what is not
summed up yet themselves, so that nobody waits for it.
"""

import time
from typing import Final

from services.kpi.repository.load.keeping import keep_load_next
from services.kpi.repository.rollups.sealing import (
    keep_days_next,
    roll_up_next,
)
from shared.database import Database, transaction
from shared.runtime.loop import Loop, Progress

POLL_SECONDS: Final = 60.0
DAYS_AT_ONCE: Final = 2  # of knowledge: consumers wait meanwhile
DAYS_KEPT_AT_ONCE: Final = 8  # of receipt, as columns


async def roll_up_all(database: Database) -> None:
    """Sum up every day of knowledge that has ended, and keep columns and load of every day."""
    while await _go_on(database):
        pass


def rollup_loop(database: Database) -> Loop:
    """Looks now and then whether a day of knowledge has ended."""

    async def run(progress: Progress) -> None:
        while True:
            progress.beat()
            began = time.monotonic()
            has_more = await _go_on(database)
            await (progress.give_way(began) if has_more else progress.rest(POLL_SECONDS))

    return Loop("rollups", run)


async def _go_on(database: Database) -> bool:
    """Sum up some days, keep the columns of some, or the load of one; whether there may be more."""
    async with transaction(database) as session:
        if await roll_up_next(session, days=DAYS_AT_ONCE):
            return True
    async with transaction(database) as session:
        if await keep_days_next(session, most=DAYS_KEPT_AT_ONCE):
            return True
    async with transaction(database) as session:
        return await keep_load_next(session)
