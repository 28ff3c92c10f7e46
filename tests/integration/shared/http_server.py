"""A server as every process runs it, on a loop of its own, and an app that tells what it read."""

import asyncio
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import uvloop
from starlette.types import Receive, Scope, Send

from shared.process import Server, server
from shared.web.connections import Connections
from shared.web.limits import Limits
from tests.support.waiting import eventually

SERVICE = "door-of-a-test"
Found = TypeVar("Found")


@dataclass(eq=False)
class Doorstep:
    """`/held` answers when `gate` is set, `/late` reads then, `/large` answers with much.

    All else is answered with its body's size.
    """

    url: str = ""
    connections: Connections | None = None
    paths: list[str] = field(default_factory=list)
    left: int = 0
    pieces: int = 0  # messages of bodies
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.gate.set)

    async def on_its_loop(self, work: Coroutine[Any, Any, Found]) -> Found:
        """Done by the server's thread, between its turns."""
        assert self.loop is not None
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            self.loop = asyncio.get_running_loop()
            await _lifespan(receive, send)
            return
        self.paths.append(scope["path"])
        size, names = 0, len(scope["headers"])
        if scope["path"] == "/late":
            await self.gate.wait()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                self.left += 1
                return
            size += len(message.get("body", b""))
            self.pieces += 1
            if not message.get("more_body", False):
                break
        if scope["path"] == "/held":
            await self.gate.wait()
        content = b"x" * 10_000_000 if scope["path"] == "/large" else b"%d %d" % (size, names)
        headers = [(b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for start in range(0, len(content), 100_000):
            more = start + 100_000 < len(content)
            piece = content[start : start + 100_000]
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    async def at_rest(self) -> None:
        """Nobody is connected and nothing of anybody's body is held."""
        connections = self.connections
        assert connections is not None

        async def rest() -> tuple[int, int]:
            return connections.count, connections.budget.held

        await eventually(rest, seconds=5, until=(0, 0).__eq__, what="the door is at rest")


@asynccontextmanager
async def doorstep(limits: Limits) -> AsyncIterator[Doorstep]:
    step = Doorstep()
    running = server(cast(Any, step), host="127.0.0.1", port=0, service=SERVICE, limits=limits)
    step.connections = cast(Any, running.config.http).keywords["neighbours"]
    async with serving(running) as step.url:
        try:
            yield step
        finally:
            step.open()


@asynccontextmanager
async def serving(running: Server) -> AsyncIterator[str]:
    """The server's address while it runs, on a loop and in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        task = asyncio.create_task(
            asyncio.to_thread(lambda: uvloop.run(running._serve(sockets=[listening])))
        )
        await eventually(lambda: _started(running), seconds=5, what="the server runs")
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            running.should_exit = True
            await task


async def _started(running: Server) -> bool:
    return running.started


async def _lifespan(receive: Receive, send: Send) -> None:
    for _ in range(2):
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
