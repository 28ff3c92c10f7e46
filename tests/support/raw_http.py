"""A sender without manners: raw bytes to a port, and whatever comes back."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

PATIENCE_SECONDS = 60.0
FULL_SECONDS = 20.0  # that a peer takes nothing, and it is done with taking


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """Status 0: the connection ended without an answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def problem(self) -> Any:
        """The problem document of a refusal that ends its connection."""
        assert self.headers["content-type"] == "application/problem+json", self
        assert self.headers["connection"] == "close", self
        document = json.loads(self.body)
        assert document["status"] == self.status
        return document


@dataclass(eq=False)
class RawConnection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def pour(self, pieces: int, piece: bytes) -> int:
        """Write as fast as the peer takes it, until it stops taking; how many bytes it was."""
        poured = 0
        with suppress(OSError):
            for _ in range(pieces):
                self.writer.write(piece)
                await asyncio.wait_for(self.writer.drain(), FULL_SECONDS)
                poured += len(piece)
        return poured

    async def answer(self) -> RawAnswer:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await _answer(self.reader)
        except (ConnectionError, EOFError):
            return RawAnswer(0)

    async def closed(self) -> bool:
        """True when the peer has closed, whatever it said before. Raises TimeoutError."""
        with suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await self.reader.read(65_536):
                    pass
        return True

    def drop(self) -> None:
        self.writer.transport.abort()


async def connect(url: str) -> RawConnection:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    return RawConnection(reader, writer)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[RawConnection]:
    connection = await connect(url)
    try:
        yield connection
    finally:
        connection.drop()


async def exchange(url: str, data: bytes) -> RawAnswer:
    """The answer to these bytes on a connection of their own."""
    async with connected(url) as connection:
        connection.write(data)
        return await connection.answer()


def head(target: str, *lines: str, method: str = "POST") -> bytes:
    return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: door", *lines, "", ""]).encode()


def post(target: str, body: bytes, *lines: str) -> bytes:
    return head(target, *lines, f"Content-Length: {len(body)}") + body


async def _answer(reader: asyncio.StreamReader) -> RawAnswer:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return RawAnswer(int(first.split(" ", 2)[1]), headers, body)
