"""Kafka frozen, killed, wiped: each event takes effect once, in order; all goes on by itself."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from deploy.embedded.kafka.server import PrivateKafka
from shared.errors import UnavailableError
from shared.messaging.log.kafka import KafkaLog
from shared.messaging.log.protocol import Subscription
from tests.support.infrastructure import DatabaseFactory
from tests.support.kafka_world import KafkaWorld, caught_up, kill, own_kafka, wipe
from tests.support.logs import TOPIC, message, settings, unique
from tests.support.messaging_harness import CONSUMER, PRODUCER, World, messaging_database
from tests.support.stopping import stop
from tests.support.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.faults]

Fault = Callable[[PrivateKafka], Awaitable[None]]


@pytest.fixture(scope="module")
async def broker() -> AsyncIterator[PrivateKafka]:
    async with own_kafka() as started:
        yield started


@pytest.fixture
async def world(
    migrated_database: DatabaseFactory, broker: PrivateKafka
) -> AsyncIterator[KafkaWorld]:
    inner = World(
        producer=await messaging_database(migrated_database, PRODUCER),
        consumer=await messaging_database(migrated_database, CONSUMER),
    )
    yield KafkaWorld(inner, broker.bootstrap)
    await inner.producer.close()
    await inner.consumer.close()


async def freeze(broker: PrivateKafka) -> None:
    assert broker.process is not None
    await asyncio.to_thread(stop, broker.process.pid)


async def thaw(broker: PrivateKafka) -> None:
    assert broker.process is not None
    os.kill(broker.process.pid, signal.SIGCONT)


async def die(broker: PrivateKafka) -> None:
    kill(broker)


async def start(broker: PrivateKafka) -> None:
    broker.start()  # children are started from the main thread


async def nothing(_broker: PrivateKafka) -> None:
    """It is back already."""


async def outage_of(subscription: Subscription, *, seconds: float) -> UnavailableError | None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            await subscription.fetch(limit=10, wait_seconds=0.1)
        except UnavailableError as error:
            return error
    return None


async def test_a_frozen_broker_is_noticed_and_holds_nobody_up(broker: PrivateKafka) -> None:
    log = KafkaLog(settings(broker.bootstrap, request=2.0))
    subscription = await log.subscribe(unique(), [TOPIC])
    assert all(await log.publish([message("ann")], seconds=10))
    assert await subscription.fetch(limit=10, wait_seconds=10)
    await subscription.done()
    await freeze(broker)
    try:
        async with asyncio.timeout(60):  # it thaws when all has been looked at
            assert list(await log.publish([message("ann", 2)], seconds=1)) == [None]
        with pytest.raises(UnavailableError):
            await log.cluster_id()
        assert await outage_of(subscription, seconds=60)
        async with asyncio.timeout(60):
            await subscription.close()
    finally:
        await thaw(broker)
    await log.close()


@pytest.mark.parametrize(
    ("begin", "end"),
    [(freeze, thaw), (die, start), (wipe, nothing)],
    ids=["frozen", "killed", "wiped"],
)
async def test_everything_goes_on_by_itself(
    world: KafkaWorld, broker: PrivateKafka, begin: Fault, end: Fault
) -> None:
    async with world.whole():
        await world.world.emit("ann", "online", "busy")
        await world.effects({"ann": [1, 2]})
        await world.well()
        await begin(broker)
        await world.world.emit("ann", "away", "online")
        await world.world.emit("bob", "online")
        # A walk of the journals needs no broker.
        await world.effects({"ann": [1, 2, 3, 4], "bob": [1]}, seconds=45)
        if end is not nothing:
            await world.troubled({"relay", "consume"})
        await end(broker)
        await world.well()
        versions = [1]

        async def carries() -> bool:
            """Whether an event comes without catch-up, which may yet go alone for a moment."""
            brought = caught_up()
            await world.world.emit("bob", "busy")
            versions.append(versions[-1] + 1)
            await world.effects({"ann": [1, 2, 3, 4], "bob": versions}, seconds=10)
            return caught_up() == brought

        await eventually(carries, seconds=30, what="the log carries again")
    assert await world.world.held() == []
    acknowledged = await world.world.rows(
        world.world.producer, "SELECT DISTINCT cluster_id FROM acknowledged"
    )
    assert (broker.cluster_id,) in acknowledged
