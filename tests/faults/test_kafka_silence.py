"""A broker that refuses, hangs or says nothing holds nobody up, and what it can take goes on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest

from shared.errors import UnavailableError
from shared.messaging.log.kafka import KafkaLog
from tests.support.logs import TOPIC, message, settings, topic, unique
from tests.support.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.faults]


async def test_a_record_too_large_is_refused_and_the_others_go_on(kafka_bootstrap: str) -> None:
    where = topic(1)
    log = KafkaLog(settings(kafka_bootstrap))
    await log.ensure_topics([where])
    large = small = message("k", where=where.name)
    for size in (1_048_400, 1_200_000):  # refused by the broker or by the client
        large = replace(small, payload=b"x" * size)
        first, _, last = await log.publish([small, large, small], seconds=10)
        assert first is not None
        assert last is not None
        assert last.offset > first.offset
    assert list(await log.publish([large], seconds=10)) == [None]
    await log.close()


async def test_closing_is_quick_and_quiet_when_nobody_answers(kafka_bootstrap: str) -> None:
    log = KafkaLog(settings("127.0.0.1:9", request=1.0))
    async with asyncio.timeout(60):
        with pytest.raises(UnavailableError):
            await log.cluster_id()
        with pytest.raises(UnavailableError):
            await log.subscribe(unique(), [TOPIC])
        assert list(await log.publish([message("k")], seconds=1)) == [None]
        await log.close()


async def test_a_producer_that_hangs_is_replaced(kafka_bootstrap: str) -> None:
    where = topic(1)
    log = KafkaLog(settings(kafka_bootstrap))
    await log.ensure_topics([where])
    said = [message("k", where=where.name)]
    assert all(await log.publish(said, seconds=10))
    producer = log._publisher._producer
    assert producer is not None
    producer._sender.sender_task.cancel()  # from then on aiokafka sends nothing and says nothing
    assert list(await log.publish(said, seconds=1)) == [None]
    assert all(await log.publish(said, seconds=10))
    await log.close()


async def test_a_broker_that_takes_connections_and_never_answers_holds_nobody_up() -> None:
    connected: list[asyncio.StreamWriter] = []
    hole = await asyncio.start_server(
        lambda _reader, writer: connected.append(writer), "127.0.0.1", 0
    )
    address = "{}:{}".format(*hole.sockets[0].getsockname())
    log = KafkaLog(settings(address, request=1.0))
    async with asyncio.timeout(60):
        assert list(await log.publish([message("k")], seconds=0.5)) == [None]
        with pytest.raises(UnavailableError):
            await log.cluster_id()
        publishing = asyncio.create_task(log.publish([message("k")], seconds=60))
        joining = asyncio.create_task(log.subscribe(unique(), [TOPIC]))
        await eventually(_length(connected), seconds=5, what="connected", until=lambda n: n >= 4)
        publishing.cancel()
        joining.cancel()
        done, _ = await asyncio.wait({publishing, joining}, timeout=30)
        assert len(done) == 2
        assert publishing.cancelled()
        assert joining.cancelled()
        await log.close()
    for writer in connected:
        writer.close()
    hole.close()
    await hole.wait_closed()


def _length(found: Sequence[object]) -> Callable[[], Awaitable[int]]:
    async def length() -> int:
        return len(found)

    return length
