"""Clients of a guarded Kafka under any name, and what becomes of what they try."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, NoError, for_code
from aiokafka.protocol.fetch import FetchRequest

from deploy.embedded.kafka.server import PrivateKafka
from deploy.embedded.preparation import kafka_settings
from shared.messaging.log.kafka.client import KafkaSettings

SECONDS = 30.0  # nobody needs them but a busy machine
REFUSED = ("TopicAuthorizationFailedError",)


def anonymous(broker: PrivateKafka) -> KafkaSettings:
    return replace(kafka_settings(broker, "kpi"), user="", password="")


@asynccontextmanager
async def administering(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(**settings.connection(), request_timeout_ms=int(1000 * SECONDS))
    try:
        await client.start()
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def producing(settings: KafkaSettings) -> AsyncIterator[AIOKafkaProducer]:
    client = AIOKafkaProducer(
        **settings.connection(), request_timeout_ms=int(1000 * SECONDS), acks="all"
    )
    try:
        await client.start()
        yield client
    finally:
        await client.stop()


async def write(producer: AIOKafkaProducer, topic: str) -> str:
    """`written`, or the class of the refusal."""
    try:
        async with asyncio.timeout(SECONDS):
            await producer.send_and_wait(topic, b"forged", partition=0)
    except KafkaError as error:
        return type(error).__name__
    return "written"


async def fetch(admin: AIOKafkaAdminClient, topic: str) -> str:
    """`read`, or the class of the refusal: the broker's own answer to a request for records."""
    wanted = FetchRequest(100, 1, 1_000_000, 0, [(topic, [(0, 0, 1_000_000)])])
    answer = await admin._send_request(wanted)
    ((_, ((_, code, *_),)),) = answer.topics
    error = for_code(code)
    return "read" if error is NoError else error.__name__


async def consume(settings: KafkaSettings, topic: str) -> bytes | None:
    """The first record, as any consumer reads it."""
    client = AIOKafkaConsumer(**settings.connection(), request_timeout_ms=int(1000 * SECONDS))
    await client.start()
    try:
        place = TopicPartition(topic, 0)
        client.assign([place])
        client.seek(place, 0)
        async with asyncio.timeout(SECONDS):
            value: bytes | None = (await client.getone()).value
    finally:
        await client.stop()
    return value


async def refusal(work: Any) -> str:
    """The class of the error that a request ends with, or `done`."""
    try:
        answer = await work
    except KafkaError as error:
        return type(error).__name__
    return _first_error(answer)


def _first_error(answer: Any) -> str:
    """Answers that carry their errors inside: of topics, grants, users."""
    for name in ("topic_errors", "topic_error_codes", "creation_responses", "filter_responses"):
        for entry in getattr(answer, name, ()):
            code = next(item for item in entry if isinstance(item, int))
            return str(for_code(code).__name__)
    for entry in getattr(answer, "results", ()):
        return str(for_code(entry[1]).__name__)
    return str(for_code(getattr(answer, "error_code", 0)).__name__)
