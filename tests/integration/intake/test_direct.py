"""The direct way says what the ordinary way says, byte for byte, however a request is spelt or cut.

Two wires lead to one app: one offers it complete requests directly, the other never does.
"""

import asyncio
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.server import ServerState

from services.intake.repository import arrivals
from services.intake.repository.arrivals import Arrival, Receipt
from shared.web.connections import Connections
from shared.web.direct import DirectProtocol
from shared.web.limits import Limits
from tests.integration.intake.harness import House
from tests.integration.intake.spellings import STREAMS, Senders
from tests.integration.intake.wire import Wire
from tests.support.chance import examples
from tests.support.raw_http import connect
from tests.support.waiting import eventually

LAST = b"GET /v1/nowhere HTTP/1.1\r\nConnection: close\r\n\r\n"
_RANDOM = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=\"trace_id\":\")[0-9a-f]{32}")


@dataclass(eq=False)
class Doors:
    """The ports of both ways, and how many requests were taken directly."""

    ordinary: int = 0
    direct: int = 0
    direct_count: int = 0
    connections: Connections = field(default_factory=lambda: Connections("intake", Limits()))


@asynccontextmanager
async def both(house: House) -> AsyncIterator[Doors]:
    doors = Doors()

    def counted(*request: Any) -> Any:
        answering = house.app.direct(*request)
        doors.direct_count += answering is not None
        return answering

    loop = asyncio.get_running_loop()
    servers = []
    for direct in (None, counted):
        state = ServerState()
        state.default_headers = [(b"date", b"today")]
        protocol: Any = partial(
            DirectProtocol,
            config=uvicorn.Config(house.app, ws="none", access_log=False),
            server_state=state,
            app_state={},
            neighbours=doors.connections,
            direct=direct,
        )
        servers.append(await loop.create_server(protocol, "127.0.0.1", 0))
    doors.ordinary, doors.direct = (server.sockets[0].getsockname()[1] for server in servers)
    try:
        yield doors
    finally:
        for server in servers:
            server.close()


async def exchange(port: int, pieces: Sequence[bytes]) -> bytes:
    """All that comes back when these pieces arrive one after the other, and the sender is done."""
    loop = asyncio.get_running_loop()
    answer = b""
    with socket.socket() as sender:
        sender.setblocking(False)
        sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(sender, ("127.0.0.1", port))
        # A connection that was closed early may be reset: what it said before is there to read.
        with suppress(ConnectionError):
            for piece in [*pieces, LAST]:
                await loop.sock_sendall(sender, piece)
                await asyncio.sleep(0)
        with suppress(ConnectionError):
            async with asyncio.timeout(60):
                while chunk := await loop.sock_recv(sender, 65_536):
                    answer += chunk
    return answer


def cut(stream: bytes, places: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges) if end > start]


async def answers(
    doors: Doors, stream: bytes, places: Sequence[int] = ()
) -> tuple[bytes, bytes, int]:
    """What both ways say, ids made alike, and how often the direct way was taken."""
    before = doors.direct_count
    streams = [
        _RANDOM.sub(b"some", await exchange(port, cut(stream.replace(b"@@", way), places)))
        for port, way in ((doors.ordinary, b"or"), (doors.direct, b"di"))
    ]
    return streams[0], streams[1], doors.direct_count - before


@pytest.fixture
async def senders(house: House) -> Senders:
    """Tokens; the first one was verified before."""
    await house.source(key="site", adapter="generic-json", secrets={"secret": "s"})
    return await senders_of(house)


async def senders_of(house: House) -> Senders:
    senders = Senders(admin=house.token("admin"), supervisor=house.token("supervisor"))
    await house.client.post("/v1/inquiries", headers=senders.authorization(), content=b"{}")
    return senders


async def test_both_ways_say_the_same(house: House, senders: Senders) -> None:
    async with both(house) as doors:
        for name, stream_of in STREAMS.items():
            stream, directly = stream_of(senders)
            ordinary, direct, count = await answers(doors, stream)
            assert direct == ordinary, name
            assert ordinary.startswith(b"HTTP/1.1 "), name
            assert count == directly, name
    rows = await house.rows("SELECT source_id, method, headers, body, native FROM submission")
    counts = Counter(tuple(row.values()) for row in rows)
    assert counts
    assert not [row for row, times in counts.items() if times % 2], "both keep the same"


@examples(60)
@given(
    names=st.lists(st.sampled_from(sorted(STREAMS)), min_size=1, max_size=4),
    places=st.lists(st.integers(0, 4000), max_size=4),
)
async def test_pipelined_and_cut_anywhere_too(
    house: House, senders: Senders, names: list[str], places: list[int]
) -> None:
    stream = b"".join(STREAMS[name](senders)[0] for name in names)
    async with both(house) as doors:
        ordinary, direct, _ = await answers(doors, stream, places)
    assert direct == ordinary


async def test_a_commit_of_unknown_end_is_refused_the_ordinary_way(
    house_on_wire: House, wire: Wire
) -> None:
    house = house_on_wire
    stream, _ = STREAMS["with an idempotency key"](await senders_of(house))
    async with both(house) as doors:
        wire.mode = "cut_answer"
        refusal = await exchange(doors.direct, [stream])
        assert doors.direct_count == 1
        again = await exchange(doors.direct, [stream])
    assert refusal.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: 2\r\n" in refusal
    assert b'"duplicate":true' in again
    assert await house.count() == 1


async def test_a_sender_that_leaves_before_its_commit_holds_nothing(
    house: House, senders: Senders, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()
    store_together = arrivals._store_together

    async def when_opened(connection: object, batch: Sequence[Arrival]) -> list[Receipt]:
        await gate.wait()
        return await store_together(connection, batch)

    monkeypatch.setattr(arrivals, "_store_together", when_opened)
    commits = house.app.door.commits

    async def held() -> tuple[int, int, int]:
        return commits.held_requests, doors.connections.count, doors.connections.budget.held

    async with both(house) as doors:
        leaving = await connect(f"http://127.0.0.1:{doors.direct}")
        leaving.write(STREAMS["plain"](senders)[0])
        await eventually(held, seconds=5, until=lambda now: now[:2] == (1, 1), what="one waits")
        leaving.drop()
        await eventually(held, seconds=5, until=lambda now: now[1] == 0, what="it has left")
        gate.set()
        await eventually(held, seconds=5, until=(0, 0, 0).__eq__, what="nothing is held")
    assert await house.count() == 1
