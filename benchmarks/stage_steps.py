"""The product's stages as steps that can be taken one at a time: what `stages.py` knows of it.

Whoever changes how a stage is called changes it here and nowhere else in the benchmarks.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from shared.messaging.bus import Bus, Partition, Record, hearing_group
from shared.messaging.bus import Reader as LogReader
from shared.messaging.heard import Apply
from shared.messaging.partition_batch import PartitionBatch, pass_through
from shared.messaging.pglog import PgLogBus
from shared.messaging.positions import read_positions
from shared.messaging.taking import Listener

from deploy.embedded.postgres import PrivatePostgres
from services.history import handlers as history
from services.intake.channels.apart import READERS, TARGET
from services.intake.domain.identity import body_digest
from services.intake.repository.arrivals import Arrival, ArrivalStore
from services.intake.use_cases.pending import settle_small
from services.intake.use_cases.reading import Reader, new_sandbox
from services.intake.use_cases.settling import Normaliser
from services.intake.use_cases.sources import BUILT_IN_KEY, ensure_built_in
from services.kpi import handlers as kpi
from services.routing import handlers as routing
from services.routing.use_cases.assign import LOOP, assign_waiting
from shared.clock import system_clock
from shared.contracts.catalog import TOPICS
from shared.database import Database, open_database, transaction
from shared.ids import derived_id, new_id
from shared.messaging import pglog_schema
from shared.messaging.outbox.relay import Relay, send_batch
from shared.migrations import upgrade
from shared.runtime.batch import Hand
from shared.runtime.loop import Progress
from tests.support.signer import sealing_in

SERVICES: Final = ("intake", "routing", "history", "kpi")
DATABASES: Final = (*SERVICES, "log")
MANAGERS: Final = 50
COMMIT_SECONDS: Final = 10.0
_HIRE = """
WITH hired AS (
    INSERT INTO managers (manager_id, name, capacity_milli, time_zone, skills, status,
        status_until, created_at, changed_at)
    SELECT id, 'Менеджер', 1000000000, 'Europe/Moscow', '{}', 'online',
        now() + interval '1 day', now(), now()
    FROM unnest(CAST(:ids AS uuid[])) AS m(id)
    RETURNING manager_id
)
INSERT INTO pool_members (pool, manager_id) SELECT 'default', manager_id FROM hired
"""

Step = Callable[[], Awaitable[None]]


@dataclass(eq=False)
class Steps:
    """`store` takes submissions in; each of `then`, in this order, brings them one stage further
    and returns when nothing is left for it to do.
    """

    store: Callable[[Sequence[bytes]], Awaitable[None]]
    then: Mapping[str, Step]


@asynccontextmanager
async def opened(postgres: PrivatePostgres, folder: Path) -> AsyncIterator[Steps]:
    """All stages over migrated databases of `postgres`; no server, no loop, no timer runs."""
    await postgres.create_databases(DATABASES)
    await pglog_schema.migrate(postgres.url("log"))
    async with AsyncExitStack() as stack:
        databases = {}
        for service in SERVICES:
            url = postgres.url(service)
            await upgrade(service, url)
            databases[service] = open_database(url, service=service, pool_size=8, background=True)
            stack.push_async_callback(databases[service].close)
        databases["intake"].sealing = sealing_in(folder)
        bus = PgLogBus(postgres.url("log"), most_partitions=1)
        stack.push_async_callback(bus.close)
        await bus.ensure_topics(TOPICS)
        await _set_up(databases)
        store = ArrivalStore(postgres.url("intake"))
        stack.callback(store.drop)
        yield Steps(partial(_ingest, store), await _stages(databases, bus))


async def _set_up(databases: Mapping[str, Database]) -> None:
    """The built-in source, and managers with room."""
    async with transaction(databases["intake"]) as session:
        zone = "Europe/Moscow"
        await ensure_built_in(session, country="RU", time_zone=zone, now=system_clock())
    async with transaction(databases["routing"]) as session:
        await session.execute(_HIRE, {"ids": [new_id() for _ in range(MANAGERS)]})


async def _stages(databases: Mapping[str, Database], bus: Bus) -> dict[str, Step]:
    consumers = {
        service: await _consumer(databases[service], bus, handler)
        for service, handler in (
            ("routing", routing.apply),
            ("history", history.apply),
            ("kpi", kpi.apply),
        )
    }
    intake, routed = databases["intake"], databases["routing"]
    normaliser = Normaliser(intake, Reader(READERS, new_sandbox(TARGET)), system_clock)
    normalising, assigning = Hand(intake, "normaliser"), Hand(routed, LOOP)

    async def normalise() -> None:
        await settle_small(normaliser, normalising, Progress())

    async def assign() -> None:
        await assign_waiting(routed, assigning, clock=system_clock)

    return {
        "normalise": normalise,
        "relay of intake": _relay(intake, bus),
        "consume in routing": consumers["routing"],
        "assign": assign,
        "relay of routing": _relay(routed, bus),
        "consume in history": consumers["history"],
        "consume in kpi": consumers["kpi"],
    }


async def _ingest(store: ArrivalStore, bodies: Sequence[bytes]) -> None:
    source_id, now = derived_id("source", BUILT_IN_KEY), system_clock()
    headers = b"content-type: application/json"
    arrivals = [
        Arrival(
            submission_id=new_id(),
            source_id=source_id,
            native=True,
            key_digest=None,
            body_digest=body_digest(body),
            method="POST",
            rest="",
            query="",
            headers=headers,
            body=body,
            received_at=now,
            traceparent=None,
        )
        for body in bodies
    ]
    await store.store(arrivals, seconds=COMMIT_SECONDS)


def _relay(database: Database, bus: Bus) -> Step:
    relay = Relay(database, bus, system_clock, Hand(database, "relay"))

    async def send_all() -> None:
        relay.after, relay.stopped = 0, set()
        while await send_batch(relay):
            pass

    return send_all


async def _consumer(database: Database, bus: Bus, apply: Apply) -> Step:
    listener = Listener(database, database.service, apply, system_clock)
    log_id = await bus.log_id()
    reader: LogReader = await bus.reader(
        hearing_group(database.service),
        listener.topics,
        positions=lambda partitions: read_positions(database, log_id, partitions),
    )
    gate = asyncio.Semaphore(listener.rules.parallel)
    hands: dict[Partition, Hand] = {}

    async def work(partition: Partition, records: Sequence[Record]) -> None:
        name = f"hear:{partition.topic}/{partition.number}"
        hand = hands.setdefault(partition, Hand(database, name))
        async with gate:
            await pass_through(PartitionBatch(listener, hand, log_id, partition, None), records)

    async def consume_all() -> None:
        while batches := await reader.fetch(limit=listener.rules.batch, wait_seconds=0):
            await asyncio.gather(*(work(*batch) for batch in batches.items()))

    return consume_all
