"""The loop of the assigner."""

from services.routing.repository.queue import retry_failed_leads
from services.routing.use_cases.assign import LOOP, assign_waiting
from services.routing.use_cases.assignments import LEADS
from services.routing.use_cases.walks import Walks
from shared.clock import Clock
from shared.database import Database, transaction
from shared.runtime.in_flight import InFlight
from shared.runtime.loop import Loop, Progress

TICK_SECONDS = 1.0


def assigner_loop(database: Database, walks: Walks, *, clock: Clock) -> Loop:
    """Runs the assigner at every wake-up, and every second since wake-ups may be lost."""

    async def run(progress: Progress) -> None:
        in_flight = InFlight(database, LOOP)
        async with transaction(database) as session:
            await retry_failed_leads(session)
        while True:
            progress.beat()
            await assign_waiting(database, in_flight, walks, clock=clock)
            await database.wakeup.wait(LEADS, seconds=TICK_SECONDS)

    return Loop("assigner", run)
