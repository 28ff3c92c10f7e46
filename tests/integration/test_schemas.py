"""The migrations of each service make exactly the tables that its code speaks of."""

from functools import partial
from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from shared.migrations import SHARED_TABLES
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
