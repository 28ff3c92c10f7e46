"""One suite for both logs: what consumers and relays rely on holds in Kafka and in PostgreSQL."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence

import pytest
from _pytest.fixtures import FixtureRequest
from shared.messaging.bus import Bus, Message, Partition, PositionLostError, Record
from shared.messaging.open import open_bus
from shared.messaging.pglog import PgLogBus
from shared.messaging.pglog_schema import migrate

from shared.config import ServiceSettings
from shared.messaging.log.kafka import KafkaLog
from tests.support.infrastructure import DatabaseFactory
from tests.support.logs import (
    BOTH_LOGS,
    KafkaSite,
    PgLogSite,
    Site,
    from_,
    message,
    read,
    topic,
)


@pytest.fixture(params=BOTH_LOGS)
async def site(request: FixtureRequest, empty_database: DatabaseFactory) -> Site:
    if request.param == "kafka":
        return KafkaSite(request.getfixturevalue("kafka_bootstrap"))
    found = PgLogSite(await empty_database("log"))
    await migrate(found.url)
    return found


@pytest.fixture
async def bus(site: Site) -> AsyncIterator[Bus]:
    found = site.bus()
    yield found
    await found.close()


def by_partition(records: Sequence[Record]) -> dict[Partition, list[Record]]:
    found: dict[Partition, list[Record]] = defaultdict(list)
    for record in records:
        found[record.partition].append(record)
    return found


async def test_order_holds_within_a_key_and_offsets_are_contiguous(bus: Bus) -> None:
    where = topic()
    await bus.ensure_topics([where])
    said = [message(where, f"key-{n % 20}", b"%d" % n) for n in range(1200)]
    for begin in range(0, len(said), 500):
        assert all(await bus.publish(said[begin : begin + 500], seconds=10))
    reader = await bus.reader(where.name, [where.name], positions=from_({}))
    found = await read(reader, len(said), limit=250)
    await reader.close()

    assert len(found) == len(said)
    of_key: dict[bytes | None, list[int]] = defaultdict(list)
    home: dict[bytes | None, set[Partition]] = defaultdict(set)
    for record in found:
        assert record.payload is not None
        of_key[record.key].append(int(record.payload))
        home[record.key].add(record.partition)
    assert all(numbers == sorted(numbers) for numbers in of_key.values())
    assert all(len(partitions) == 1 for partitions in home.values())
    assert len(by_partition(found)) == 3
    for records in by_partition(found).values():
        assert [record.offset for record in records] == list(range(len(records)))


async def test_a_limit_is_kept(bus: Bus) -> None:
    where = topic(2)
    await bus.ensure_topics([where])
    assert all(await bus.publish([message(where, f"k{n}") for n in range(100)], seconds=10))
    reader = await bus.reader(where.name, [where.name], positions=from_({}))
    number = 0
    while number < 100:
        batch = await reader.fetch(limit=7, wait_seconds=5)
        size = sum(len(records) for records in batch.values())
        assert 0 < size <= 7
        number += size
    await reader.close()


async def test_a_seek_brings_the_same_records_again(bus: Bus) -> None:
    where = topic(1)
    partition = Partition(where.name, 0)
    await bus.ensure_topics([where])
    assert all(await bus.publish([message(where, "k", b"%d" % n) for n in range(10)], seconds=10))
    reader = await bus.reader(where.name, [where.name], positions=from_({}))
    first = await read(reader, 10)
    await reader.seek(partition, 4)
    assert await read(reader, 6) == first[4:]
    assert await reader.fetch(limit=10, wait_seconds=0) == {}
    await reader.close()


async def test_a_new_reader_begins_at_our_positions_whatever_the_log_was_told(bus: Bus) -> None:
    where = topic(1)
    partition = Partition(where.name, 0)
    await bus.ensure_topics([where])
    assert all(await bus.publish([message(where, "k", b"%d" % n) for n in range(10)], seconds=10))
    first = await bus.reader(where.name, [where.name], positions=from_({}))
    await read(first, 10)
    await first.hint({partition: 10})
    await first.close()
    second = await bus.reader(where.name, [where.name], positions=from_({partition: 3}))
    assert [record.offset for record in await read(second, 7)] == list(range(3, 10))
    assert second.assigned() == {partition}
    assert await second.bounds(partition) == (0, 10)
    await second.close()


async def test_bytes_come_back_as_they_were(site: Site, bus: Bus) -> None:
    where = topic(1)
    await bus.ensure_topics([where])
    headers = {"ce_type": "x.v1", "traceparent": "00-ab", "quote": '"\\ ё \u0000'}
    said = [
        Message(where.name, "ключ", b"", headers),
        Message(where.name, "k", b"\xff\x00\xfe", {}),
    ]
    assert all(await bus.publish(said, seconds=10))
    await site.put(where, b"\xff\xfe", None, b"value")
    await site.put(where, None, b"no key", b"value")
    reader = await bus.reader(where.name, [where.name], positions=from_({}))
    empty, binary, tombstone, keyless = await read(reader, 4)
    await reader.close()
    assert (empty.key, empty.payload) == ("ключ".encode(), b"")
    assert dict(empty.headers) == {name: value.encode() for name, value in headers.items()}
    assert (binary.payload, list(binary.headers)) == (b"\xff\x00\xfe", [])
    assert (tombstone.key, tombstone.payload) == (b"\xff\xfe", None)
    assert (keyless.key, list(keyless.headers)) == (None, [("raw", b"value")])


async def test_what_is_published_wakes_a_reader_of_another_bus(site: Site, bus: Bus) -> None:
    where = topic()
    await bus.ensure_topics([where])
    other = site.bus()
    reader = await other.reader(where.name, [where.name], positions=from_({}))
    assert await reader.fetch(limit=10, wait_seconds=0.6) == {}
    delays = []
    for _ in range(5):
        waiting = asyncio.create_task(reader.fetch(limit=10, wait_seconds=10))
        await asyncio.sleep(0)  # the reader looks first, finds nothing and waits
        began = time.monotonic()
        assert all(await bus.publish([message(where, "k")], seconds=10))
        assert await waiting
        delays.append(time.monotonic() - began)
    await reader.close()
    await other.close()
    assert min(delays) < 0.1


async def test_partitions_only_grow_and_nothing_is_lost_by_it(site: Site, bus: Bus) -> None:
    small = topic(1)
    large = type(small)(small.name, small.key, 4, small.speaker, (), ())
    await bus.ensure_topics([small])
    assert all(await bus.publish([message(small, f"k{n}") for n in range(50)], seconds=10))
    reader = await bus.reader(small.name, [small.name], positions=from_({}))
    before = await read(reader, 50)
    await bus.ensure_topics([large])
    await bus.ensure_topics([small])  # never fewer
    later = site.bus()
    assert all(await later.publish([message(small, f"k{n}") for n in range(50)], seconds=10))
    known = {Partition(small.name, 0): 50}
    after: dict[tuple[Partition, int], Record] = {}
    async with asyncio.timeout(30):
        while len(after) < 50:
            for records in (await reader.fetch(limit=100, wait_seconds=0.5)).values():
                # A rebalance begins again at our positions, which this reader never moves.
                new = [item for item in records if item.offset >= known.get(item.partition, 0)]
                after |= {(item.partition, item.offset): item for item in new}
    assert len(reader.assigned()) == 4
    assert len(before) == 50
    assert len(by_partition(list(after.values()))) > 1
    await reader.close()
    await later.close()


@pytest.mark.parametrize("position", [2, 99])
async def test_a_position_the_log_does_not_hold_is_told(
    site: Site, bus: Bus, position: int
) -> None:
    where = topic(2)
    await bus.ensure_topics([where])
    assert all(await bus.publish([message(where, f"k{n}") for n in range(40)], seconds=10))
    lost, well = Partition(where.name, 0), Partition(where.name, 1)
    await site.cut(lost, 5)
    reader = await bus.reader(where.name, [where.name], positions=from_({lost: position}))
    found: list[Record] = []
    told: list[PositionLostError] = []
    async with asyncio.timeout(30):
        while not told or well not in by_partition(found):
            try:
                batch = await reader.fetch(limit=100, wait_seconds=0.5)
            except PositionLostError as error:
                told.append(error)
                continue
            found += [record for records in batch.values() for record in records]
    assert {(error.partition, error.begin) for error in told} == {(lost, 5)}
    assert set(by_partition(found)) == {well}
    await reader.seek(lost, 5)
    rest = by_partition(await read(reader, 1))[lost]
    assert rest[0].offset == 5
    await reader.close()


async def test_an_unknown_topic_does_not_hold_up_the_others(bus: Bus) -> None:
    known, unknown = topic(), topic()
    await bus.ensure_topics([known])
    said = [message(unknown, "k"), message(known, "k"), message(unknown, "k")]
    assert list(await bus.publish(said, seconds=5)) == [False, True, False]
    assert list(await bus.publish([], seconds=5)) == []


async def test_the_log_is_kafka_where_one_is_named() -> None:
    known = {"database_url": "postgresql+asyncpg://u@h/intake", "keys_file": "keys.json"}
    log_url = "postgresql+asyncpg://u@h/log"
    kafka = open_bus(ServiceSettings.model_validate(known | {"kafka": "broker:9092"}))
    without = open_bus(ServiceSettings.model_validate(known | {"log_database_url": log_url}))
    assert isinstance(kafka, KafkaLog)
    assert isinstance(without, PgLogBus)
    await kafka.close()
    await without.close()
