"""Members of a Kafka group come, go and die: each event takes effect once, and all goes on."""

import asyncio
import operator
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from shared.errors import UnavailableError
from shared.messaging.log.kafka import KafkaLog
from shared.messaging.log.kafka.subscription import KafkaSubscription
from tests.support.infrastructure import DatabaseFactory
from tests.support.kafka_world import KafkaWorld, own_kafka
from tests.support.logs import TOPIC, message, place_of, places, read, settings, stream, unique
from tests.support.messaging_harness import CONSUMER, PRODUCER, World, messaging_database
from tests.support.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.faults]

ROOT = Path(__file__).parents[2]
WIDE = "leads"  # a topic of six partitions

OTHER_PROCESS = """
import asyncio, sys
from tests.support.logs import settings
from shared.messaging.log.kafka import KafkaLog
async def member(bootstrap, group, topic):
    subscription = await KafkaLog(settings(bootstrap)).subscribe(group, [topic])
    while True:
        await subscription.fetch(limit=10, wait_seconds=0.5)
        print(len(subscription._consumer.assignment()), flush=True)
asyncio.run(member(*sys.argv[1:]))
"""


async def partitions(subscription: KafkaSubscription) -> int:
    """How many are ours and have a place to begin at."""
    await subscription.fetch(limit=10, wait_seconds=0.2)
    return len(subscription._settled)


async def test_two_members_share_and_the_survivor_of_a_death_has_all(kafka_bootstrap: str) -> None:
    group = unique()
    log = KafkaLog(settings(kafka_bootstrap))
    subscription = await log.subscribe(group, [WIDE])
    assert await partitions(subscription) == 6
    other = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OTHER_PROCESS,
        kafka_bootstrap,
        group,
        WIDE,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await eventually(
            lambda: partitions(subscription), seconds=20, what="shared", until=lambda n: n == 3
        )
        assert other.stdout is not None
        async with asyncio.timeout(60):
            while await other.stdout.readline() != b"3\n":
                pass
    finally:
        os.kill(other.pid, signal.SIGKILL)
        await other.wait()
    # What comes before the survivor has noticed, waits for it in the log.
    sent = [message(f"heir-{number}", where=WIDE) for number in range(40)]
    assert all(await log.publish(sent, seconds=10))
    received = [place_of(item) for item in await read(subscription, 40)]
    assert sorted(received) == sorted(places(sent))
    assert await partitions(subscription) == 6
    await subscription.close()
    await log.close()


async def test_what_a_member_had_in_hand_comes_to_its_successor(kafka_bootstrap: str) -> None:
    group = unique()
    log = KafkaLog(settings(kafka_bootstrap))
    first = await log.subscribe(group, [TOPIC])
    sent = stream("handed", 40)
    assert all(await log.publish(sent, seconds=10))
    number = 0
    while number < 40:  # fetched, and never done: a handler that fails
        number += len(await first.fetch(limit=100, wait_seconds=1))
    await first.close()
    second = await log.subscribe(group, [TOPIC])
    assert [place_of(item) for item in await read(second, 40)] == places(sent)
    await second.close()
    await log.close()


@pytest.fixture
async def world(migrated_database: DatabaseFactory) -> AsyncIterator[KafkaWorld]:
    inner = World(
        producer=await messaging_database(migrated_database, PRODUCER),
        consumer=await messaging_database(migrated_database, CONSUMER),
    )
    async with own_kafka() as broker:
        yield KafkaWorld(inner, broker.bootstrap)
    await inner.producer.close()
    await inner.consumer.close()


async def test_a_storm_of_joining_and_leaving_loses_nothing_and_never_stands_still(
    world: KafkaWorld,
) -> None:
    chance = random.Random(20261123)
    names = [f"storm-{number}" for number in range(10)]
    rounds = 12

    async def number_of_effects() -> int:
        return int(
            (await world.world.rows(world.world.consumer, "SELECT count(*) FROM effect"))[0][0]
        )

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(world.relaying())
        await stack.enter_async_context(world.member(leads=True))
        members: list[AsyncExitStack] = []
        for _ in range(rounds):
            before = await number_of_effects()
            for name in names:
                await world.world.emit(name, "online", "busy")
            members.append(await stack.enter_async_context(AsyncExitStack()))
            await members[-1].enter_async_context(world.member())
            await eventually(
                number_of_effects,
                seconds=30,
                what="progress under the storm",
                until=partial(operator.lt, before),
            )
            if len(members) > 2:
                await members.pop(chance.randrange(len(members))).aclose()
        await world.effects({name: list(range(1, 2 * rounds + 1)) for name in names}, seconds=60)


async def test_a_consumer_that_stands_still_though_it_is_behind_is_given_up(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.log.kafka.subscription.SILENCE_SECONDS", 0.5)
    group = unique()
    log = KafkaLog(settings(kafka_bootstrap, stuck=1.0))
    subscription = await log.subscribe(group, [TOPIC])
    assert not await subscription.fetch(limit=10, wait_seconds=0.5)
    # aiokafka has been seen to stop fetching without a word: a paused partition looks the same.
    subscription._consumer.pause(*subscription._consumer.assignment())
    sent = [message("waiting")]
    assert all(await log.publish(sent, seconds=10))
    await eventually(lambda: given_up(subscription), seconds=20, what="it is given up")
    await subscription.close()
    second = await log.subscribe(group, [TOPIC])
    assert [place_of(item) for item in await read(second, 1)] == places(sent)
    await second.close()
    await log.close()


async def test_a_consumer_that_has_lost_its_group_is_given_up(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.log.kafka.subscription.SILENCE_SECONDS", 0.2)
    log = KafkaLog(settings(kafka_bootstrap, start=2.0))
    subscription = await log.subscribe(unique(), [TOPIC])
    await eventually(lambda: partitions(subscription), seconds=5, what="it has partitions")
    assert not await given_up(subscription)
    # It has been thrown out, and whatever it does to come back leads to nothing.
    monkeypatch.setattr(subscription._consumer, "assignment", frozenset)
    subscription._consumer._coordinator.reset_generation()
    await eventually(lambda: given_up(subscription), seconds=20, what="it is given up")
    await subscription.close()
    await log.close()


async def given_up(subscription: KafkaSubscription) -> bool:
    try:
        await subscription.fetch(limit=10, wait_seconds=0)
    except UnavailableError:
        return True
    return False
