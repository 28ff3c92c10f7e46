"""A wire to PostgreSQL that can be cut, made deaf, or cut just after the server has committed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import make_url

COMMITTED = b"INSERT 0 "  # the server's word that the door's statement is done


@dataclass(eq=False)
class Wire:
    """`mode`: pass on, `frozen` (nothing passes), `cut` (connections are refused),
    `cut_answer` (the next answer to an INSERT is swallowed and the connection closed).
    """

    url: str
    mode: str = "pass"
    swallowed: int = 0
    openings: int = 0
    _through: set[asyncio.StreamWriter] = field(default_factory=set)
    _thawed: asyncio.Event = field(default_factory=asyncio.Event)

    def freeze(self) -> None:
        self.mode = "frozen"
        self._thawed.clear()

    def cut(self) -> None:
        self.mode = "cut"
        for writer in list(self._through):
            writer.transport.abort()

    def restore(self) -> None:
        self.mode = "pass"
        self._thawed.set()

    async def wakeup_loop(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        self._through.add(writer)
        with suppress(OSError, asyncio.CancelledError):
            while data := await reader.read(65536):
                if self.mode == "frozen":
                    await self._thawed.wait()
                if answers and self.mode == "cut_answer" and COMMITTED in data:
                    self.swallowed += 1
                    self.mode = "pass"
                    break
                writer.write(data)
                await writer.drain()
        self._through.discard(writer)
        writer.transport.abort()


@asynccontextmanager
async def wire_to(url: str) -> AsyncIterator[Wire]:
    """A TCP door in front of the cluster's socket."""
    parts = make_url(url)
    socket = f"{parts.query['host']}/.s.PGSQL.{parts.query['port']}"
    carrying: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if wire.mode == "cut":
            writer.transport.abort()
            return
        wire.openings += 1
        server_reader, server_writer = await asyncio.open_unix_connection(socket)
        for source, target, answers in (
            (reader, server_writer, False),
            (server_reader, writer, True),
        ):
            task = asyncio.create_task(wire.wakeup_loop(source, target, answers=answers))
            carrying.add(task)
            task.add_done_callback(carrying.discard)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    through = parts.set(host="127.0.0.1", port=port, query={})
    wire = Wire(through.render_as_string(hide_password=False))
    try:
        yield wire
    finally:
        wire.restore()
        server.close()
        for task in list(carrying):
            task.cancel()
        if carrying:
            await asyncio.wait(carrying)
