"""What only Kafka does: a group with committed offsets, partitions that grow, missing topics."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator

import pytest

from shared.contracts.catalog import TOPIC_BY_NAME, Topic
from shared.messaging.decoding import Unreadable
from shared.messaging.log.kafka import log as kafka_log
from shared.messaging.log.kafka.subscription import OLD_SECONDS
from shared.observability.metrics import metrics_of
from tests.support.logs import (
    TOPIC,
    KafkaSite,
    message,
    place_of,
    places,
    read,
    stream,
    topic,
    unique,
)
from tests.support.waiting import eventually

pytestmark = pytest.mark.kafka


@pytest.fixture
async def site(kafka_bootstrap: str) -> AsyncIterator[KafkaSite]:
    opened = KafkaSite(kafka_bootstrap)
    await opened.log.ensure_topics([TOPIC_BY_NAME[TOPIC]])
    yield opened
    await opened.close()


def failing_commits(service: str) -> float:
    return float(metrics_of(service).commits_failing.labels(service)._value.get())


async def test_what_was_done_comes_no_more_and_what_was_not_comes_again(site: KafkaSite) -> None:
    """In every partition; the last of them to be read has nothing new."""
    service, keys = unique(), ("a", "b", "c", "d", "e", "f")
    first = await site.log.subscribe(service, [TOPIC])
    for key in keys:
        await site.send(stream(key, 5))
    assert len(await read(first, 5 * len(keys))) == 5 * len(keys)
    undone = [message(key, version) for key in keys[:-1] for version in (6, 7)]
    await site.send(undone)
    assert await first.fetch(limit=10, wait_seconds=10)
    await first.close()
    await site.send([message("b", 8)])
    second = await site.log.subscribe(service, [TOPIC])
    expected = places([*undone, message("b", 8)])
    received = [place_of(item) for item in await read(second, len(expected))]
    assert sorted(received) == sorted(expected)
    assert [version for key, version in received if key == expected[-1][0]] == [6, 7, 8]
    await second.close()


async def test_old_records_are_passed_over_undecoded(site: KafkaSite) -> None:
    service = unique()
    subscription = await site.log.subscribe(service, [TOPIC])
    long_ago = int(1000 * (time.time() - OLD_SECONDS - 60))
    await site.put(b"cannot be decoded", timestamp_ms=long_ago, partition=0)
    arrived_at = subscription.arrived_at

    async def passed_over() -> bool:
        assert not await subscription.fetch(limit=10, wait_seconds=0.2)
        return subscription.arrived_at > arrived_at

    await eventually(passed_over, seconds=10, what="it is passed over")
    assert subscription.in_hand_since is None, "nobody waits for it"
    await site.send([message("young")])
    assert len(await read(subscription, 1)) == 1
    await subscription.close()


async def test_what_is_no_event_comes_as_unreadable(site: KafkaSite) -> None:
    subscription = await site.log.subscribe(unique(), [TOPIC])
    await site.put(None, key=b"\xff\xfe", partition=0)
    await site.put(b"\xff\x00", headers=[("raw", b"\x00value\xff")], partition=0)
    tombstone, binary = await read(subscription, 2)
    assert isinstance(tombstone, Unreadable)
    assert isinstance(binary, Unreadable)
    assert (tombstone.payload, tombstone.headers) == (b"", {})
    assert (binary.payload, binary.headers) == (b"\xff\x00", {"raw": "\ufffdvalue\ufffd"})
    await subscription.close()


async def test_commits_that_hang_keep_nothing_waiting_and_are_shown(
    site: KafkaSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = unique()
    quick = KafkaSite(site.bootstrap)
    monkeypatch.setattr("shared.messaging.log.kafka.client.SLOW_SECONDS", 60.0)
    subscription = await quick.log.subscribe(service, [TOPIC])
    object.__setattr__(subscription._settings, "request", 0.3)

    async def never(_offsets: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(subscription, "_try_commit", never)
        began = time.monotonic()
        await site.send(stream("slow", 3))
        assert len(await read(subscription, 3, limit=1)) == 3
        assert time.monotonic() - began < 50

        async def shown() -> float:
            return failing_commits(service)

        await eventually(shown, seconds=5, what="failing commits are shown")

    async def well() -> float:
        await subscription.fetch(limit=10, wait_seconds=0.1)
        return failing_commits(service)

    await eventually(well, seconds=10, what="it commits again", until=lambda value: value == 0)
    await subscription.close()
    await quick.close()
    after = await site.log.subscribe(service, [TOPIC])
    assert not await after.fetch(limit=10, wait_seconds=0.5), "all that was done is committed"
    await after.close()


async def test_partitions_only_grow_and_new_ones_are_noticed(
    site: KafkaSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = topic(1)
    large = topic(4, name=small.name)
    known = dict(TOPIC_BY_NAME) | {small.name: small}
    monkeypatch.setattr(kafka_log, "TOPIC_BY_NAME", known)
    subscription = await site.log.subscribe(unique(), [small.name])
    await site.log.ensure_topics([large])
    await site.log.ensure_topics([small])  # never fewer
    later = KafkaSite(site.bootstrap)

    async def partitions() -> int:
        await subscription.fetch(limit=10, wait_seconds=0.1)
        return len(subscription._settled)

    await eventually(partitions, seconds=20, what="noticed", until=lambda number: number == 4)
    sent = [message(f"grown-{number}", where=small.name) for number in range(50)]
    await later.send(sent)
    received = [place_of(item) for item in await read(subscription, 50)]
    assert sorted(received) == sorted(places(sent))
    await subscription.close()
    await later.close()


async def test_it_is_told_where_the_log_has_put_a_message(site: KafkaSite) -> None:
    where = topic(3)
    await site.log.ensure_topics([where])
    sent = [message(f"put-{number % 10}", where=where.name) for number in range(60)]
    acknowledged = [
        *await site.log.publish(sent[:30], seconds=10),
        *await site.log.publish(sent[30:], seconds=10),
    ]
    offsets: dict[int, list[int]] = defaultdict(list)
    homes: dict[str, set[int]] = defaultdict(set)
    for item, place in zip(sent, acknowledged, strict=True):
        assert place is not None
        offsets[place.partition].append(place.offset)
        homes[item.key].add(place.partition)
    assert len(offsets) == 3
    assert all(numbers == list(range(len(numbers))) for numbers in offsets.values())
    assert all(len(partitions) == 1 for partitions in homes.values())


async def test_an_unknown_topic_does_not_hold_up_the_others(site: KafkaSite) -> None:
    def unknown() -> Topic:
        return topic()

    said = [message("k", where=name) for name in (unknown().name, TOPIC, unknown().name)]
    lost, put, lost_too = await site.log.publish(said, seconds=5)
    assert (lost, lost_too) == (None, None)
    assert put is not None
    assert list(await site.log.publish([], seconds=5)) == []
