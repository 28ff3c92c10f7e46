"""The only place that opens connections and commits.

Doors write `async with transaction(database)`. What is said inside is written just before the
commit; who waits for it is woken just after.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy import CursorResult, Executable, text
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.errors import UnavailableError
from shared.sealing import SealedError, Sealing

# SQLSTATE classes that tell of the server's state, not of the data: connection, the role or the
# database refused, rollback by deadlock or serialisation, resources (a full disk, too many
# connections), object in use, operator intervention, the system below (I/O), internal errors.
OUTAGE_CLASSES = ("08", "28", "3D", "40", "53", "55", "57", "58", "XX")
# A read-only node; a file that the server may not write, as on a disk remounted read-only; tables
# that are not there yet, because the migration runs beside us.
OUTAGE_STATES = ("25006", "42501", "42P01")
RETRY_AFTER_SECONDS = 2

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


@dataclass(eq=False)
class Bell:
    """Wakes loops of this process; `on_ring` carries the wake-up to other processes, coalesced."""

    events: dict[str, asyncio.Event] = field(default_factory=dict)
    on_ring: Callable[[str], None] | None = None

    def ring(self, channel: str) -> None:
        self.ring_here(channel)
        if self.on_ring is not None:
            self.on_ring(channel)

    def ring_here(self, channel: str) -> None:
        self.events.setdefault(channel, asyncio.Event()).set()

    async def wait(self, channel: str, *, seconds: float) -> None:
        """Return when the channel rings, or after `seconds`: the slow poll is the truth."""
        event = self.events.setdefault(channel, asyncio.Event())
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
        event.clear()


@dataclass(eq=False)
class Database:
    engine: AsyncEngine
    service: str
    bell: Bell = field(default_factory=Bell)
    # What opens the sealed columns, in the processes that may read them.
    sealing: Sealing | None = None

    async def close(self) -> None:
        await self.engine.dispose()


@dataclass(eq=False)
class Session:
    """One transaction. `said` are the events collected so far; hooks run around its commit."""

    connection: AsyncConnection
    database: Database
    said: list[Any] = field(default_factory=list)
    before_commit: list[Callable[["Session"], Awaitable[None]]] = field(default_factory=list)
    rings: set[str] = field(default_factory=set)

    @property
    def sealing(self) -> Sealing:
        if self.database.sealing is None:
            raise SealedError("This process has no keys to what is sealed.")
        return self.database.sealing

    async def execute(
        self, statement: Executable | str, parameters: Parameters = None
    ) -> CursorResult[Any]:
        """Run a Core statement, or SQL text with :named parameters."""
        found = text(statement) if isinstance(statement, str) else statement
        return await self.connection.execute(found, parameters)

    async def scalar(self, statement: Executable | str, parameters: Parameters = None) -> Any:
        return (await self.execute(statement, parameters)).scalar()

    def ring_after_commit(self, channel: str) -> None:
        self.rings.add(channel)


def open_database(
    url: str, *, service: str, pool_size: int = 5, background: bool = False
) -> Database:
    """An engine with bounded waits. `background` connections plan every statement anew: a plan made
    on an empty table would otherwise keep its sequential scan for the connection's life.
    """
    server_settings = {
        "application_name": f"leadflow-{service}",
        "idle_in_transaction_session_timeout": "30000",
        "statement_timeout": "60000" if background else "10000",
        "lock_timeout": "5000",
        "TimeZone": "UTC",
        "jit": "off",
    }
    if background:
        server_settings["plan_cache_mode"] = "force_custom_plan"
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=2.0,
        pool_pre_ping=True,
        pool_recycle=1800,
        hide_parameters=True,  # an error's words reach the log; values may be personal
        connect_args={"timeout": 5, "server_settings": server_settings},
    )
    return Database(engine=engine, service=service)


def sqlstate(error: BaseException) -> str | None:
    """The five-character SQLSTATE behind an error, if PostgreSQL gave one."""
    found: BaseException | None = error
    while found is not None:
        state = getattr(found, "sqlstate", None)
        if isinstance(state, str):
            return state
        found = getattr(found, "orig", None) or found.__cause__
    return None


def is_outage(error: BaseException) -> bool:
    """True when it is the database or the way to it that failed, not what was asked of it."""
    if isinstance(error, UnavailableError):
        return True
    state = sqlstate(error)
    if state is not None:
        return state.startswith(OUTAGE_CLASSES) or state in OUTAGE_STATES
    if isinstance(error, DBAPIError):
        return (
            error.connection_invalidated
            or isinstance(error.orig, OSError)
            or _tells_of_a_closed_connection(error)
        )
    return isinstance(
        error, OSError | PoolTimeoutError | TimeoutError
    ) or _tells_of_a_closed_connection(error)


def _tells_of_a_closed_connection(error: BaseException) -> bool:
    """The driver has one class for a connection that is gone and for being used wrongly: the
    second is a bug of ours, and must not look like an outage for hours.
    """
    return isinstance(error, InterfaceError | asyncpg.InterfaceError) and "closed" in str(error)


@asynccontextmanager
async def transaction(database: Database) -> AsyncIterator[Session]:
    """Commit at the end of the block or roll back on any error.

    Raises UnavailableError when the database, not the work, is at fault.
    """
    try:
        async with database.engine.connect() as connection:
            session = Session(connection=connection, database=database)
            async with connection.begin():
                yield session
                for hook in session.before_commit:
                    await hook(session)
    except Exception as error:
        if is_outage(error) and not isinstance(error, UnavailableError):
            raise UnavailableError(
                "The database cannot answer now.", retry_after_seconds=RETRY_AFTER_SECONDS
            ) from error
        raise
    for channel in session.rings:
        database.bell.ring(channel)


async def refuse_unsafe(database: Database) -> None:
    """Raise RuntimeError unless an acknowledged commit survives a power cut."""
    async with transaction(database) as session:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            value = await session.scalar(f"SHOW {name}")
            if value == "off":
                raise RuntimeError(
                    f"PostgreSQL runs with {name}=off: acknowledged inquiries could be lost; "
                    "turn it on, or set LEADFLOW_ALLOW_UNSAFE_DATABASE=1 for a throw-away database"
                )
