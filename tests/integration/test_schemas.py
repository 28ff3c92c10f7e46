"""The migrations of each service make exactly the tables that its code speaks of."""

from functools import partial
from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.migrations import SHARED_TABLES, OtherVersionError, upgrade
from tests.contract.apps import SERVICES
from tests.support.infrastructure import DatabaseFactory

OTHERS = {*SHARED_TABLES, "alembic_version"}
# The partitions of history's timeline are made as time goes on.
MADE_LATER = ("timeline_entry_",)
# Where there is a column of the type json, whose values PostgreSQL cannot compare.
DEFAULTS_UNCOMPARED = {"intake"}


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or not (name in OTHERS or str(name).startswith(MADE_LATER))


def _differences(connection: Connection, metadata: MetaData, *, defaults: bool) -> list[object]:
    context = MigrationContext.configure(
        connection,
        opts={
            "include_name": _is_ours,
            "compare_type": True,
            "compare_server_default": defaults,
        },
    )
    return list(compare_metadata(context, metadata))


@pytest.mark.parametrize("service", SERVICES)
async def test_migrations_and_tables_agree(
    migrated_database: DatabaseFactory, service: str
) -> None:
    metadata: MetaData = import_module(f"services.{service}.tables").metadata
    engine = create_async_engine(await migrated_database(service))
    try:
        async with engine.connect() as connection:
            differences = await connection.run_sync(
                partial(
                    _differences, metadata=metadata, defaults=service not in DEFAULTS_UNCOMPARED
                )
            )
            assert differences == []
    finally:
        await engine.dispose()


# What tells one table of each service from that of another version.
CHANGES = {
    "intake": ("ALTER TABLE inquiry DROP COLUMN received_at CASCADE", "inquiry.received_at"),
    "routing": ("ALTER TABLE lead ADD COLUMN colour text", "lead.colour"),
    "history": ("DROP TABLE sale_rule", "sale_rule.one, sale_rule.same_sale_hours"),
    "kpi": ("ALTER TABLE sale RENAME COLUMN at TO moment", "sale.at, sale.moment"),
}


async def _change(url: str, statement: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


@pytest.mark.parametrize("service", SERVICES)
async def test_tables_of_another_version_are_named_and_left_alone(
    migrated_database: DatabaseFactory, service: str
) -> None:
    url = await migrated_database(service)
    await upgrade(service, url)
    statement, columns = CHANGES[service]
    await _change(url, statement)
    for _ in range(2):
        with pytest.raises(OtherVersionError) as refusal:
            await upgrade(service, url)
        assert str(refusal.value).endswith(f"'s tables were made by another version ({columns})")


async def test_a_database_of_a_newer_version_is_named(migrated_database: DatabaseFactory) -> None:
    url = await migrated_database("routing")
    await _change(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(OtherVersionError, match="made by a newer version"):
        await upgrade("routing", url)
