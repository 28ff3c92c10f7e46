"""The least HTTP client that can post at a fixed rate beside what it measures.

Keep-alive connections without limit of their number; what breaks is an OSError, never tried again.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 60.0
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(eq=False)
class QuickPoster:
    """Posts JSON below one base address; `async with` closes its connections at the end."""

    base: str
    token: str
    _idle: list[Connection] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def post(self, path: str, body: Any, *, headers: Mapping[str, str]) -> tuple[int, Any]:
        """Status and the JSON of the answer. Raises OSError when there is none in time."""
        connection = await asyncio.wait_for(self._connection(), TIMEOUT_SECONDS)
        kept = False
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                connection[1].write(self._request(path, body, headers))
                status, content = await _answer(connection[0])
            kept = True
        except (EOFError, ValueError) as broken:
            raise ConnectionError(str(broken)) from broken
        finally:
            if kept:
                self._idle.append(connection)
            else:
                connection[1].close()
        return status, json.loads(content) if content else None

    async def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not (connection[0].at_eof() or connection[1].is_closing()):
                return connection
            connection[1].close()
        address = urlsplit(self.base)
        return await asyncio.open_connection(address.hostname, address.port)

    def _request(self, path: str, body: Any, headers: Mapping[str, str]) -> bytes:
        address = urlsplit(self.base)
        content = json.dumps(body).encode()
        lines = [
            f"POST {address.path}{path} HTTP/1.1",
            f"Host: {address.netloc}",
            f"Authorization: Bearer {self.token}",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + content


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Every answer of ours tells its length."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines if line)
    return int(first.split(" ", 2)[1]), await reader.readexactly(int(headers["content-length"]))
