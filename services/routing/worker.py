"""Routing's background: hear, say, assign, and end what has outlived its term."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from services.routing.handlers import apply
from services.routing.repository import reconciliation
from services.routing.repository.repeats import forget_answers
from services.routing.repository.waiting import retry_failed
from services.routing.settings import Settings
from services.routing.use_cases import expire
from services.routing.use_cases.assign import LOOP, assign_waiting
from services.routing.use_cases.expire import BATCH, Behind
from services.routing.use_cases.gauges import show_counts
from services.routing.use_cases.release import LEADS
from shared.clock import Clock, system_clock
from shared.database import Database, open_database, transaction
from shared.messaging import hearing
from shared.messaging.gauges import gauges_loop
from shared.messaging.hearing import Hearing
from shared.messaging.ladder import Hand
from shared.messaging.leader import LeaderLease, led
from shared.messaging.open import open_bus
from shared.messaging.relay import relay_loop
from shared.messaging.speaking import SPOKEN
from shared.messaging.taking import Listener
from shared.messaging.wakeup import carry
from shared.reconciliation.loop import digests_loop
from shared.runtime import Loop, Progress
from shared.web.journal_client import HttpJournal, open_client
from shared.web.service_token import ServiceToken

SPEAKERS = ("intake", "history", "kpi")
TICK_SECONDS = 1.0
CAUGHT_UP = timedelta(seconds=60)  # so long must hearing have kept up before silence is silence
KEYS_LAST = timedelta(days=7)


@asynccontextmanager
async def worker(
    settings: Settings, *, clock: Clock = system_clock
) -> AsyncIterator[Sequence[Loop]]:
    """The loops of one worker process; relay, assigner and timers run in one leader alone."""
    database = open_database(
        settings.database_url.get_secret_value(),
        service="routing",
        pool_size=max(settings.database_pool, 8),
        background=True,
    )
    token = ServiceToken(settings.service_token_file)
    bus = open_bus(settings)
    try:
        async with open_client() as client:
            journals = {
                speaker: HttpJournal(settings.service_url(speaker), token, client)
                for speaker in SPEAKERS
                if settings.service_url(speaker)
            }
            heard = Hearing(Listener(database, "routing", apply, clock), bus, journals)
            hear = Loop("hear", lambda progress: hearing.run(heard, progress))
            led_loops = [
                relay_loop(database, bus, clock=clock),
                assigner_loop(database, clock=clock),
                timers_loop(database, clock=clock, behind=Lag(heard, hear.progress)),
                digests_loop(database, [reconciliation.INQUIRIES, reconciliation.LEADS]),
                gauges_loop(database, [show_counts]),
            ]
            yield [hear, carry(database, (SPOKEN, LEADS)), *led(LeaderLease(database), led_loops)]
    finally:
        await bus.close()
        await database.close()


class Lag:
    """Whether hearing may lack `activities`: until it has kept up with them for long enough.

    Where another process hears them, this one can only tell that its own hearing is well.
    """

    def __init__(self, heard: Hearing, progress: Progress) -> None:
        self.heard = heard
        self.progress = progress
        self.caught_up_at: datetime | None = None

    async def __call__(self, now: datetime) -> bool:
        known = [lag for part, lag in self.heard.lag.items() if part.topic == "activities"]
        behind = (
            not self.heard.lag
            or any(known)
            or self.progress.outage is not None
            or self.progress.stalled()
        )
        if behind:
            self.caught_up_at = None
            return True
        self.caught_up_at = self.caught_up_at or now
        return now - self.caught_up_at < CAUGHT_UP


def assigner_loop(database: Database, *, clock: Clock) -> Loop:
    """Woken by what happens; a tick a second is the truth."""

    async def run(progress: Progress) -> None:
        hand = Hand(database, LOOP)
        async with transaction(database) as session:
            await retry_failed(session)
        while True:
            progress.beat()
            await assign_waiting(database, hand, clock=clock)
            await database.bell.wait(LEADS, seconds=TICK_SECONDS)

    return Loop("assigner", run)


def timers_loop(database: Database, *, clock: Clock, behind: Behind) -> Loop:
    """Ends leases and statuses once a second, after making up for our own absence."""

    async def run(progress: Progress) -> None:
        while True:
            progress.beat()
            await tick(database, clock=clock, behind=behind)
            await asyncio.sleep(TICK_SECONDS)

    return Loop("timers", run)


async def tick(database: Database, *, clock: Clock, behind: Behind) -> None:
    """One round of the timers. First the heartbeat: it tells whether the time that has passed
    since the last round was served time at all.
    """
    now = clock()
    async with transaction(database) as session:
        await expire.beat(session, now=now)
        await expire.expire_statuses(session, now=now)
        await forget_answers(session, before=now - KEYS_LAST)
    await _expire_all(database, deadline="accept", now=now)
    if not await behind(now):
        await _expire_all(database, deadline="first_touch", now=now)


async def _expire_all(database: Database, *, deadline: str, now: datetime) -> None:
    looked_at = BATCH
    while looked_at == BATCH:
        async with transaction(database) as session:
            looked_at = await expire.expire_leases(session, deadline=deadline, now=now)
