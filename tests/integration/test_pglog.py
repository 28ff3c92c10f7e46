"""What only the log in PostgreSQL must show: gapless under many writers, trimmed only when safe."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from shared.errors import UnavailableError
from shared.messaging.bus import Partition
from shared.messaging.pglog import PgLogBus
from shared.messaging.pglog_schema import migrate
from tests.support.infrastructure import DatabaseFactory
from tests.support.logs import from_, message, read, topic

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def _count(url: str) -> int:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    found = await connection.fetchval("SELECT count(*) FROM log_record")
    await connection.close()
    return int(found)


async def test_migrations_may_race(empty_database: DatabaseFactory) -> None:
    url = await empty_database("log")
    bus = PgLogBus(url)
    with pytest.raises(UnavailableError):
        await bus.log_id()
    await asyncio.gather(*(migrate(url) for _ in range(4)))
    log_id = await bus.log_id()
    await migrate(url)
    assert await bus.log_id() == log_id
    await bus.close()


async def test_many_writers_leave_no_gap_and_a_reader_passes_nobody_by(
    empty_database: DatabaseFactory,
) -> None:
    url = await empty_database("log")
    await migrate(url)
    first, second = topic(3), topic(2)
    buses = [PgLogBus(url) for _ in range(4)]
    await buses[0].ensure_topics([first, second])
    reader = await buses[0].reader("g", [first.name, second.name], positions=from_({}))

    async def write(bus: PgLogBus, number: int) -> None:
        for batch in range(20):
            pair = (first, second) if (number + batch) % 2 else (second, first)
            said = [message(pair[n % 2], f"{number}-{n}", b"%d" % batch) for n in range(10)]
            assert all(await bus.publish(said, seconds=10))

    writing = [asyncio.create_task(write(bus, number)) for number, bus in enumerate(buses)]
    found = await read(reader, 800, limit=50)  # while the others write
    await asyncio.gather(*writing)
    at: dict[Partition, int] = {}
    of_stream: dict[tuple[str, bytes | None], list[int]] = {}
    for record in found:
        assert record.offset == at.get(record.partition, 0)
        at[record.partition] = record.offset + 1
        assert record.payload is not None
        stream = (record.partition.topic, record.key)
        of_stream.setdefault(stream, []).append(int(record.payload))
    assert {len(numbers) for numbers in of_stream.values()} == {10}
    assert len(of_stream) == 80
    assert all(numbers == sorted(numbers) for numbers in of_stream.values())
    await reader.close()
    for bus in buses:
        await bus.close()


async def test_only_what_is_old_and_passed_by_every_reader_is_deleted(
    empty_database: DatabaseFactory,
) -> None:
    url = await empty_database("log")
    await migrate(url)
    where = topic(1)
    partition = Partition(where.name, 0)
    moment = NOW - timedelta(days=31)
    bus = PgLogBus(url, clock=lambda: moment)
    await bus.ensure_topics([where])
    assert all(await bus.publish([message(where, "k")] * 10, seconds=10))
    moment = NOW
    assert all(await bus.publish([message(where, "k")] * 10, seconds=10))
    quick = await bus.reader("quick", [where.name], positions=from_({}))
    slow = await bus.reader("slow", [where.name], positions=from_({}))
    await read(quick, 20)
    await read(slow, 20)

    await quick.note_hints({partition: 20})
    await slow.note_hints({partition: 4})
    await quick.trim()
    assert (await quick.bounds(partition), await _count(url)) == ((4, 20), 16)
    await slow.note_hints({partition: 20})
    await quick.trim()
    assert (await quick.bounds(partition), await _count(url)) == ((10, 20), 10)
    await quick.trim()
    assert await _count(url) == 10
    await quick.close()
    await slow.close()
    await bus.close()


async def test_another_reader_that_has_told_nothing_yet_keeps_its_records(
    empty_database: DatabaseFactory,
) -> None:
    url = await empty_database("log")
    await migrate(url)
    where = topic(1)
    partition = Partition(where.name, 0)
    moment = NOW - timedelta(days=31)
    bus = PgLogBus(url, clock=lambda: moment)
    await bus.ensure_topics([where])
    assert all(await bus.publish([message(where, "k")] * 10, seconds=10))
    moment = NOW
    quick = await bus.reader("quick", [where.name], positions=from_({}))
    new = await bus.reader("new", [where.name], positions=from_({partition: 2}))
    await read(quick, 10)
    await read(new, 8)
    await quick.note_hints({partition: 10})
    await quick.trim()
    assert await quick.bounds(partition) == (2, 10)
    await quick.close()
    await new.close()
    await bus.close()


async def test_a_terminated_connection_is_an_outage_and_the_next_call_works(
    empty_database: DatabaseFactory,
) -> None:
    url = await empty_database("log")
    await migrate(url)
    where = topic(1)
    bus = PgLogBus(url)
    await bus.ensure_topics([where])
    reader = await bus.reader("g", [where.name], positions=from_({}))
    assert await reader.fetch(limit=1, wait_seconds=0) == {}
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    locked = connection.transaction()
    await locked.start()
    await connection.execute("LOCK TABLE log_partition")
    publishing = asyncio.create_task(bus.publish([message(where, "k")], seconds=10))
    ended = 0
    async with asyncio.timeout(10):
        while ended == 0:
            ended = len(
                await connection.fetch(
                    """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE application_name = 'leadflow-log' AND wait_event_type = 'Lock'"""
                )
            )
    assert list(await publishing) == [False]
    await locked.rollback()
    await connection.close()
    assert list(await bus.publish([message(where, "k")], seconds=10)) == [True]
    assert len(await read(reader, 1)) == 1
    await reader.close()
    await bus.close()


async def test_a_backlog_in_one_partition_does_not_starve_the_others(
    empty_database: DatabaseFactory,
) -> None:
    url = await empty_database("log")
    await migrate(url)
    where = topic(3)
    bus = PgLogBus(url)
    await bus.ensure_topics([where])
    assert all(await bus.publish([message(where, f"k{n}") for n in range(300)], seconds=10))
    reader = await bus.reader("g", [where.name], positions=from_({}))
    seen = [set(await reader.fetch(limit=5, wait_seconds=5)) for _ in range(3)]
    assert len(set().union(*seen)) == 3
    await reader.close()
    await bus.close()


async def test_where_one_process_reads_a_topic_has_one_partition(
    empty_database: DatabaseFactory,
) -> None:
    url = await empty_database("log")
    await migrate(url)
    wide = topic(3)
    bus = PgLogBus(url, most_partitions=1)
    await bus.ensure_topics([wide])
    reader = await bus.reader("g", [wide.name], positions=from_({}))
    said = [message(wide, f"key {number}", b"1") for number in range(20)]
    assert all(await bus.publish(said, seconds=10))
    found = await read(reader, 20)
    assert {record.partition for record in found} == {Partition(wide.name, 0)}
    assert [record.offset for record in found] == list(range(20))
    await reader.close()
    await bus.close()
