"""The product's stages as steps that can be taken one at a time: what `stages.py` knows of it.

Whoever changes how a stage is called changes it here and nowhere else in the benchmarks.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.every_part import POLICY, traits_of
from deploy.embedded.postgres.server import PrivatePostgres
from services.history.service import HISTORY
from services.history.use_cases.cards.refresh import work
from services.history.use_cases.chain.seal import SEALED_AT_ONCE, seal_batch
from services.history.use_cases.search.indexing import index
from services.intake.channels.apart import TARGET
from services.intake.domain.keys import body_digest
from services.intake.repository.arrivals import Arrival, ArrivalStore
from services.intake.use_cases.interpret import Reader, new_sandbox
from services.intake.use_cases.pending import settle_small
from services.intake.use_cases.settling import Normaliser
from services.intake.use_cases.sources import BUILT_IN_KEY, ensure_built_in
from services.kpi.service import KPI
from services.routing.service import ROUTING
from services.routing.use_cases.assign import LOOP, assign_waiting
from services.routing.use_cases.walks import Walks
from shared.clock import system_clock
from shared.database import Database, open_database, transaction
from shared.ids import derived_id, new_id
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.loop import most_events
from shared.messaging.consumer.work import consume
from shared.migrations import upgrade
from shared.process import settle_memory
from shared.runtime.in_flight import InFlight
from shared.runtime.loop import Progress
from shared.service import Service
from shared.single_process import SingleProcess
from tests.support.signer import sealing_in

SERVICES: Final = ("intake", "routing", "history", "kpi")
MANAGERS: Final = 50
COMMIT_SECONDS: Final = 10.0
_SET_POLICY = "UPDATE pool SET policy = CAST(:policy AS jsonb) WHERE key = 'default'"
_SET_APART = """
UPDATE manager SET skills = CAST(:skills AS jsonb), languages = :languages, regions = :regions,
    products = :products, weight_milli = :weight_milli, hourly_limit = :hourly_limit,
    daily_limit = :daily_limit, attainment_milli = 900
WHERE manager_id = :manager_id
"""
_HIRE = """
WITH hired AS (
    INSERT INTO manager (manager_id, name, capacity_milli, time_zone, skills, status,
        status_until)
    SELECT id, 'Менеджер', 1000000000, 'Europe/Moscow', '{}', 'online',
        now() + interval '1 day'
    FROM unnest(CAST(:ids AS uuid[])) AS m(id)
    RETURNING manager_id
)
INSERT INTO pool_member (pool, manager_id) SELECT 'default', manager_id FROM hired
"""

# No timers run here, and nobody assigns while they are silent.
_WATCH = """
INSERT INTO heartbeat (id, beat_at, clock_at)
VALUES (1, clock_timestamp() + interval '1 day', clock_timestamp())
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
async def opened(
    postgres: PrivatePostgres, folder: Path, *, every_part: bool = False
) -> AsyncIterator[Steps]:
    """All stages over migrated databases of `postgres`; no server, no loop, no timer runs. With
    `every_part` managers are chosen by all that can matter.
    """
    await postgres.create_databases(SERVICES)
    async with AsyncExitStack() as stack:
        databases = {}
        for service in SERVICES:
            url = postgres.url(service)
            await upgrade(service, url)
            databases[service] = open_database(url, service=service, pool_size=8, background=True)
            stack.push_async_callback(databases[service].close)
        databases["intake"].sealing = sealing_in(folder)
        single = SingleProcess()
        for database in databases.values():
            single.join(database)
        await _set_up(databases)
        if every_part:
            await _tell_apart(databases["routing"])
        store = ArrivalStore(postgres.url("intake"))
        stack.callback(store.drop)
        settle_memory()  # as every process of the product does once it has started
        yield Steps(partial(_ingest, store), await _stages(databases, single))


async def _set_up(databases: Mapping[str, Database]) -> None:
    """The built-in source, and managers with room."""
    async with transaction(databases["intake"]) as session:
        zone = "Europe/Moscow"
        await ensure_built_in(session, country="RU", time_zone=zone, now=system_clock())
    async with transaction(databases["routing"]) as session:
        await session.execute(_HIRE, {"ids": [new_id() for _ in range(MANAGERS)]})
        await session.execute(_WATCH)


async def _tell_apart(database: Database) -> None:
    async with transaction(database) as session:
        await session.execute(_SET_POLICY, {"policy": json.dumps(POLICY)})
        manager_ids = await session.execute("SELECT manager_id FROM manager ORDER BY manager_id")
        for number, manager_id in enumerate(manager_ids.scalars()):
            traits = traits_of(number)
            weight_milli = round(1000 * traits.pop("weight"))
            skills = json.dumps(traits.pop("skills"))
            row = {"manager_id": manager_id, "weight_milli": weight_milli, "skills": skills}
            await session.execute(_SET_APART, row | traits)


async def _stages(databases: Mapping[str, Database], single: SingleProcess) -> dict[str, Step]:
    consumers = {
        service.name: await _consumer(databases[service.name], single, service)
        for service in (ROUTING, HISTORY, KPI)
    }
    intake, routed = databases["intake"], databases["routing"]
    normaliser = Normaliser(intake, Reader(new_sandbox(TARGET)), system_clock)
    normalising, assigning = InFlight(intake, "normaliser"), InFlight(routed, LOOP)

    async def normalise() -> None:
        await settle_small(normaliser, normalising, Progress())

    async def assign() -> None:
        await assign_waiting(routed, assigning, Walks(), clock=system_clock)

    kept = databases["history"]

    async def seal() -> None:
        while await seal_batch(kept, now=system_clock()) == SEALED_AT_ONCE:
            pass

    async def find() -> None:
        while await index(kept):
            pass

    async def compute_cards() -> None:
        while await work(kept, now=system_clock(), walked_until=lambda: None):
            pass

    return {
        "normalise": normalise,
        "consume in routing": consumers["routing"],
        "assign": assign,
        "consume in history": consumers["history"],
        "consume in kpi": consumers["kpi"],
        "seal in history": seal,
        "index in history": find,
        "cards in history": compute_cards,
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


async def _consumer(database: Database, single: SingleProcess, service: Service[Any]) -> Step:
    assert service.handle is not None
    consumer = Consumer(database, service.name, service.handle, system_clock)
    limit = most_events(pace_seconds=service.pace_seconds)
    in_flight = InFlight(database, "consume")
    subscription = await single.log.subscribe(database.service, consumer.topics)

    async def consume_all() -> None:
        while received := await subscription.fetch(limit=limit, wait_seconds=0.0):
            await consume(consumer, in_flight, received)
            await subscription.done()

    return consume_all
