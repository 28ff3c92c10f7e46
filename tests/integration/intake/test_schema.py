"""The migrated database is what the code's tables say."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from services.intake.tables import metadata
from shared.migrations import SHARED_TABLES


async def test_tables_and_migration_agree(intake_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _parents: (
                    kind != "table" or name not in {*SHARED_TABLES, "alembic_version"}
                ),
            },
        )
        changes: list[object] = compare_metadata(context, metadata)
        return changes

    engine = create_async_engine(intake_url)
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await engine.dispose()
