"""Heads and framing are bounded while they arrive, whatever shape they take."""

from collections.abc import AsyncIterator

import pytest

from shared.observability.metrics import metrics_of
from shared.web.limits import HEAD_BYTES, MAX_HEADERS, MAX_PIPELINED, Limits
from tests.integration.shared.http_server import SERVICE, Doorstep, doorstep
from tests.support.raw_http import connected, exchange, head, post

SMALL = post("/small", b"12345")


@pytest.fixture
async def step() -> AsyncIterator[Doorstep]:
    async with doorstep(Limits(linger_seconds=1.0, sweep_seconds=0.05)) as found:
        yield found


def padded(size: int) -> bytes:
    """A whole request whose head has this many bytes."""
    bare = len(head("/", "X: ", "Content-Length: 0"))
    return head("/", "X: " + "x" * (size - bare), "Content-Length: 0")


async def test_a_head_at_the_limit_is_served_and_one_beyond_is_not(step: Doorstep) -> None:
    assert (await exchange(step.url, padded(HEAD_BYTES))).status == 200
    for size in (HEAD_BYTES + 1, 2 * HEAD_BYTES, 5 * HEAD_BYTES, 3_000_000):
        answer = await exchange(step.url, padded(size))
        assert answer.status == 431, size
        assert "large" in answer.problem["detail"]
    assert len(step.paths) == 1


ENDLESS = {
    "one header line": b"GET / HTTP/1.1\r\nX: ",
    "a header's name": b"GET / HTTP/1.1\r\n",
    "the request line": b"GET /",
    "the query": b"GET /?a=",
    "the method": b"",
}


@pytest.mark.parametrize("before", ENDLESS.values(), ids=ENDLESS)
async def test_a_head_without_end_is_refused_early(step: Doorstep, before: bytes) -> None:
    async with connected(step.url) as sender:
        sender.write(before)
        assert await sender.pour(1000, b"A" * 65_536) < 20_000_000
        assert await sender.closed()
    assert step.paths == []


CHUNKS = head("/", "Transfer-Encoding: chunked")
SHAPES = {
    "many headers": (head("/", *(f"X-{n}: 1" for n in range(MAX_HEADERS + 1)), method="GET"), 431),
    "large headers that are few": (
        head("/", *(f"X-{n}: {'y' * 40_000}" for n in range(3)), method="GET"), 431,
    ),
    "empty lines": (b"\r\n" * 40_000 + SMALL, 431),
    "not HTTP": (b"\x16\x03\x01 hello\r\n\r\n", 400),
    "a preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "CONNECT": (b"CONNECT door:443 HTTP/1.1\r\nHost: door\r\n\r\n", 400),
    "two lengths": (head("/", "Content-Length: 1", "Content-Length: 2") + b"x", 400),
    "a length twice": (head("/", "Content-Length: 1", "Content-Length: 1") + b"x", 400),
    "a length below nothing": (head("/", "Content-Length: -1"), 400),
    "a length that is no number": (head("/", "Content-Length: many"), 400),
    "a length with a sign": (head("/", "Content-Length: +5") + b"12345", 400),
    "a list of lengths": (head("/", "Content-Length: 5, 5") + b"12345", 400),
    "a length beyond all numbers": (head("/", "Content-Length: " + "9" * 40), 400),
    "chunks and a length": (
        head("/", "Transfer-Encoding: chunked", "Content-Length: 5") + b"0\r\n\r\n", 400,
    ),
    "chunks inside something else": (
        head("/", "Transfer-Encoding: chunked, gzip") + b"0\r\n\r\n", 400,
    ),
    "a length and chunks": (
        head("/", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n", 400,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "status"), SHAPES.values(), ids=SHAPES)
async def test_what_is_no_decent_head_is_a_problem_and_the_end(
    step: Doorstep, data: bytes, status: int
) -> None:
    before = refused(status)
    async with connected(step.url) as sender:
        sender.write(data)
        answer = await sender.answer()
        assert answer.status == status
        assert answer.problem["detail"]
        assert await sender.closed()
    assert step.paths == []
    assert refused(status) == before + 1


def refused(status: int) -> float:
    labels = {"service": SERVICE, "route": "connection", "method": "none", "status": str(status)}
    return metrics_of(SERVICE).registry.get_sample_value("leadflow_requests_total", labels) or 0.0


async def test_a_second_head_is_bounded_like_the_first(step: Doorstep) -> None:
    for before in (SMALL, post("/", b"b" * 100_000)):
        for size, status in ((HEAD_BYTES, 200), (HEAD_BYTES + 1, 431), (5 * HEAD_BYTES, 431)):
            async with connected(step.url) as sender:
                sender.write(before)
                assert (await sender.answer()).status == 200
                sender.write(padded(size))
                assert (await sender.answer()).status == status
            # Pipelined, the refusal would stand before an answer that is due: the end says it.
            async with connected(step.url) as sender:
                sender.write(before + padded(size))
                assert (await sender.answer()).status == 200
                assert (await sender.answer()).status in ({200} if status == 200 else {0, 431})


async def test_pipelined_requests_are_answered_in_order_and_bounded_in_number(
    step: Doorstep,
) -> None:
    async with connected(step.url) as sender:
        for size in range(10):
            sender.write(post("/", b"x" * size))
        sizes = [(await sender.answer()).body.split()[0] for _ in range(10)]
        assert sizes == [b"%d" % size for size in range(10)]
    async with connected(step.url) as sender:
        sender.write(head("/held", method="GET") * 5000)
        step.open()
        answered = 0
        while (await sender.answer()).status == 200:
            answered += 1
        assert answered == MAX_PIPELINED + 1


FLOODS = {
    "an extension without end": (b"1;", b"e" * 65_536),
    "a chunk size without end": (b"", b"0" * 65_536),
    "trailers without end": (b"0\r\n", b"T: " + b"t" * 60_000 + b"\r\n"),
    "many trailers": (b"0\r\n", b"T: 1\r\n" * 10_000),
    "chunks of one byte": (b"", b"1;ext=1\r\nx\r\n" * 6000),
}


@pytest.mark.parametrize(("before", "again"), FLOODS.values(), ids=FLOODS)
async def test_framing_without_content_is_refused(
    step: Doorstep, before: bytes, again: bytes
) -> None:
    async with connected(step.url) as sender:
        sender.write(CHUNKS + before)
        assert await sender.pour(1000, again) < 20_000_000
        assert await sender.closed()
    await step.at_rest()


@pytest.mark.parametrize("size", [b"-1", b"many", b"f" * 17])
async def test_a_chunk_without_a_size_is_a_problem_and_the_end(step: Doorstep, size: bytes) -> None:
    async with connected(step.url) as sender:
        sender.write(CHUNKS + size + b"\r\nx\r\n0\r\n\r\n")
        answer = await sender.answer()
        assert answer.status == 400
        assert answer.problem["detail"]
        assert await sender.closed()
    await step.at_rest()


async def test_trailers_do_not_become_headers(step: Doorstep) -> None:
    answer = await exchange(step.url, CHUNKS + b"3\r\nabc\r\n0\r\nAuthorization: x\r\n\r\n")
    assert answer.body == b"3 2"


@pytest.mark.parametrize("wish", ["h2c", "websocket", "TLS/1.0"])
async def test_a_wish_for_another_protocol_is_passed_over(step: Doorstep, wish: str) -> None:
    lines = (f"Upgrade: {wish}", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABk")
    async with connected(step.url) as sender:
        for _ in range(2):
            sender.write(head("/", *lines, method="GET"))
            assert (await sender.answer()).body == b"0 1"
            sender.write(post("/", b"body", *lines))
            assert (await sender.answer()).body == b"4 2"
        sender.write(post("/", b"GET / HTTP/1.1\r\n\r\n", *lines))
        assert (await sender.answer()).body.startswith(b"18 ")
        sender.write(head("/last", method="GET"))
        assert (await sender.answer()).status == 200
    assert len(step.paths) == 6
