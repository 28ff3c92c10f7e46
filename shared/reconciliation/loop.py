"""The loop that keeps a service's digests fresh, so that marks never pile up."""

import asyncio
from collections.abc import Sequence

from shared.database import Database, transaction
from shared.errors import UnavailableError
from shared.reconciliation.digests import Ledger, renew, renew_oldest
from shared.runtime.loop import Loop, Progress

RENEW_SECONDS = 20.0
MINUTES_AGAIN = 5  # counted anew in each round without any mark: a year in about six weeks


def digests_loop(database: Database, ledgers: Sequence[Ledger]) -> Loop:
    """Counts marked minutes anew, three times a minute; for the leader."""

    async def run(progress: Progress) -> None:
        while True:
            try:
                for ledger in ledgers:
                    progress.beat()
                    await renew(database, ledger)
                    async with transaction(database) as session:
                        await renew_oldest(session, ledger, limit=MINUTES_AGAIN)
                progress.beat()
            except UnavailableError:
                progress.beat(outage="database")
            await asyncio.sleep(RENEW_SECONDS)

    return Loop("digests", run)
