"""Publishing to Kafka: a batch in order, a result for each message, never later than the deadline.

After an unknown outcome the producer is discarded. Idempotence stays off, since an idempotent
aiokafka producer never gives up; versions make what arrives twice harmless.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from shared.errors import UnavailableError
from shared.messaging.log.kafka.client import CLIENT_FAULTS, Clients, KafkaSettings
from shared.messaging.log.protocol import Acknowledged, Message

log = structlog.get_logger()

BATCH_BYTES = 256 * 1024
TOPIC_SECONDS = 1.0
REFUSED = (MessageSizeTooLargeError, TopicAuthorizationFailedError)

Futures = list["asyncio.Future[Any] | None"]


class KafkaPublisher:
    def __init__(self, settings: KafkaSettings, clients: Clients) -> None:
        self._settings = settings
        self._clients = clients
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def publish(
        self, messages: Sequence[Message], *, seconds: float
    ) -> Sequence[Acknowledged | None]:
        """See `shared.messaging.log.protocol.Publisher.publish`."""
        futures: Futures = [None] * len(messages)
        producer = None
        try:
            async with asyncio.timeout(seconds):
                producer = await self._open(seconds)
                await _send(producer, messages, futures)
                waiting = [future for future in futures if future is not None]
                if waiting:
                    await asyncio.wait(waiting)
        except (TimeoutError, UnavailableError, *CLIENT_FAULTS) as error:
            log.warning("log.publish_failed", reason=type(error).__name__)
        finally:
            results = [_acknowledged(future) for future in futures]
            are_certain = [
                result is not None or _refused(future) is not None
                for result, future in zip(results, futures, strict=True)
            ]
            if producer is not None and not all(are_certain):
                self._discard(producer)
        _log_refusals(messages, futures)
        return results

    async def _open(self, seconds: float) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._settings.connection(),
                    acks="all",
                    enable_idempotence=False,
                    linger_ms=0,
                    max_batch_size=BATCH_BYTES,
                    request_timeout_ms=int(self._settings.request * 1000),
                    metadata_max_age_ms=int(self._settings.metadata_age * 1000),
                )
                await self._clients.start(producer, seconds=seconds)
                self._producer = producer
            return self._producer

    def _discard(self, producer: AIOKafkaProducer) -> None:
        """Drop the producer, so that its batches are not retried beside the next one's."""
        self._clients.drop(producer)
        if self._producer is producer:
            self._producer = None

    def close(self) -> None:
        if self._producer is not None:
            self._discard(self._producer)


async def _send(producer: AIOKafkaProducer, messages: Sequence[Message], futures: Futures) -> None:
    missing = await _missing(producer, {message.topic for message in messages})
    for place, message in enumerate(messages):
        if message.topic in missing:
            continue
        try:
            futures[place] = await producer.send(
                message.topic,
                message.payload,
                key=message.key.encode(),
                headers=[(name, value.encode()) for name, value in message.headers.items()],
            )
        except MessageSizeTooLargeError as error:
            failure: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            failure.set_exception(error)
            futures[place] = failure


async def _missing(producer: AIOKafkaProducer, topics: set[str]) -> frozenset[str]:
    """Topics that the broker does not know or refuses; messages of the others are sent."""
    missing = set()
    for topic in sorted(topics):
        try:
            async with asyncio.timeout(TOPIC_SECONDS):
                await producer.partitions_for(topic)
        except (TimeoutError, UnknownTopicOrPartitionError):
            log.error("log.unknown_topic", topic=topic)  # noqa: TRY400  no trace is needed
            missing.add(topic)
        except TopicAuthorizationFailedError as error:
            log.error("log.record_refused", topic=topic, error=type(error).__name__)  # noqa: TRY400  as above
            missing.add(topic)
    return frozenset(missing)


def _acknowledged(future: "asyncio.Future[Any] | None") -> Acknowledged | None:
    if future is None:
        return None
    if not future.done():
        future.cancel()  # nobody will ask it any more; the record may yet arrive
        return None
    if future.cancelled() or future.exception() is not None:
        return None
    return Acknowledged(future.result().partition, future.result().offset)


def _log_refusals(messages: Sequence[Message], futures: Futures) -> None:
    reasons = {
        (message.topic, type(reason).__name__)
        for message, future in zip(messages, futures, strict=True)
        if (reason := _refused(future)) is not None
    }
    for topic, name in sorted(reasons):
        log.error("log.record_refused", topic=topic, error=name)


def _refused(future: "asyncio.Future[Any] | None") -> BaseException | None:
    """Why the log will not take this record; None where it took it, or nobody knows."""
    if future is None or not future.done() or future.cancelled():
        return None
    error = future.exception()
    return error if isinstance(error, REFUSED) else None
