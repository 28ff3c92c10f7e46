"""Reading partitions from an offset to where they end now, by a consumer without a group."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.errors import UnavailableError
from shared.messaging.decoding import decode, headers_as_text
from shared.messaging.log.kafka.client import KafkaSettings, ask
from shared.messaging.log.protocol import FETCH_EVENTS, ReadBack

FETCH_SECONDS = 0.5


async def read_to_ends(
    consumer: AIOKafkaConsumer,
    partitions: Sequence[TopicPartition],
    after: Mapping[tuple[str, int], int],
    *,
    settings: KafkaSettings,
) -> AsyncIterator[ReadBack]:
    """See `OwnTopics.read_back`; the caller starts and stops the consumer."""
    if not partitions:
        return
    consumer.assign(partitions)
    begins = await ask(settings.request, consumer.beginning_offsets(partitions), doing="begins")
    ends = await ask(settings.request, consumer.end_offsets(partitions), doing="ends")
    for partition in partitions:
        place = max(after.get((partition.topic, partition.partition), 0), begins[partition])
        consumer.seek(partition, min(place, ends[partition]))
    positions = await _positions(consumer, partitions, settings=settings)
    yield ReadBack((), _offsets(positions))
    moved_at = time.monotonic()
    while any(positions[partition] < ends[partition] for partition in partitions):
        records: Mapping[TopicPartition, Sequence[Any]] = await ask(
            FETCH_SECONDS + settings.request,
            consumer.getmany(timeout_ms=int(FETCH_SECONDS * 1000), max_records=FETCH_EVENTS),
            doing="read back",
        )
        before, positions = (
            positions,
            await _positions(consumer, partitions, settings=settings),
        )
        if positions != before:
            moved_at = time.monotonic()
        elif time.monotonic() - moved_at > settings.stuck:
            raise UnavailableError("Kafka does not give what its topics hold.")
        yield ReadBack(
            [
                decode(partition.topic, headers_as_text(item.headers), item.value)
                for partition, items in records.items()
                for item in items
            ],
            _offsets(positions),
        )


async def _positions(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], *, settings: KafkaSettings
) -> dict[TopicPartition, int]:
    return {
        partition: await ask(settings.request, consumer.position(partition), doing="position")
        for partition in partitions
    }


def _offsets(positions: Mapping[TopicPartition, int]) -> dict[tuple[str, int], int]:
    return {(place.topic, place.partition): offset for place, offset in positions.items()}
