"""Kpi's background: hear the facts; its own events, once it says any, go into the log."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from services.kpi.handlers import apply
from services.kpi.repository.reconciliation import INQUIRIES
from services.kpi.settings import Settings
from shared.clock import Clock, system_clock
from shared.database import open_database
from shared.messaging.gauges import gauges_loop
from shared.messaging.hearing import hear_loop
from shared.messaging.leader import LeaderLease, led
from shared.messaging.open import open_bus
from shared.messaging.relay import relay_loop
from shared.messaging.speaking import SPOKEN
from shared.messaging.wakeup import carry
from shared.reconciliation.loop import digests_loop
from shared.runtime import Loop
from shared.web.journal_client import HttpJournal, open_client
from shared.web.service_token import ServiceToken

SPEAKERS = ("intake", "routing", "history")


@asynccontextmanager
async def worker(
    settings: Settings, *, clock: Clock = system_clock
) -> AsyncIterator[Sequence[Loop]]:
    """The loops of one worker process; the relay runs in one leader alone."""
    database = open_database(
        settings.database_url.get_secret_value(),
        service="kpi",
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
                database, bus, service="kpi", apply=apply, clock=clock, journals=journals
            )
            relay = relay_loop(database, bus, clock=clock)
            digests = digests_loop(database, [INQUIRIES])
            leading = led(LeaderLease(database), [relay, digests, gauges_loop(database)])
            yield [hear, carry(database, (SPOKEN,)), *leading]
    finally:
        await bus.close()
        await database.close()
