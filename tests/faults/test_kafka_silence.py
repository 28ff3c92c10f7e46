"""A broker that refuses, hangs or says nothing holds nobody up, and what it can take goes on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from shared.messaging.bus import Partition

from shared.errors import UnavailableError
from shared.messaging.log.kafka import KafkaLog
from tests.support.logs import from_, message, topic
from tests.support.members import settings
from tests.support.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.faults]


async def test_a_record_too_large_is_refused_and_the_others_go_on(kafka_bootstrap: str) -> None:
    where = topic(1)
    bus = KafkaLog(settings(kafka_bootstrap))
    await bus.ensure_topics([where])
    for size in (1_048_400, 1_200_000):  # refused by the broker or by the client
        said = [message(where, "k"), message(where, "k", b"x" * size), message(where, "k")]
        assert list(await bus.publish(said, seconds=10))[::2] == [True, True]
    assert list(await bus.publish([message(where, "k", b"x" * 1_200_000)], seconds=10)) == [False]
    reader = await bus.reader(where.name, [where.name], positions=from_({}))
    _, end = await reader.bounds(Partition(where.name, 0))
    assert end >= 4
    await reader.close()
    await bus.close()


async def test_closing_is_quick_and_quiet_when_nobody_answers(kafka_bootstrap: str) -> None:
    bus = KafkaLog(settings("127.0.0.1:9", request=1.0))
    async with asyncio.timeout(5):
        with pytest.raises(UnavailableError):
            await bus.log_id()
        with pytest.raises(UnavailableError):
            await bus.reader("g", ["t"], positions=from_({}))
        assert list(await bus.publish([message(topic(), "k")], seconds=1)) == [False]
        await bus.close()


async def test_a_producer_that_hangs_is_replaced(kafka_bootstrap: str) -> None:
    where = topic(1)
    bus = KafkaLog(settings(kafka_bootstrap))
    await bus.ensure_topics([where])
    assert all(await bus.publish([message(where, "k")], seconds=10))
    producer = bus._publisher._producer
    assert producer is not None
    producer._sender.sender_task.cancel()  # from then on aiokafka sends nothing and says nothing
    assert list(await bus.publish([message(where, "k")], seconds=1)) == [False]
    assert list(await bus.publish([message(where, "k")], seconds=10)) == [True]
    await bus.close()


async def test_a_broker_that_takes_connections_and_never_answers_holds_nobody_up() -> None:
    connected: list[asyncio.StreamWriter] = []
    hole = await asyncio.start_server(
        lambda _reader, writer: connected.append(writer), "127.0.0.1", 0
    )
    address = "{}:{}".format(*hole.sockets[0].getsockname())
    bus = KafkaLog(settings(address, request=1.0))
    async with asyncio.timeout(15):
        assert list(await bus.publish([message(topic(), "k")], seconds=0.5)) == [False]
        with pytest.raises(UnavailableError):
            await bus.log_id()
        publishing = asyncio.create_task(bus.publish([message(topic(), "k")], seconds=60))
        joining = asyncio.create_task(bus.reader("g", ["t"], positions=from_({})))
        await eventually(_length(connected), seconds=5, what="connected", until=lambda n: n >= 4)
        publishing.cancel()
        joining.cancel()
        done, _ = await asyncio.wait({publishing, joining}, timeout=1)
        assert len(done) == 2
        assert publishing.cancelled()
        assert joining.cancelled()
        await bus.close()
    for writer in connected:
        writer.close()
    hole.close()
    await hole.wait_closed()


def _length(found: Sequence[object]) -> Callable[[], Awaitable[int]]:
    async def length() -> int:
        return len(found)

    return length
