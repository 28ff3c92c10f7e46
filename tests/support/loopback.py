"""Tests' own HTTP servers on the loopback: one request a connection, answered as the test wants."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

Answer = tuple[int, dict[str, str], bytes]  # status, headers and body


@dataclass(frozen=True)
class Asked:
    """A request; `headers` by their names in lower case, `head` as it came."""

    head: str
    path: str
    headers: dict[str, str]
    body: bytes


@asynccontextmanager
async def served(answer: Callable[[Asked], Awaitable[Answer]]) -> AsyncIterator[str]:
    """The server's URL, while it is open."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            status, headers, body = await answer(await _read(reader))
            lines = [f"{name}: {value}" for name, value in headers.items()]
            length = f"content-length: {len(body)}"
            head = "\r\n".join([f"HTTP/1.1 {status} X", length, *lines, "", ""])
            writer.write(head.encode() + body)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server:
        yield f"http://{host}:{port}"


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    pairs = (line.partition(": ") for line in lines if line)
    headers = {name.lower(): value for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(head, first.split(" ")[1], headers, body)
