"""A connection that has ended leaves nothing for the collector, on whose rounds everybody waits."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from weakref import WeakSet

import pytest

from shared.web.http_connection import HttpConnection
from shared.web.limits import HEAD_BYTES, Limits
from tests.integration.shared.http_server import Doorstep, doorstep
from tests.support.raw_http import connected, head, post
from tests.support.waiting import eventually

# What is sent before the sender leaves, and whether it waits for an answer.
VISITS = {
    "nothing": (b"", False),
    "half a head": (b"POST / HTTP/1.1\r\nContent-Le", False),
    "half a body": (head("/", "Content-Length: 300000") + b"x" * 100_000, False),
    "a request": (post("/", b"served"), True),
    "a last request": (post("/", b"served", "Connection: close"), True),
    "a request that still runs": (head("/held", method="GET"), False),
    "requests that wait for it": (head("/held", method="GET") * 3, False),
    "a refused head": (b"GET / HTTP/1.1\r\nX: " + b"x" * HEAD_BYTES, True),
    "no request": (b"\x00\r\n\r\n", True),
}


@pytest.fixture
async def step() -> AsyncIterator[Doorstep]:
    async with doorstep(Limits(linger_seconds=0.1, sweep_seconds=0.02)) as found:
        yield found


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeakSet[HttpConnection]]:
    """The connections in memory, while nothing is collected."""
    connections: WeakSet[HttpConnection] = WeakSet()
    make = HttpConnection.connection_made

    def noted(connection: HttpConnection, transport: asyncio.Transport) -> None:
        connections.add(connection)
        make(connection, transport)

    monkeypatch.setattr(HttpConnection, "connection_made", noted)
    gc.disable()
    yield connections
    gc.enable()


@pytest.mark.parametrize(("sent", "answered"), VISITS.values(), ids=VISITS)
async def test_its_memory_is_free_when_it_ends(
    step: Doorstep, alive: WeakSet[HttpConnection], sent: bytes, *, answered: bool
) -> None:
    async def number() -> int:
        return len(alive)

    async with connected(step.url) as sender:
        sender.write(sent)
        if answered:
            assert (await sender.answer()).status
        else:
            await eventually(number, seconds=5, what="it is there")
    step.open()
    await step.at_rest()
    await eventually(number, seconds=5, until=(0).__eq__, what="nothing of it is left")
