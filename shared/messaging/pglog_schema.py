"""The tables of the log in PostgreSQL, made in a database of their own.

A database made anew gets a new identity: another log, with other positions.
"""

import asyncio

from shared.database import open_database, transaction
from shared.errors import UnavailableError
from shared.ids import new_id
from shared.statistics import ANALYZE_FILLED

LOCK_KEY = 7_310_574  # any constant: one migration at a time in this database
LOCK_POLL_SECONDS = 0.1
LOCK_WAIT_SECONDS = 60.0

_TABLES = (
    """CREATE TABLE IF NOT EXISTS log_identity (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), id uuid NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS log_partition (
        topic text NOT NULL, partition integer NOT NULL,
        first_offset bigint NOT NULL DEFAULT 0, next_offset bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (topic, partition))""",
    # Rows of one partition lie together, and are written, read and deleted in offset order.
    """CREATE TABLE IF NOT EXISTS log_record (
        topic text NOT NULL, partition integer NOT NULL, "offset" bigint NOT NULL,
        key bytea, payload bytea, headers json NOT NULL, at timestamptz NOT NULL,
        PRIMARY KEY (topic, partition, "offset"))""",
    """CREATE TABLE IF NOT EXISTS log_position (
        reader text NOT NULL, topic text NOT NULL, partition integer NOT NULL,
        next_offset bigint NOT NULL, PRIMARY KEY (reader, topic, partition))""",
)


async def migrate(url: str) -> None:
    """Create what is missing. Safe to run again and from many processes at once.

    Raises UnavailableError.
    """
    database = open_database(url, service="log", pool_size=1)
    try:
        async with asyncio.timeout(LOCK_WAIT_SECONDS):
            while True:
                async with transaction(database) as session:
                    if await session.scalar(f"SELECT pg_try_advisory_xact_lock({LOCK_KEY})"):
                        for statement in _TABLES:
                            await session.execute(statement)
                        await session.execute(
                            "INSERT INTO log_identity (id) VALUES (:id) ON CONFLICT DO NOTHING",
                            {"id": new_id()},
                        )
                        await session.execute(ANALYZE_FILLED)
                        return
                await asyncio.sleep(LOCK_POLL_SECONDS)
    except TimeoutError as error:
        raise UnavailableError("Another process keeps the log's tables locked.") from error
    finally:
        await database.close()
