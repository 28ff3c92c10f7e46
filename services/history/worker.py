"""History's background: hear every topic, say what is confirmed, and carry it into the log."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from services.history.handlers import ASSIGNED, apply
from services.history.repository.reconciliation import INQUIRIES
from services.history.settings import Settings
from services.history.use_cases import SETTLED_AT_ONCE, forget_unconfirmed, settle_activities
from shared.clock import Clock, system_clock
from shared.database import Database, open_database, transaction
from shared.messaging.gauges import gauges_loop
from shared.messaging.hearing import hear_loop
from shared.messaging.leader import LeaderLease, led
from shared.messaging.open import open_bus
from shared.messaging.relay import relay_loop
from shared.messaging.speaking import SPOKEN
from shared.messaging.wakeup import carry
from shared.reconciliation.loop import digests_loop
from shared.runtime import Loop, Progress
from shared.web.journal_client import HttpJournal, open_client
from shared.web.service_token import ServiceToken

log = structlog.get_logger()
SPEAKERS = ("intake", "routing", "kpi")
SETTLE_SECONDS = 1.0


@asynccontextmanager
async def worker(
    settings: Settings, *, clock: Clock = system_clock
) -> AsyncIterator[Sequence[Loop]]:
    """The loops of one worker process; the relay and the settling run in one leader alone."""
    database = open_database(
        settings.database_url.get_secret_value(),
        service="history",
        pool_size=settings.database_pool,
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
            hear = hear_loop(
                database, bus, service="history", apply=apply, clock=clock, journals=journals
            )
            relay = relay_loop(database, bus, clock=clock)
            settle = settle_loop(database, clock=clock)
            digests = digests_loop(database, [INQUIRIES])
            leading = led(LeaderLease(database), [relay, settle, digests, gauges_loop(database)])
            yield [hear, carry(database, (SPOKEN, ASSIGNED)), *leading]
    finally:
        await bus.close()
        await database.close()


def settle_loop(database: Database, *, clock: Clock) -> Loop:
    """Confirms waiting activities: woken by what is heard, and once a second in any case."""

    async def run(progress: Progress) -> None:
        while True:
            progress.beat()
            async with transaction(database) as session:
                settled = await settle_activities(session, now=clock())
                forgotten = await forget_unconfirmed(session, now=clock())
            if forgotten:
                log.warning("activities.never_confirmed", count=forgotten)
            if settled < SETTLED_AT_ONCE:
                await database.bell.wait(ASSIGNED, seconds=SETTLE_SECONDS)

    return Loop("settle", run)
