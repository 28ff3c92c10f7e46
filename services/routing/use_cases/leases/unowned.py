"""Looks after leads without an owner: serves supervisors, and finds what waits too long.

An open lead that nobody owns for longer than `ROUTING_UNOWNED_SECONDS`, while somebody could take
it, is a fault of the assigner's: it is counted, logged, and the queue is walked from its beginning.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from services.routing.domain.unowned import Why, explained
from services.routing.repository import queue
from services.routing.repository.leases import unowned as rows
from services.routing.repository.rooms import lock_rooms
from services.routing.use_cases.assignments import LEADS
from services.routing.use_cases.judging import judge
from services.routing.use_cases.leases.escalate import ESCALATIONS, serve_escalated
from services.routing.use_cases.walks import Walks
from shared.clock import Clock
from shared.database import Database, Session, reading, transaction
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
TICK_SECONDS = 2.0
SWEEP_SECONDS = 30.0
GLANCE = 200  # leads of a pool that are judged, those unowned longest


@dataclass(eq=False)
class Sweep:
    """Finds leads that wait too long. What was logged is not logged again before it has ended."""

    database: Database
    walks: Walks
    clock: Clock
    seconds: int
    logged: set[tuple[str, Why]] = field(default_factory=set)

    async def run(self) -> None:
        """Count once, show it, and have the pools walked in which a lead waits without a reason."""
        before = self.clock() - timedelta(seconds=self.seconds)
        async with reading(self.database) as session:
            counts = await rows.count_unowned(session, before=before)
            pools = await queue.list_waiting_pools(session, now=self.clock())
        on_shift = {pool.key for pool in pools if pool.standing.desks}
        numbers = {}
        for key, by_reason in counts.items():
            servable = await self._count_servable(key) if key in on_shift else 0
            numbers[key] = explained(by_reason, on_shift=key in on_shift, servable=servable)
        self._show(numbers)
        faulty = [key for key, by_why in numbers.items() if by_why[Why.UNEXPLAINED]]
        if faulty:
            self.walks.forced.update(faulty)
            self.database.wakeup.notify(LEADS)

    async def _count_servable(self, key: str) -> int:
        now = self.clock()
        before = now - timedelta(seconds=self.seconds)
        async with transaction(self.database) as session:
            lead_ids = await rows.list_unowned(session, key, before=before, limit=GLANCE)
            leads = await queue.lock_waiting(session, lead_ids)
            return await _servable(session, key, leads, now=now) if leads else 0

    def _show(self, numbers: dict[str, dict[Why, int]]) -> None:
        gauge = metrics_of("routing").unowned
        gauge.clear()
        present = set()
        for key, by_why in numbers.items():
            for why, number in by_why.items():
                gauge.labels("routing", key, why).set(number)
                if number:
                    present.add((key, why))
        for key, why in sorted(present - self.logged):
            emit = log.error if why is Why.UNEXPLAINED else log.warning
            emit("lead.unowned", pool=key, reason=str(why), count=numbers[key][why])
        self.logged = present


async def _servable(
    session: Session, key: str, leads: list[queue.WaitingLead], *, now: datetime
) -> int:
    room = (await lock_rooms(session, [key], glance=0, now=now)).get(key)
    if room is None or not room.watched:
        return 0
    trial = judge(leads, room, at=now)
    return sum(item.choice.manager_id is not None for item in trial.answers)


def unowned_loop(database: Database, walks: Walks, *, clock: Clock, seconds: int) -> Loop:
    """Serves escalated leads, and sweeps twice a minute."""

    async def run(progress: Progress) -> None:
        sweep = Sweep(database, walks, clock, seconds)
        due_at = time.monotonic() + SWEEP_SECONDS
        while True:
            progress.beat()
            await serve_escalated(database, clock=clock)
            if time.monotonic() >= due_at:
                await sweep.run()
                due_at = time.monotonic() + SWEEP_SECONDS
            await database.wakeup.wait(ESCALATIONS, seconds=TICK_SECONDS)

    return Loop("unowned", run)
