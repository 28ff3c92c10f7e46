"""Clients of the stream, and API processes to follow it at, on the test's own loop."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr

from services.routing.service import ROUTING
from services.routing.settings import Settings
from shared.application import create_app
from shared.process import Server, server
from tests.integration.routing.harness import Company
from tests.support.waiting import eventually

ACCEPT = {"Accept": "text/event-stream"}


@dataclass(eq=False)
class Process:
    """One API process of routing."""

    url: str
    running: Server
    serving: "asyncio.Task[None]"

    async def stop(self) -> float:
        """Ask it to end; how many seconds it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self.running.should_exit = True
        await self.serving
        return loop.time() - began


@asynccontextmanager
async def api_process(company: Company, url: str) -> AsyncIterator[Process]:
    settings = Settings(
        database_url=SecretStr(url),
        keys_file=Path(company.door.keys.public),
        allow_unsafe_database=True,
    )
    app = create_app(ROUTING, settings, clock=lambda: company.now)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        running = server(app, host="127.0.0.1", port=0, service="routing")
        serving = asyncio.create_task(running._serve(sockets=[listening]))
        process = Process(f"http://127.0.0.1:{listening.getsockname()[1]}", running, serving)

        async def started() -> bool:
            return running.started

        await eventually(started, seconds=5, what="the API runs")
        try:
            yield process
        finally:
            await process.stop()


@dataclass(eq=False)
class Client:
    """`events` are what it was given, without signs of life; `place` is where it would go on."""

    headers: dict[str, str]
    params: dict[str, str | list[str]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    place: str | None = None
    retries: int = 0
    following: "asyncio.Task[None] | None" = None

    @property
    def types(self) -> list[str]:
        return [str(event["type"]).removesuffix(".v1") for event in self.events]

    def start(self, url: str) -> None:
        self.following = asyncio.create_task(self.read(url))

    async def kill(self) -> None:
        assert self.following is not None
        self.following.cancel()
        with suppress(asyncio.CancelledError):
            await self.following

    async def read(self, url: str) -> None:
        place = {} if self.place is None else {"Last-Event-ID": self.place}
        target = httpx.URL(url).join("/v1/stream").copy_merge_params(self.params)
        lines = [f"{name}: {value}" for name, value in {**ACCEPT, **self.headers, **place}.items()]
        head = [f"GET {target.raw_path.decode()} HTTP/1.1", f"host: {target.host}", *lines, "", ""]
        reader, writer = await asyncio.open_connection(target.host, target.port)
        try:
            writer.write("\r\n".join(head).encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200 "), answer
            await self._take(reader)
        finally:
            writer.transport.abort()

    async def _take(self, reader: asyncio.StreamReader) -> None:
        text = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            text += await reader.readexactly(size)
            await reader.readexactly(2)
            *blocks, text = text.split(b"\n\n")
            for block in blocks:
                self._note(dict(line.split(b":", 1) for line in block.split(b"\n")))

    def _note(self, parts: dict[bytes, bytes]) -> None:
        # As browsers do: an id without data is a place all the same.
        if b"id" in parts:
            self.place = parts[b"id"].decode().strip()
        self.retries += b"retry" in parts
        if b"data" in parts:
            self.names.append(parts[b"event"].decode().strip())
            if self.names[-1] != "reset":
                self.events.append(json.loads(parts[b"data"]))

    async def has(self, number: int) -> None:
        async def count() -> int:
            return len(self.events)

        await eventually(
            count, seconds=20, what=f"{number} events", until=lambda have: have >= number
        )

    async def joined(self) -> None:
        async def place() -> str | None:
            return self.place

        await eventually(place, seconds=10, what="it follows")


def follower(company: Company, manager_id: UUID | None = None, **params: str | list[str]) -> Client:
    role = "supervisor" if manager_id is None else "manager"
    return Client(company.door.as_(role, manager_id=manager_id), params)
