"""One suite for both logs: what consumers rely on holds in Kafka and in memory."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator

import pytest
from _pytest.fixtures import FixtureRequest

from shared.contracts.catalog import TOPIC_BY_NAME
from tests.support.logs import (
    TOPIC,
    KafkaSite,
    MemorySite,
    Site,
    message,
    place_of,
    places,
    read,
    stream,
    unique,
)


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.kafka)])
async def site(request: FixtureRequest) -> AsyncIterator[Site]:
    opened: Site
    if request.param == "kafka":
        opened = KafkaSite(request.getfixturevalue("kafka_bootstrap"))
        await opened.log.ensure_topics([TOPIC_BY_NAME[TOPIC], TOPIC_BY_NAME["leads"]])
    else:
        opened = MemorySite()
    yield opened
    await opened.close()


async def test_every_service_gets_all_and_order_holds_within_a_stream(site: Site) -> None:
    subscriptions = [await site.log.subscribe(unique(), [TOPIC]) for _ in range(2)]
    sent = [item for number in range(20) for item in stream(f"order-{number}", 60)]
    for begin in range(0, len(sent), 500):
        await site.send(sent[begin : begin + 500])
    for subscription in subscriptions:
        received = [place_of(item) for item in await read(subscription, len(sent), limit=250)]
        versions: dict[str, list[int]] = defaultdict(list)
        for key, version in received:
            versions[key].append(version)
        assert sorted(received) == sorted(places(sent))
        assert all(numbers == sorted(numbers) for numbers in versions.values())
        await subscription.close()


async def test_a_limit_is_kept(site: Site) -> None:
    subscription = await site.log.subscribe(unique(), [TOPIC])
    await site.send(stream("limited", 50))
    number = 0
    while number < 50:
        received = await subscription.fetch(limit=7, wait_seconds=5)
        assert 0 < len(received) <= 7
        number += len(received)
        await subscription.done()
    await subscription.close()


async def test_only_the_topics_of_interest_come_and_only_what_is_new(site: Site) -> None:
    await site.send([message("early")])
    subscription = await site.log.subscribe(unique(), [TOPIC])
    await site.send([message("elsewhere", where="leads"), message("here")])
    assert [place_of(item) for item in await read(subscription, 1)] == places([message("here")])
    assert not await subscription.fetch(limit=10, wait_seconds=0.2)
    await subscription.close()


async def test_what_is_in_hand_is_known_until_it_is_done(site: Site) -> None:
    subscription = await site.log.subscribe(unique(), [TOPIC])
    began = time.monotonic()
    at_first = subscription.in_hand_since
    assert at_first is None
    await site.send([message("hand")])
    assert await subscription.fetch(limit=10, wait_seconds=10)
    in_hand_since = subscription.in_hand_since
    assert in_hand_since is not None
    assert began <= in_hand_since <= subscription.arrived_at <= time.monotonic()
    await subscription.done()
    assert subscription.in_hand_since is None
    await subscription.close()


async def test_what_comes_wakes_who_waits(site: Site) -> None:
    subscription = await site.log.subscribe(unique(), [TOPIC])
    assert not await subscription.fetch(limit=10, wait_seconds=0.3)
    delays = [1.0]
    while min(delays) >= 0.1 and len(delays) < 20:  # one of them meets an idle moment
        waiting = asyncio.create_task(subscription.fetch(limit=10, wait_seconds=10))
        await asyncio.sleep(0)  # it looks first, finds nothing and waits
        began = time.monotonic()
        await site.send([message("waking", len(delays))])
        assert await waiting
        delays.append(time.monotonic() - began)
        await subscription.done()
    assert min(delays) < 0.1
    await subscription.close()


async def test_after_one_subscription_comes_another(site: Site) -> None:
    service = unique()
    first = await site.log.subscribe(service, [TOPIC])
    await site.send([message("first")])
    assert len(await read(first, 1)) == 1
    await first.close()
    second = await site.log.subscribe(service, [TOPIC])
    await site.send([message("second")])
    assert [place_of(item) for item in await read(second, 1)] == places([message("second")])
    await second.close()
