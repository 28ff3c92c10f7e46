"""Members of a Kafka group come, go and die; everything published is still read, and goes on."""

import asyncio
import operator
import os
import random
import signal
import sys
from functools import partial
from pathlib import Path

import pytest
from shared.messaging.bus import Bus, Reader

from shared.errors import UnavailableError
from shared.messaging.log.kafka import KafkaLog
from tests.support.logs import from_, message, topic
from tests.support.members import Ledger, settings
from tests.support.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.faults]

ROOT = Path(__file__).parents[2]

OTHER_PROCESS = """
import asyncio, sys
from shared.messaging.log.kafka import KafkaLog
from shared.messaging.log.kafka.client import KafkaSettings
async def positions(asked):
    return {}
async def member(bootstrap, topic):
    bus = KafkaLog(KafkaSettings(bootstrap=bootstrap, session=6.0, heartbeat=1.0))
    reader = await bus.reader(topic, [topic], positions=positions)
    while True:
        await reader.fetch(limit=10, wait_seconds=0.5)
        print(len(reader.assigned()), flush=True)
asyncio.run(member(*sys.argv[1:]))
"""


async def listen(bootstrap: str, where: str, ledger: Ledger) -> None:
    """A consumer of its own until it is cancelled: after an outage it joins anew."""
    bus = KafkaLog(settings(bootstrap))
    try:
        await listen_on(bus, where, ledger)
    finally:
        await bus.close()


async def listen_on(bus: Bus, where: str, ledger: Ledger) -> None:
    while True:
        try:
            reader = await bus.reader(where, [where], positions=from_(ledger.positions))
        except UnavailableError:
            continue
        try:
            while True:
                batch = await reader.fetch(limit=50, wait_seconds=0.5)
                for partition, records in batch.items():
                    ledger.take(partition, records)
                await reader.hint(dict(ledger.positions))
        except UnavailableError:
            continue
        finally:
            await reader.close()


async def held_by(reader: Reader) -> int:
    await reader.fetch(limit=10, wait_seconds=0.2)
    return len(reader.assigned())


async def test_two_members_share_and_the_survivor_of_a_death_has_all(kafka_bootstrap: str) -> None:
    where = topic(4)
    bus = KafkaLog(settings(kafka_bootstrap))
    await bus.ensure_topics([where])
    reader = await bus.reader(where.name, [where.name], positions=from_({}))
    assert len(reader.assigned()) == 4
    other = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OTHER_PROCESS,
        kafka_bootstrap,
        where.name,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await eventually(
            lambda: held_by(reader), seconds=20, what="shared", until=lambda held: held == 2
        )
        assert other.stdout is not None
        async with asyncio.timeout(20):
            while await other.stdout.readline() != b"2\n":
                pass
    finally:
        os.kill(other.pid, signal.SIGKILL)
        await other.wait()
    await eventually(
        lambda: held_by(reader), seconds=30, what="all is ours", until=lambda held: held == 4
    )
    said = [message(where, f"k{n}", b"%d" % n) for n in range(40)]
    assert all(await bus.publish(said, seconds=10))
    ledger = Ledger()

    async def heard() -> int:
        for partition, records in (await reader.fetch(limit=50, wait_seconds=0.5)).items():
            ledger.take(partition, records)
        return ledger.count()

    await eventually(heard, seconds=10, what="all is read", until=lambda count: count == 40)
    await reader.close()
    await bus.close()


async def test_a_storm_of_joining_and_leaving_loses_nothing_and_never_stands_still(
    kafka_bootstrap: str,
) -> None:
    where = topic(6)
    ledger = Ledger()
    chance = random.Random(20261123)
    bus = KafkaLog(settings(kafka_bootstrap))
    await bus.ensure_topics([where])
    members = [asyncio.create_task(listen(kafka_bootstrap, where.name, ledger))]
    said = 0

    async def batches() -> int:
        return ledger.batches

    async def storm() -> None:
        """Every round: some speak, one joins, one leaves."""
        nonlocal said
        for _ in range(25):
            batch = [
                message(where, f"k{number % 30}", b"%d" % number)
                for number in range(said, said + 60)
            ]
            assert all(await bus.publish(batch, seconds=10))
            said += len(batch)
            members.append(asyncio.create_task(listen(kafka_bootstrap, where.name, ledger)))
            before = ledger.batches
            await eventually(
                batches,
                seconds=30,
                what="progress under the storm",
                until=partial(operator.lt, before),
            )
            if len(members) > 3:
                leaving = members.pop(chance.randrange(len(members)))
                leaving.cancel()
                await asyncio.wait({leaving}, timeout=20)
                assert leaving.cancelled()

    async def all_heard() -> int:
        return ledger.count()

    await storm()
    await eventually(all_heard, seconds=60, what="all is read", until=lambda count: count == said)
    for member in members:
        member.cancel()
    await asyncio.wait(members, timeout=30)
    assert all(numbers == sorted(numbers) for numbers in ledger.heard.values())
    assert sorted(n for numbers in ledger.heard.values() for n in numbers) == list(range(said))
    await bus.close()


async def test_a_rebalance_begins_again_at_our_positions_not_where_the_member_stood(
    kafka_bootstrap: str,
) -> None:
    where = topic(2)
    bus = KafkaLog(settings(kafka_bootstrap))
    await bus.ensure_topics([where])
    said = [message(where, f"k{n}", b"%d" % n) for n in range(40)]
    assert all(await bus.publish(said, seconds=10))
    ledger = Ledger()
    reader = await bus.reader(where.name, [where.name], positions=from_(ledger.positions))
    read = 0
    while read < 40:  # read, but never taken: a handler that failed
        batch = await reader.fetch(limit=50, wait_seconds=1)
        read += sum(len(records) for records in batch.values())
        # The broker believes us done; our own position says otherwise.
        await reader.hint({partition: items[-1].offset + 1 for partition, items in batch.items()})
    other = KafkaLog(settings(kafka_bootstrap))
    second = await other.reader(where.name, [where.name], positions=from_(ledger.positions))

    async def heard() -> int:
        for member in (reader, second):
            for partition, records in (await member.fetch(limit=50, wait_seconds=0.2)).items():
                ledger.take(partition, records)
        return ledger.count()

    await eventually(heard, seconds=30, what="read again", until=lambda count: count == 40)
    await second.close()
    await other.close()
    await reader.close()
    await bus.close()


async def test_a_consumer_that_stands_still_though_it_is_behind_is_given_up(
    kafka_bootstrap: str,
) -> None:
    where = topic(1)
    bus = KafkaLog(settings(kafka_bootstrap, stuck=1.0))
    await bus.ensure_topics([where])
    reader = await bus.reader(where.name, [where.name], positions=from_({}))
    assert await reader.fetch(limit=10, wait_seconds=0.5) == {}
    # aiokafka has been seen to stop fetching without a word: a paused partition looks the same.
    reader._consumer.pause(*reader._consumer.assignment())
    assert all(await bus.publish([message(where, "k", b"1")], seconds=10))

    async def given_up() -> bool:
        try:
            assert await reader.fetch(limit=10, wait_seconds=0) == {}
        except UnavailableError:
            return True
        return False

    await eventually(given_up, seconds=20, what="the silent consumer is given up")
    await reader.close()
    ledger = Ledger()
    anew = asyncio.create_task(listen(kafka_bootstrap, where.name, ledger))

    async def heard() -> int:
        return ledger.count()

    await eventually(heard, seconds=20, what="a new reader reads")
    anew.cancel()
    await asyncio.wait({anew}, timeout=20)
    await bus.close()
