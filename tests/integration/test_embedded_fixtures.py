"""The suite's own databases: fresh for each test, real PostgreSQL 18."""

import asyncpg

from deploy.embedded.postgres.server import PrivatePostgres
from tests.support.infrastructure import DatabaseFactory


async def _connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url.replace("+asyncpg", ""))


async def test_two_databases_share_nothing(empty_database: DatabaseFactory) -> None:
    first = await _connect(await empty_database("one"))
    second = await _connect(await empty_database("one"))
    await first.execute("CREATE TABLE seen (n int)")
    assert await second.fetchval("SELECT to_regclass('seen')") is None
    await first.close()
    await second.close()


async def test_it_is_postgresql_18_with_our_locale(
    postgres_cluster: PrivatePostgres, empty_database: DatabaseFactory
) -> None:
    connection = await _connect(await empty_database("locale"))
    assert await connection.fetchval("SHOW server_version_num") >= "180000"
    assert await connection.fetchval("SELECT upper('ёжик')") == "ЁЖИК"
    await connection.close()
    assert postgres_cluster.running()
