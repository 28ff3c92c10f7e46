"""The migrations make exactly the tables that the code speaks of."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from services.history.tables import metadata
from shared.database import Database
from shared.messaging.schema import MESSAGING_TABLES


def _differences(connection: Connection) -> list[object]:
    kernel = {*MESSAGING_TABLES, "alembic_version"}
    context = MigrationContext.configure(
        connection,
        opts={
            "include_name": lambda name, kind, _parents: (
                kind != "table" or not (name in kernel or name.startswith("timeline_entry_"))
            ),
            "compare_type": True,
        },
    )
    return list(compare_metadata(context, metadata))


async def test_migrations_and_tables_agree(database: Database) -> None:
    engine = create_async_engine(database.url)
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(_differences) == []
    finally:
        await engine.dispose()
