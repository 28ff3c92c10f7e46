"""The frame of a service's worker: its database, the log, and the loops that every service has."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shared.clock import Clock
from shared.config import ServiceSettings
from shared.contracts.catalog import consumers_of, producers_for
from shared.database import Database, open_database
from shared.messaging.consumer.catch_up import CatchUp, catch_up_loop
from shared.messaging.consumer.consumer import HELD, WALK, Consumer, Handler
from shared.messaging.consumer.fast_path import FastPath
from shared.messaging.consumer.loop import consumer_loop
from shared.messaging.consumer.sweep import sweep_loop
from shared.messaging.gauges import ShowCounts, gauges_loop
from shared.messaging.log.kafka import KafkaLog
from shared.messaging.log.kafka.client import KafkaSettings
from shared.messaging.outbox.publish import CLOSED, OUTBOX
from shared.messaging.outbox.put_back import Restore
from shared.messaging.outbox.recovery import Recovery, recovery_loop
from shared.messaging.outbox.relay import relay_loop
from shared.reconciliation.digests import Ledger
from shared.reconciliation.loop import digests_loop
from shared.runtime.leader import LeaderLease, only_while_leading
from shared.runtime.loop import Loop
from shared.runtime.process_mark import ProcessMark
from shared.runtime.wakeup import wakeup_loop
from shared.single_process import SingleProcess
from shared.web.consumed_client import HttpConsumed
from shared.web.journal_client import HttpJournal, open_client
from shared.web.service_token import ServiceToken

# How long an event may take by the fast path before catch-up looks for it, and between two looks.
MEMORY_LAG_SECONDS, MEMORY_LOOK_SECONDS = 1.0, 2.0
KAFKA_LAG_SECONDS, KAFKA_LOOK_SECONDS = 60.0, 10.0


@dataclass(eq=False)
class Worker:
    """What the loops of one worker process share. Without a broker `kafka` is None."""

    database: Database
    single: SingleProcess | None
    kafka: KafkaLog | None
    walks: CatchUp | None
    recovery: Recovery
    pace_seconds: float

    def loops(
        self,
        *,
        leading: Sequence[Loop] = (),
        channels: Sequence[str] = (),
        counts: Sequence[ShowCounts] = (),
        ledgers: Sequence[Ledger] = (),
    ) -> list[Loop]:
        """All loops of the process. `leading` are the service's own that only the leader runs,
        `channels` its own wake-ups, `counts` count its own rows, `ledgers` are reconciled.
        """
        # In a single process all who wait are woken directly: no notification goes to ourselves.
        notified = () if self.single else (OUTBOX, CLOSED, HELD, WALK, *channels)
        lease = LeaderLease(self.database)
        own: list[Loop] = [wakeup_loop(self.database, notified, leads=lambda: lease.held)]
        leading_loops = [recovery_loop(self.recovery), *leading, gauges_loop(self.database, counts)]
        leading_loops.append(digests_loop(self.database, ledgers))
        if self.kafka is not None:
            leading_loops.append(relay_loop(self.database, self.kafka))
        if self.walks is not None:
            consumer, fast_path = self.walks.consumer, self.walks.fast_path
            log = self.single.log if self.single else self.kafka
            assert log is not None
            own.append(consumer_loop(consumer, log, fast_path, pace_seconds=self.pace_seconds))
            leading_loops.append(sweep_loop(consumer, self.walks.journals))
            leading_loops.append(catch_up_loop(self.walks))
        return [*own, *only_while_leading(lease, leading_loops)]


@asynccontextmanager
async def open_worker(
    service: str,
    settings: ServiceSettings,
    *,
    clock: Clock,
    single: SingleProcess | None = None,
    handle: Handler | None = None,
    pace_seconds: float = 0.0,
    least_pool: int = 0,
    restore: Restore | None = None,
) -> AsyncIterator[Worker]:
    """`single` joins the services of this process; without it a broker joins them. `handle` is the
    door for events of a service that consumes; `restore` applies events of its own that a
    backup lacks to its tables.
    """
    database = open_database(
        settings.database_url.get_secret_value(),
        service=service,
        pool_size=max(settings.database_pool, least_pool),
        background=True,
    )
    database.mark = ProcessMark()
    if single is not None:
        single.join(database)
    kafka = None if single is not None else KafkaLog(kafka_settings(settings))
    consumer = Consumer(database, service, handle, clock) if handle else None
    try:
        async with open_client() as client:
            token = ServiceToken(settings.service_token_file)
            journals = {
                producer: HttpJournal(settings.service_url(producer), token, client)
                for producer in producers_for(service)
                if settings.service_url(producer)
            }
            fast_path = (
                FastPath(KAFKA_LAG_SECONDS, KAFKA_LOOK_SECONDS, tells=False)
                if kafka
                else FastPath(MEMORY_LAG_SECONDS, MEMORY_LOOK_SECONDS, tells=True)
            )
            walks = CatchUp(consumer, journals, fast_path) if consumer else None
            consumers = {
                name: HttpConsumed(settings.service_url(name), token, client)
                for name in consumers_of(service)
            }
            recovery = Recovery(database, consumers, clock, kafka, restore)
            yield Worker(database, single, kafka, walks, recovery, pace_seconds)
    finally:
        if kafka is not None:
            await kafka.close()
        await database.close()


def kafka_settings(settings: ServiceSettings) -> KafkaSettings:
    """Raises ValueError when no broker is named."""
    if not settings.kafka:
        raise ValueError("LEADFLOW_KAFKA names no broker")
    return KafkaSettings(
        bootstrap=settings.kafka,
        user=settings.kafka_user,
        password=settings.kafka_password.get_secret_value(),
        mechanism=settings.kafka_mechanism,
        tls=settings.kafka_tls,
        ca_file=settings.kafka_ca_file,
    )
