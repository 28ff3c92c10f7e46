"""A few connections to one database: opened when first needed, lent out one at a time.

Invariant: what is lent again is clean; any other connection is closed.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from operator import itemgetter
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
from pydantic_core import from_json

from shared.outages import is_lost
from shared.standing import stand_back

WAIT_SECONDS = 2.0  # for a connection that somebody else has
CONNECT_SECONDS = 5.0
PART_SECONDS = 1.0  # for taking leave of the server, which may be silent
AGE_SECONDS = 1800.0
STATEMENTS_KEPT = 500  # prepared, per connection: more than a process has

T = TypeVar("T")


class Row(asyncpg.Record):  # type: ignore[misc]
    """A row: `row.name`, `row["name"]`, `**row`; iterates over its values."""

    # Columns of these names come before the driver's methods; `keys` it must keep for `**row`.
    items = property(itemgetter("items"))
    values = property(itemgetter("values"))
    get = property(itemgetter("get"))

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """As the driver's; `opened_at` is monotonic."""

    __slots__ = ("opened_at",)


def driver_url(url: str) -> str:
    """The URL as the driver reads it, from one that SQLAlchemy reads."""
    parts = urlsplit(url)
    options = [("sslmode" if k == "ssl" else k, v) for k, v in parse_qsl(parts.query)]
    return urlunsplit(parts._replace(scheme="postgresql", query=urlencode(options)))


class Connections:
    """At most `size` connections with the given settings of the server. `beside`: nobody waits for
    what they are for, and the server runs here, so its processes for them come after all others.
    """

    def __init__(self, url: str, *, size: int, settings: Mapping[str, str]) -> None:
        self._url = driver_url(url)
        self._size = size
        self._settings = dict(settings)
        self.beside = False
        self._free = asyncio.Semaphore(size)
        self._idle: list[Connection] = []
        self._lent: set[Connection] = set()
        self._parting: set[asyncio.Task[None]] = set()
        self._closed = False

    async def start(self, first: Callable[[Connection], Awaitable[T]]) -> tuple[Connection, T]:
        """Take a connection and run its first statement. If the connection turns out to be dead,
        the others of its age are dropped with it and the statement is run once more on a new one.

        Raises OSError, TimeoutError or the driver's errors; the connection is then given back.
        """
        try:
            return await self._started(first)
        except Exception as error:
            if not is_lost(error):
                raise
        while self._idle:
            self._idle.pop().terminate()
        return await self._started(first)

    async def give_back(self, connection: Connection, *, clean: bool) -> None:
        """`clean` unless a statement was cut off or a transaction may still be open."""
        self._lent.remove(connection)
        if clean and not self._closed and _is_fit(connection):
            self._idle.append(connection)
            self._free.release()
            return
        # Not cut off with the caller: the server must learn that nobody waits any more.
        parting = asyncio.create_task(self._part_with(connection))
        self._parting.add(parting)
        parting.add_done_callback(self._parting.discard)
        await asyncio.shield(parting)

    async def close(self) -> None:
        """Close what is idle; what is still lent out is cut off after a moment."""
        if self._closed:
            return
        self._closed = True
        try:
            async with asyncio.timeout(PART_SECONDS):
                for _ in range(self._size):
                    await self._free.acquire()
                for connection in self._idle:
                    await connection.close()
        except TimeoutError:
            pass  # somebody still has one, or the server is silent
        finally:
            for connection in (*self._idle, *self._lent):
                connection.terminate()

    async def _started(self, first: Callable[[Connection], Awaitable[T]]) -> tuple[Connection, T]:
        connection = await self._take()
        try:
            return connection, await first(connection)
        except BaseException as error:
            # An error that the server answered leaves the connection usable.
            clean = isinstance(error, asyncpg.PostgresError) and not connection.is_closed()
            await self.give_back(connection, clean=clean)
            raise

    async def _take(self) -> Connection:
        if self._closed:
            raise ConnectionError("the connections to the database are closed")
        if self._free.locked():
            async with asyncio.timeout(WAIT_SECONDS):
                await self._free.acquire()
        else:
            await self._free.acquire()
        try:
            connection = self._idle.pop() if self._idle else await self._opened()
        except BaseException:  # whoever is cut off while waiting takes no place with them
            self._free.release()
            raise
        self._lent.add(connection)
        return connection

    async def _opened(self) -> Connection:
        connection: Connection = await asyncpg.connect(
            self._url,
            timeout=CONNECT_SECONDS,
            connection_class=Connection,
            record_class=Row,
            statement_cache_size=STATEMENTS_KEPT,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=0,
            server_settings=self._settings,
        )
        try:
            await _prepare(connection)
            if self.beside:
                await stand_back(connection.get_server_pid())
        except BaseException:  # nobody else knows of it yet
            connection.terminate()
            raise
        return connection

    async def _part_with(self, connection: Connection) -> None:
        try:
            await connection.close(timeout=PART_SECONDS)
        except Exception:  # noqa: BLE001  it is gone either way
            connection.terminate()
        finally:
            self._free.release()


def _is_fit(connection: Connection) -> bool:
    """Whether the next one may have it."""
    return (
        not connection.is_closed()
        and not connection.is_in_transaction()
        and time.monotonic() - connection.opened_at < AGE_SECONDS
    )


async def _prepare(connection: Connection) -> None:
    """Note its age, and let JSON be decoded when read and written as text."""
    connection.opened_at = time.monotonic()
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, encoder=str.__str__, decoder=_read_json, schema="pg_catalog"
        )


def _read_json(text: str) -> Any:
    try:
        return from_json(text)
    except ValueError:  # PostgreSQL keeps more: lone surrogates, any depth
        return json.loads(text)
