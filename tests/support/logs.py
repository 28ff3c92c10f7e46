"""Both logs behind one face, with the hands on their servers that the conformance suite needs."""

import asyncio
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Protocol

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from shared.messaging.bus import Bus, Message, Partition, Positions, Reader, Record
from shared.messaging.pglog import PgLogBus
from shared.messaging.pglog_schema import migrate

from deploy.embedded.kafka import PrivateKafka
from deploy.embedded.postgres import PrivatePostgres
from shared.contracts.catalog import Topic
from shared.messaging.log.kafka import KafkaLog
from shared.messaging.log.kafka.client import KafkaSettings

_numbers = count(1)
PATIENCE_SECONDS = 30.0
# What a fixture of a conformance suite takes as its parameters.
BOTH_LOGS = ("postgresql", pytest.param("kafka", marks=pytest.mark.kafka))


def topic(partitions: int = 3) -> Topic:
    """A topic that no other test has."""
    return Topic(f"test{os.getpid()}_{next(_numbers)}", "key", partitions, "nobody", (), ())


def message(where: Topic, key: str, payload: bytes = b"{}") -> Message:
    return Message(topic=where.name, key=key, payload=payload, headers={})


def from_(known: Mapping[Partition, int]) -> Positions:
    """Positions as a consumer has them: unknown partitions begin at 0."""

    async def positions(asked: Sequence[Partition]) -> Mapping[Partition, int]:
        return {partition: known.get(partition, 0) for partition in asked}

    return positions


async def read(reader: Reader, number: int, *, limit: int = 100) -> list[Record]:
    """Records until `number` of them have come."""
    found: list[Record] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(found) < number:
            batch = await reader.fetch(limit=limit, wait_seconds=0.5)
            found += [record for records in batch.values() for record in records]
    return found


class Site(Protocol):
    """A log and the server that keeps it."""

    def bus(self) -> Bus: ...

    async def put(
        self, where: Topic, key: bytes | None, payload: bytes | None, header: bytes
    ) -> None:
        """What no Bus would write."""
        ...

    async def cut(self, partition: Partition, offset: int) -> None:
        """Drop what is below `offset`."""
        ...

    def pid(self) -> int: ...

    async def start(self) -> None: ...

    async def wipe(self) -> None:
        """Stop, lose everything, start again at the same address."""
        ...


class KafkaSite:
    def __init__(self, bootstrap: str, broker: PrivateKafka | None = None) -> None:
        self.settings = KafkaSettings(bootstrap=bootstrap, request=2.0, metadata_age=1.0)
        self.broker = broker

    def bus(self) -> Bus:
        return KafkaLog(self.settings)

    async def put(
        self, where: Topic, key: bytes | None, payload: bytes | None, header: bytes
    ) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.settings.bootstrap)
        await producer.start()
        await producer.send_and_wait(where.name, payload, key=key, headers=[("raw", header)])
        await producer.stop()

    async def cut(self, partition: Partition, offset: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.bootstrap)
        await admin.start()
        await admin.delete_records({TopicPartition(*partition): RecordsToDelete(offset)})
        await admin.close()

    def pid(self) -> int:
        assert self.broker is not None
        assert self.broker.process is not None
        return self.broker.process.pid

    async def start(self) -> None:
        assert self.broker is not None
        self.broker.start()  # children are started from the main thread

    async def wipe(self) -> None:
        assert self.broker is not None
        os.kill(self.pid(), signal.SIGKILL)
        assert self.broker.process is not None
        await asyncio.to_thread(self.broker.process.wait)
        shutil.rmtree(self.broker.data)
        await self.start()


class PgLogSite:
    def __init__(self, url: str, cluster: PrivatePostgres | None = None) -> None:
        self.url = url
        self.cluster = cluster

    def bus(self) -> Bus:
        return PgLogBus(self.url)

    async def execute(self, statement: str, *arguments: object) -> None:
        connection = await asyncpg.connect(self.url.replace("+asyncpg", ""))
        await connection.execute(statement, *arguments)
        await connection.close()

    async def put(
        self, where: Topic, key: bytes | None, payload: bytes | None, header: bytes
    ) -> None:
        await self.execute(
            """WITH moved AS (
                UPDATE log_partition SET next_offset = next_offset + 1
                WHERE topic = $1 AND partition = 0 RETURNING next_offset - 1 AS place)
            INSERT INTO log_record SELECT $1, 0, place, $2, $3, $4::text::json, now() FROM moved""",
            where.name,
            key,
            payload,
            f'[["raw", "{header.decode(errors="replace")}"]]',
        )

    async def cut(self, partition: Partition, offset: int) -> None:
        await self.execute(
            "UPDATE log_partition SET first_offset = $3 WHERE topic = $1 AND partition = $2",
            *partition,
            offset,
        )
        await self.execute(
            'DELETE FROM log_record WHERE topic = $1 AND partition = $2 AND "offset" < $3',
            *partition,
            offset,
        )

    def pid(self) -> int:
        assert self.cluster is not None
        assert self.cluster.process is not None
        return self.cluster.process.pid

    async def start(self) -> None:
        assert self.cluster is not None
        self.cluster.start()

    async def wipe(self) -> None:
        assert self.cluster is not None
        connection = await self.cluster.connect("postgres")
        await connection.execute("DROP DATABASE log WITH (FORCE)")
        await connection.execute("CREATE DATABASE log")
        await connection.close()
        await migrate(self.url)


async def own_postgres_site(folder: Path) -> PgLogSite:
    cluster = PrivatePostgres(folder)
    cluster.start()
    connection = await cluster.connect("postgres")
    await connection.execute("CREATE DATABASE log")
    await connection.close()
    site = PgLogSite(cluster.url("log"), cluster)
    await migrate(site.url)
    return site


async def own_kafka_site(folder: Path) -> KafkaSite:
    broker = PrivateKafka(folder, guarded=False)
    broker.start()
    return KafkaSite(broker.bootstrap, broker)
