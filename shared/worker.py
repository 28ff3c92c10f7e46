"""A service's worker: its database, the log, and the loops that every service has."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import httpx

from shared.clock import Clock, system_clock
from shared.config import ServiceSettings
from shared.contracts.catalog import consumers_of, producers_for
from shared.database import Database
from shared.messaging.consumer.catch_up import CatchUp, catch_up_loop
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.erasures import erasures_loop
from shared.messaging.consumer.fast_path import FastPath
from shared.messaging.consumer.loop import consumer_loop
from shared.messaging.consumer.sweep import sweep_loop
from shared.messaging.gauges import gauges_loop
from shared.messaging.heights import Consumed, OwnConsumed
from shared.messaging.log.kafka import KafkaLog
from shared.messaging.log.kafka.client import KafkaSettings
from shared.messaging.outbox.recovery import Recovery, recovery_loop
from shared.messaging.outbox.relay import relay_loop
from shared.messaging.outbox.walking import Journal, OwnJournal
from shared.process_mark import ProcessMark
from shared.read_audit.recorder import retention_loop
from shared.reconciliation.loop import digests_loop
from shared.runtime.leader import LeaderLease, only_while_leading
from shared.runtime.loop import Loop
from shared.runtime.wakeup import wakeup_loop
from shared.service import S, Service, WorkerParts
from shared.single_process import SingleProcess
from shared.web.consumed_client import HttpConsumed
from shared.web.journal_client import HttpJournal, open_client
from shared.web.service_token import ServiceToken

# How long an event may take by the fast path before catch-up looks for it, and between two looks.
MEMORY_LAG_SECONDS, MEMORY_LOOK_SECONDS = 1.0, 2.0
KAFKA_LAG_SECONDS, KAFKA_LOOK_SECONDS = 60.0, 10.0


def open_worker(
    service: Service[S],
    settings: S,
    *,
    clock: Clock = system_clock,
    single: SingleProcess | None = None,
) -> AbstractAsyncContextManager[Sequence[Loop]]:
    """The loops of one worker process; the caller keeps them running. `single` joins the services
    of this process; without it a broker joins them.

    Raises at once what the service's `prepare` raises.
    """
    database = service.open_database(settings, single=single, background=True)
    database.mark = ProcessMark()
    return _open(service, settings, database, clock=clock, single=single)


@asynccontextmanager
async def _open(
    service: Service[S],
    settings: S,
    database: Database,
    *,
    clock: Clock,
    single: SingleProcess | None,
) -> AsyncIterator[Sequence[Loop]]:
    kafka = None if single is not None else KafkaLog(kafka_settings(settings))
    try:
        async with open_client() as client:
            token = ServiceToken(settings.service_token_file)
            peers = _Peers(settings, client, token, single.databases if single else {})
            walks = None
            if service.handle is not None:
                consumer = Consumer(database, service.name, service.handle, clock)
                journals = {
                    producer: journal
                    for producer in producers_for(service.name)
                    if (journal := peers.journal(producer))
                }
                walks = CatchUp(consumer, journals, _fast_path(kafka), service.awaited)
            consumers = {name: peers.consumed(name) for name in consumers_of(service.name)}
            recovery = Recovery(database, consumers, clock, kafka, service.restore)
            parts = WorkerParts(settings, database, clock, walks, client, token)
            yield _loops(service, parts, recovery, kafka=kafka, single=single)
    finally:
        if kafka is not None:
            await kafka.close()
        await database.close()


@dataclass(frozen=True, slots=True)
class _Peers:
    """The other services: those of this process in their databases, others over HTTP."""

    settings: ServiceSettings
    client: httpx.AsyncClient
    token: ServiceToken
    databases: Mapping[str, Database]

    def journal(self, name: str) -> Journal | None:
        """None where it is not configured."""
        if name in self.databases:
            return OwnJournal(self.databases[name])
        url = self.settings.service_url(name)
        return HttpJournal(url, self.token, self.client) if url else None

    def consumed(self, name: str) -> Consumed:
        if name in self.databases:
            return OwnConsumed(self.databases[name])
        return HttpConsumed(self.settings.service_url(name), self.token, self.client)


def _fast_path(kafka: KafkaLog | None) -> FastPath:
    if kafka is not None:
        return FastPath(KAFKA_LAG_SECONDS, KAFKA_LOOK_SECONDS, sees_all=False)
    return FastPath(MEMORY_LAG_SECONDS, MEMORY_LOOK_SECONDS, sees_all=True)


def _loops(
    service: Service[S],
    parts: WorkerParts[S],
    recovery: Recovery,
    *,
    kafka: KafkaLog | None,
    single: SingleProcess | None,
) -> list[Loop]:
    """All loops of the process."""
    database, walks = parts.database, parts.walks
    # In a single process all who wait are woken directly: no notification goes to ourselves.
    channels = () if single is not None else service.wakeups
    broadcasts = () if single is not None else service.broadcasts
    lease = LeaderLease(database)
    own = [wakeup_loop(database, channels, leads=lambda: lease.held, broadcasts=broadcasts)]
    leading = [
        recovery_loop(recovery),
        *(service.leading(parts) if service.leading is not None else ()),
        gauges_loop(database, service.counts),
        digests_loop(database, service.ledgers),
    ]
    if service.audits_reads:
        days = parts.settings.read_audit_days
        leading.append(retention_loop(database, clock=parts.clock, days=days))
    if service.forgetting is not None:
        leading.append(erasures_loop(database, service.forgetting, clock=parts.clock))
    if kafka is not None:
        leading.append(relay_loop(database, kafka))
    if walks is not None:
        log = kafka if single is None else single.log
        assert log is not None
        own.append(
            consumer_loop(walks.consumer, log, walks.fast_path, pace_seconds=service.pace_seconds)
        )
        leading.append(sweep_loop(walks.consumer, walks.journals))
        leading.append(catch_up_loop(walks))
    return [*own, *only_while_leading(lease, leading)]


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
