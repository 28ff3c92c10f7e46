"""The only place that opens connections and commits.

Doors write `async with transaction(database)`, or where nothing is written `reading(database)`, and
`snapshot(database)` for what several statements say together.
What is emitted inside is written just before the commit; who waits for it is notified just after.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from shared.connections import Connection, Connections, Row
from shared.errors import UnavailableError
from shared.outages import is_lost, is_outage, is_race, is_unencodable, sqlstate
from shared.session import AutocommitSession, Database, Rows, Session
from shared.wakeup import Wakeup

__all__ = [
    "Database",
    "RolledBackError",
    "Row",
    "Rows",
    "Session",
    "Wakeup",
    "autocommit",
    "is_outage",
    "is_race",
    "is_unencodable",
    "open_database",
    "reading",
    "refuse_unsafe",
    "snapshot",
    "sqlstate",
    "transaction",
]  # fmt: skip

RETRY_AFTER_SECONDS = 2
ROLLBACK_SECONDS = 2.0


class RolledBackError(Exception):
    """A statement of the transaction had failed and the block went on: nothing was committed."""


def open_database(
    url: str,
    *,
    service: str,
    pool_size: int = 5,
    background: bool = False,
    schema: str | None = None,
) -> Database:
    """A database with bounded waits; nothing is connected yet. With a `schema` its tables are the
    ones of that.

    `background` connections make one plan for every statement and keep it, whatever the parameters.
    It may be made while a table is still empty, so they scan no table whole where an index can
    answer.
    """
    settings = {
        "application_name": f"leadflow-{service}",
        "idle_in_transaction_session_timeout": "5000" if background else "30000",
        "statement_timeout": "60000" if background else "10000",
        "lock_timeout": "5000",
        "TimeZone": "UTC",
        "jit": "off",
    }
    if background:
        settings |= {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
    if schema is not None:
        settings["search_path"] = schema
    connections = Connections(url, size=pool_size, settings=settings)
    return Database(connections=connections, url=url, service=service)


def transaction(database: Database) -> AbstractAsyncContextManager[Session]:
    """Commit at the end of the block or roll back on any error.

    Raises UnavailableError when the database, not the work, is at fault; RolledBackError when a
    failed statement was passed over. Whether an UnavailableError of the commit itself left
    anything behind is unknown.
    """
    return _between(database, "BEGIN")


def snapshot(database: Database) -> AbstractAsyncContextManager[Session]:
    """For what several statements read together: all of them see the same moment. Raises as
    `transaction`.
    """
    return _between(database, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")


@asynccontextmanager
async def _between(database: Database, begin: str) -> AsyncIterator[Session]:
    try:
        connection, _ = await database.connections.start(lambda one: one.execute(begin))
        session = Session(database, connection)
        clean = False
        try:
            yield session
            for hook in session.before_commit:
                await hook(session)
            await _commit(session, connection)
            clean = True
        except Exception as error:  # of the caller as well: nothing of it may be committed
            usable = not session.cut_off and not is_lost(error)
            clean = usable and await _rolled_back(connection)
            raise
        finally:
            await database.connections.give_back(connection, clean=clean)
    except Exception as error:  # an outage by any of its names; everything else goes on as it is
        _raise_as_outage(error)
        raise


async def _commit(session: Session, connection: Connection) -> None:
    tag = await connection.execute("COMMIT")
    if not committed(tag):
        raise RolledBackError("a failed statement was passed over: nothing was committed")
    for hook in session.after_commit:
        hook()
    for channel in session.notifications:
        session.database.wakeup.notify(channel)


def committed(tag: str) -> bool:
    """The server answers a COMMIT after a failed statement by ROLLBACK, and by no error."""
    return tag == "COMMIT"


async def _rolled_back(connection: Connection) -> bool:
    """Whether the connection can be used again."""
    try:
        if not connection.is_closed() and connection.is_in_transaction():
            await connection.execute("ROLLBACK", timeout=ROLLBACK_SECONDS)
    except Exception:  # noqa: BLE001  the first error is the one to raise
        return False
    return not connection.is_closed()


@asynccontextmanager
async def autocommit(database: Database) -> AsyncIterator[Session]:
    """Statements that are each a transaction of their own. Nothing can be emitted among them.

    The first runs again when its connection turns out to be dead, so one that writes must bear to
    be repeated. Raises UnavailableError when the database, not the statement, is at fault.
    """
    session = AutocommitSession(database)
    lost = False
    try:
        try:
            yield session
        except Exception as error:  # of the caller as well, who may pass on what the driver raised
            lost = is_lost(error)
            raise
        finally:
            if session.connection is not None:
                clean = not session.cut_off and not lost
                await database.connections.give_back(session.connection, clean=clean)
    except Exception as error:  # an outage by any of its names; everything else goes on as it is
        _raise_as_outage(error)
        raise


reading = autocommit  # where nothing is written


def _raise_as_outage(error: Exception) -> None:
    if is_outage(error) and not isinstance(error, UnavailableError):
        raise UnavailableError(
            "The database cannot answer now.", retry_after_seconds=RETRY_AFTER_SECONDS
        ) from error


async def refuse_unsafe(database: Database) -> None:
    """Raise RuntimeError unless an acknowledged commit survives a power cut."""
    async with reading(database) as session:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            value = await session.scalar(f"SHOW {name}")
            if value == "off":
                raise RuntimeError(
                    f"PostgreSQL runs with {name}=off: acknowledged inquiries could be lost; "
                    "turn it on, or set LEADFLOW_ALLOW_UNSAFE_DATABASE=1 for a throw-away database"
                )
