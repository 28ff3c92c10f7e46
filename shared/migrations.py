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

from shared.messaging.schema import MESSAGING_TABLES
from shared.read_audit.schema import READ_AUDIT_TABLES
from shared.statistics import ANALYZE_FILLED

SERVICES_ROOT = Path(__file__).resolve().parent.parent / "services"
# What services have besides their own tables.
SHARED_TABLES = MESSAGING_TABLES | READ_AUDIT_TABLES
LOCK_KEY = 7_310_573  # any constant: one migration at a time in a database
LOCK_POLL_SECONDS = 0.2
LOCK_WAIT_SECONDS = 120.0


def configuration(service: str) -> Config:
    """Alembic's configuration of one service; no ini file, nothing read from the environment."""
    config = Config()
    config.set_main_option("script_location", str(SERVICES_ROOT / service / "migrations"))
    return config


async def upgrade(service: str, database_url: str, *, schema: str | None = None) -> None:
    """Bring the service's database to its newest form. Safe to run from many processes at once.

    With a `schema` the tables are made, or changed, in that one and nowhere else.
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
    heads = script.get_heads()
    context = EnvironmentContext(config, script)
    with context:
        context.configure(connection=connection, transactional_ddl=True)
        current = context.get_context().get_current_heads()
    if tuple(current) == tuple(heads):
        return
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
