"""Statements inside a transaction or without one, and the rows they return."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from shared.arrays import flat
from shared.connections import Connection, Connections, Row
from shared.process_mark import ProcessMark
from shared.sealing import SealedError, Sealing
from shared.statements import Statement, compile_core, translate
from shared.turns import Turns
from shared.wakeup import Wakeup

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class Rows(list[Row]):
    """What a statement answered, all of it."""

    def first(self) -> Row | None:
        return self[0] if self else None

    def one(self) -> Row:
        """Raises LookupError unless there is exactly one row."""
        if len(self) != 1:
            raise LookupError(f"one row was expected, not {len(self)}")
        return self[0]

    def scalars(self) -> list[Any]:
        """The first column."""
        return [row[0] for row in self]


class Outlet(Protocol):
    """The log of this process: see `messaging.log.memory`."""

    def expect(self, topics: Collection[str]) -> None:
        """Something is about to be committed; whether it was may stay unknown."""
        ...

    def hand_over(self, events: Sequence[Any]) -> None:
        """What was committed."""
        ...

    def is_rushed(self) -> bool:
        """Whether more is handed over than usual."""
        ...

    @property
    def turns(self) -> Turns:
        """Of the consumers that nobody waits for."""
        ...


@dataclass(eq=False)
class Database:
    """`url` as SQLAlchemy reads it, with the password."""

    connections: Connections
    url: str = field(repr=False)
    service: str
    wakeup: Wakeup = field(default_factory=Wakeup)
    # What opens the sealed columns, in the processes that may read them.
    sealing: Sealing | None = None
    # The log of this process, which what is emitted is handed to; without one a relay sends it.
    outlet: Outlet | None = None
    # That this process works here; without one nobody asks how it ended.
    mark: ProcessMark | None = None
    # The channels that are notified after each commit that emitted something.
    on_emit: Sequence[str] = ()

    async def close(self) -> None:
        await self.connections.close()


@dataclass(eq=False)
class Session:
    """One transaction. `emitted` are the events collected so far; hooks run around its commit.

    What is in `after_commit` runs in order once the server has confirmed the commit, and never when
    that is unknown; it must not raise.
    """

    database: Database
    connection: Connection | None
    emitted: list[Any] = field(default_factory=list)
    before_commit: list[Callable[["Session"], Awaitable[None]]] = field(default_factory=list)
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    notifications: set[str] = field(default_factory=set)
    cut_off: bool = False

    @property
    def sealing(self) -> Sealing:
        if self.database.sealing is None:
            raise SealedError("This process has no keys to what is sealed.")
        return self.database.sealing

    async def execute(self, statement: Statement | str, parameters: Parameters = None) -> Rows:
        """Run a Core statement, or SQL text with :named parameters. A sequence of mappings runs the
        text once for each of them and answers nothing.
        """
        if not isinstance(statement, str):
            return await self._fetch(*compile_core(statement))
        translated = translate(statement)
        if parameters is None or isinstance(parameters, Mapping):
            return await self._fetch(translated.sql, translated.values(parameters))
        return await self._many(translated.sql, [translated.values(row) for row in parameters])

    async def scalar(self, statement: Statement | str, parameters: Parameters = None) -> Any:
        """The first column of the first row, or None."""
        rows = await self.execute(statement, parameters)
        return rows[0][0] if rows else None

    def notify_after_commit(self, channel: str) -> None:
        self.notifications.add(channel)

    async def _fetch(self, sql: str, values: Sequence[Any]) -> Rows:
        assert self.connection is not None
        try:
            return Rows(await self.connection.fetch(sql, *map(flat, values)))
        except asyncio.CancelledError:
            self.cut_off = True
            raise

    async def _many(self, sql: str, rows: Sequence[Sequence[Any]]) -> Rows:
        assert self.connection is not None
        try:
            await self.connection.executemany(sql, rows)
        except asyncio.CancelledError:
            self.cut_off = True
            raise
        return Rows()


class AutocommitSession(Session):
    """A session without a transaction; its connection is taken with the first statement."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, None, emitted=_Refusing(), before_commit=_Refusing())
        self.after_commit = _Refusing()

    def notify_after_commit(self, _channel: str) -> None:
        _refuse()

    async def _fetch(self, sql: str, values: Sequence[Any]) -> Rows:
        if self.connection is not None:
            return await super()._fetch(sql, values)

        async def first(connection: Connection) -> Rows:
            return Rows(await connection.fetch(sql, *map(flat, values)))

        self.connection, rows = await self.database.connections.start(first)
        return rows

    async def _many(self, _sql: str, _rows: Sequence[Sequence[Any]]) -> Rows:
        _refuse()


class _Refusing(list[Any]):
    def append(self, _item: Any) -> None:
        _refuse()


def _refuse() -> NoReturn:
    raise RuntimeError("Nothing can be emitted or notified outside a transaction.")
