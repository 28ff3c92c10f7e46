"""Posting bytes as they are, at the highest rate that keep-alive connections give."""

import asyncio
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Shot:
    """One request, ready for the wire but for the server's address."""

    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    method: str = "POST"

    def wire(self, host: str) -> bytes:
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            f"Host: {host}",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + self.body


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """An answer; status 0 when none came, and then nobody knows whether it was kept."""

    status: int
    receipt: str | None = None
    retry_after: str | None = None


@dataclass(eq=False)
class Connection:
    """One keep-alive connection, opened again whenever the server has closed it."""

    url: str
    _stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._close()

    async def post(self, shot: Shot) -> ReceivedEvent:
        address = urlsplit(self.url)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                if self._stream is None:
                    self._stream = await asyncio.open_connection(address.hostname, address.port)
                reader, writer = self._stream
                writer.write(shot.wire(address.netloc))
                heard, stays = await _heard(reader)
        except (OSError, EOFError, ValueError):
            self._close()
            return ReceivedEvent(0)
        if not stays:
            self._close()
        return heard

    def _close(self) -> None:
        if self._stream is not None:
            self._stream[1].close()
            self._stream = None


async def _heard(reader: asyncio.StreamReader) -> tuple[ReceivedEvent, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    await reader.readexactly(int(headers.get("content-length", 0)))
    status = int(first.split(" ", 2)[1])
    heard = ReceivedEvent(status, headers.get("leadflow-receipt"), headers.get("retry-after"))
    return heard, headers.get("connection", "").lower() != "close"
