"""Real PostgreSQL and real Apache Kafka for the suite: started once, thrown away at the end.

Every test gets a database of its own, copied from a template that was made once, in memory where
the machine has the room.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from deploy.embedded.postgres.server import PrivatePostgres

_numbers = count(1)

DatabaseFactory = Callable[[str], Awaitable[str]]
# A copy of a database may be older than what others have heard, so its outbox is closed.
_OPEN = """UPDATE producer SET life = uuidv7(), opened = pg_current_xact_id(),
    database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
MESSAGING = "messaging"  # the template that has the tables of messaging alone
MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 * 1_073_741_824


@dataclass(eq=False)
class _Administrator:
    """Makes and removes databases by a connection that stays: a new one takes half as long."""

    cluster: PrivatePostgres
    connection: asyncpg.Connection
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def execute(self, statement: str) -> None:
        async with self.turn:
            await self.connection.execute(statement)

    async def execute_in(self, database: str, statement: str) -> None:
        connection = await self.cluster.connect(database)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


standing: PrivatePostgres | None = None  # of who runs tests in many processes, with all templates


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PrivatePostgres]:
    """One PostgreSQL for the suite, not durable; `.url(database)` is a SQLAlchemy URL."""
    if standing is not None:
        yield standing
        return
    with private_cluster() as cluster:
        yield cluster


@contextmanager
def private_cluster() -> Iterator[PrivatePostgres]:
    folder = Path(tempfile.mkdtemp(prefix="leadflow-pg-", dir=_memory()))
    cluster = PrivatePostgres(
        folder,
        durable=False,
        settings={"max_connections": "300", "autovacuum": "off", "max_wal_size": "1GB"},
    )
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)


def _memory() -> Path | None:
    """Where files are made and removed without a disk; None where there is too little room."""
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM_BYTES:
        return None
    # PostgreSQL's programs may be copied beside its data.
    return None if os.statvfs(MEMORY).f_flag & os.ST_NOEXEC else MEMORY


@pytest.fixture(scope="session")
async def _administrator(postgres_cluster: PrivatePostgres) -> AsyncIterator[_Administrator]:
    connection = await postgres_cluster.connect("postgres")
    yield _Administrator(postgres_cluster, connection)
    await connection.close()


@pytest.fixture(scope="session")
def _templates() -> dict[str, "asyncio.Task[str]"]:
    return {}


async def _clone(administrator: _Administrator, template: str, name: str) -> str:
    database = f"t{os.getpid()}_{next(_numbers)}_{name}"
    await administrator.execute(
        f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY file_copy'
    )
    return database


async def _make_template(administrator: _Administrator, service: str) -> str:
    template = f"template_{service}"
    if standing is not None:
        return template
    await administrator.execute(f'CREATE DATABASE "{template}"')
    if service == MESSAGING:
        from shared.messaging.schema import MESSAGING_V1  # noqa: PLC0415 (as below)

        await administrator.execute_in(template, ";".join(MESSAGING_V1))
    else:
        from shared import migrations  # noqa: PLC0415 (tests without a service need no kernel)

        await migrations.upgrade(service, administrator.cluster.url(template))
    return template


async def make_templates(cluster: PrivatePostgres) -> None:
    from deploy.embedded.environment import SERVICES  # noqa: PLC0415 (as above)

    connection = await cluster.connect("postgres")
    for service in (*SERVICES, MESSAGING):
        await _make_template(_Administrator(cluster, connection), service)
    await connection.close()


@pytest.fixture
async def empty_database(_administrator: _Administrator) -> AsyncIterator[DatabaseFactory]:
    """Factory of fresh databases without tables: takes a name, gives a URL."""
    made: list[str] = []

    async def make(name: str) -> str:
        made.append(await _clone(_administrator, "template0", name))
        return _administrator.cluster.url(made[-1])

    yield make
    for database in made:
        await _administrator.execute(f'DROP DATABASE "{database}" WITH (FORCE)')


@pytest.fixture
async def migrated_database(
    _administrator: _Administrator, _templates: dict[str, "asyncio.Task[str]"]
) -> AsyncIterator[DatabaseFactory]:
    """Factory of fresh databases with tables: takes the name of a service, whose migrations made
    them, or MESSAGING; gives a URL.
    """
    made: list[str] = []

    async def make(service: str) -> str:
        if service not in _templates:
            _templates[service] = asyncio.create_task(_make_template(_administrator, service))
        template = await _templates[service]
        made.append(await _clone(_administrator, template, service))
        await _administrator.execute_in(made[-1], _OPEN)
        return _administrator.cluster.url(made[-1])

    yield make
    for database in made:
        await _administrator.execute(f'DROP DATABASE "{database}" WITH (FORCE)')


@pytest.fixture(scope="session")
def kafka_bootstrap() -> Iterator[str]:
    """The address of a real Kafka: LEADFLOW_TEST_KAFKA, else a private broker."""
    named = os.environ.get("LEADFLOW_TEST_KAFKA")
    if named:
        yield named
        return
    from deploy.embedded.kafka.server import PrivateKafka  # noqa: PLC0415 (needs an optional group)

    folder = Path(tempfile.mkdtemp(prefix="leadflow-kafka-"))
    broker = PrivateKafka(folder, guarded=False)
    try:
        broker.start()
        yield broker.bootstrap
    finally:
        broker.stop()
        shutil.rmtree(folder)
