"""Alembic for every service: one history per database, run one at a time under a polled lock.

A waiting lock session would block CREATE INDEX CONCURRENTLY, so the lock is tried, not awaited.
"""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.errors import ServiceError
from shared.messaging.schema import MESSAGING_TABLES
from shared.read_audit.schema import READ_AUDIT_TABLES
from shared.statistics import ANALYZE_FILLED

SERVICES_ROOT = Path(__file__).resolve().parent.parent / "services"
# What services have besides their own tables.
SHARED_TABLES = MESSAGING_TABLES | READ_AUDIT_TABLES
LOCK_KEY = 7_310_573  # any constant: one migration at a time in a database
LOCK_POLL_SECONDS = 0.2
LOCK_WAIT_SECONDS = 120.0
NAMED_DIFFERENCES = 3
COLUMNS = """
    SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND a.attnum > 0
        AND NOT a.attisdropped"""


class OtherVersionError(ServiceError):
    """The database was made by a version of this service whose tables were others."""


def configuration(service: str) -> Config:
    """Alembic's configuration of one service; no ini file, nothing read from the environment."""
    config = Config()
    config.set_main_option("script_location", str(SERVICES_ROOT / service / "migrations"))
    return config


async def upgrade(service: str, database_url: str, *, schema: str | None = None) -> None:
    """Bring the service's database to its newest form. Safe to run from many processes at once.

    With a `schema` the tables are made, or changed, in that one and nowhere else. Raises
    OtherVersionError when the tables are not those that the code speaks of.
    """
    settings = {"lock_timeout": "5000", **({"search_path": schema} if schema else {})}
    engine = create_async_engine(
        database_url,
        poolclass=NullPool,
        connect_args={"server_settings": settings},
    )
    try:
        alone = engine.execution_options(isolation_level="AUTOCOMMIT")
        async with alone.connect() as guard:
            async with asyncio.timeout(LOCK_WAIT_SECONDS):
                while not await guard.scalar(  # noqa: ASYNC110  nothing notifies us here
                    text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK_KEY}
                ):
                    await asyncio.sleep(LOCK_POLL_SECONDS)
            async with engine.connect() as connection:
                await connection.run_sync(_run, service)
            await guard.execute(text(ANALYZE_FILLED))
    finally:
        await engine.dispose()


def _run(connection: Connection, service: str) -> None:
    config = configuration(service)
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    context = EnvironmentContext(config, script)
    with context:
        context.configure(connection=connection, transactional_ddl=True)
        current = context.get_context().get_current_heads()
    if set(current) - {revision.revision for revision in script.walk_revisions()}:
        raise OtherVersionError(f"{service}'s tables were made by a newer version")
    # With nothing to do it still compares, as a folder of an earlier version may be at the head.
    command.upgrade(config, "head")
    connection.commit()


def run_environment(metadata: MetaData) -> None:
    """What a service's env.py does: run its migrations on the connection it was given."""
    from alembic import context  # noqa: PLC0415  alembic's proxy exists only while env.py runs

    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=lambda name, kind, _parents: kind != "table" or name not in SHARED_TABLES,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    _refuse_other_tables(connection, metadata)


def _refuse_other_tables(connection: Connection, metadata: MetaData) -> None:
    """Raises OtherVersionError when a column is missing, or one too many, in a service's tables."""
    ours = {(table.name, column.name) for table in metadata.tables.values() for column in table.c}
    names = {table for table, _ in ours}
    theirs = {(row[0], row[1]) for row in connection.execute(text(COLUMNS)) if row[0] in names}
    different = sorted(f"{table}.{column}" for table, column in ours ^ theirs)
    if different:
        rest = len(different) - NAMED_DIFFERENCES
        named = ", ".join(different[:NAMED_DIFFERENCES]) + (f" and {rest} more" if rest > 0 else "")
        database = connection.scalar(text("SELECT current_database()"))
        raise OtherVersionError(f"{database}'s tables were made by another version ({named})")
