"""Nobody keeps a connection or memory by sending slowly, by not reading, or by leaving."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from shared.process import ACCEPTED_A_TURN
from shared.web.limits import Limits
from tests.integration.shared.http_server import Doorstep, doorstep
from tests.support.raw_http import RawConnection, connected, exchange, head, post
from tests.support.waiting import eventually, passed

LIMITS = Limits(
    connections=40,
    body_budget_bytes=2_000_000,
    head_seconds=0.6,
    keep_alive_seconds=4.0,
    body_seconds=0.6,
    body_pace_bytes=1_000_000,
    answer_seconds=0.6,
    linger_seconds=0.3,
    sweep_seconds=0.05,
)
# For what is about numbers: nobody is too slow, however busy the machine is.
PATIENT = replace(
    LIMITS, head_seconds=60.0, keep_alive_seconds=60.0, body_seconds=60.0, answer_seconds=60.0
)


@pytest.fixture
async def step() -> AsyncIterator[Doorstep]:
    async with doorstep(LIMITS) as found:
        yield found


@pytest.fixture
async def calm() -> AsyncIterator[Doorstep]:
    async with doorstep(PATIENT) as found:
        yield found


async def drip(sender: RawConnection, piece: bytes) -> None:
    """One piece after the other until the peer closes."""

    async def closed() -> bool:
        sender.write(piece)
        return sender.reader.at_eof() or sender.writer.is_closing()

    await eventually(closed, seconds=30, what="the peer closes", pause_seconds=0.01)


@pytest.mark.parametrize("first", [b"", b"GET / HT"], ids=["silence", "half a line"])
async def test_a_head_that_does_not_come_ends_the_connection(step: Doorstep, first: bytes) -> None:
    async with connected(step.url) as sender:
        sender.write(first)
        answer = await sender.answer()
        assert answer.status == (408 if first else 0)
        if first:
            assert answer.problem["type"] == "urn:leadflow:problem:slow-request"
    await step.at_rest()


SLOW = {
    "a head": (b"GET / HTTP/1.1\r\n", b"X: 1\r\n"),
    "empty lines": (b"\r\n", b"\r\n"),
    "a body": (head("/", "Content-Length: 9999"), b"x"),
    "chunks": (head("/", "Transfer-Encoding: chunked"), b"1\r\nx\r\n"),
}


@pytest.mark.parametrize(("first", "piece"), SLOW.values(), ids=SLOW)
async def test_drops_do_not_prolong_a_wait(step: Doorstep, first: bytes, piece: bytes) -> None:
    async with connected(step.url) as sender, asyncio.timeout(60):
        sender.write(post("/", b"served") + first)
        assert (await sender.answer()).status == 200
        dripping = asyncio.create_task(drip(sender, piece))
        if first != b"\r\n":
            assert (await sender.answer()).problem["status"] == 408
        await dripping
    await step.at_rest()


async def test_a_body_that_keeps_a_pace_may_take_longer() -> None:
    limits = replace(LIMITS, body_pace_bytes=200_000)
    async with doorstep(limits) as step, connected(step.url) as sender:
        sender.write(head("/", "Content-Length: 1500000"))
        for _ in range(15):
            sender.write(b"x" * 100_000)
            await passed(0.08, pause_seconds=0.02)
        assert (await sender.answer()).body == b"1500000 2"


async def test_an_idle_connection_is_kept_for_a_while(step: Doorstep) -> None:
    async with connected(step.url) as sender:
        for _ in range(3):
            sender.write(post("/", b"x"))
            assert (await sender.answer()).status == 200
            await passed(LIMITS.head_seconds + 0.2)
        assert await sender.closed()
    await step.at_rest()


async def test_whoever_does_not_read_is_cut_off(step: Doorstep) -> None:
    async with connected(step.url) as sender:
        sender.write(head("/large", method="GET"))
        await eventually(lambda: _held(step), seconds=3, until=bool, what="it is being answered")
        await eventually(lambda: _held(step), seconds=5, until=(0).__eq__, what="it is cut off")
    async with connected(step.url) as sender:
        sender.write(head("/large", method="GET"))
        assert len((await sender.answer()).body) == 10_000_000


async def _held(step: Doorstep) -> int:
    assert step.connections is not None
    return step.connections.count


async def test_the_longest_waiting_goes_when_there_are_too_many(calm: Doorstep) -> None:
    async with AsyncExitStack() as stack, connected(calm.url) as honest:
        for number in range(200):
            dripper = await stack.enter_async_context(connected(calm.url))
            dripper.write(b"GET / HTTP/1.1\r\nX:")
            if number % 10 == 0:
                honest.write(post("/", b"honest"))
                assert (await honest.answer()).status == 200
            # One turn of the loop lets in so many before those that make room for them have gone.
            assert await _held(calm) <= LIMITS.connections + ACCEPTED_A_TURN + 2
        assert (await exchange(calm.url, post("/", b"new"))).status == 200


async def test_a_crowd_at_the_door_is_let_in_by_few_turns_of_the_loop(
    calm: Doorstep,
) -> None:
    """Whoever comes behind a crowd waits for as many turns as it takes to let the crowd in."""
    address = urlsplit(calm.url)

    async def turns_to_let_in(number: int) -> int:
        with ExitStack() as stack:
            for _ in range(number):
                crowd = socket.create_connection((address.hostname, address.port))
                stack.enter_context(crowd)
            turns = 0
            while await _held(calm) < number:
                await asyncio.sleep(0)
                turns += 1
        return turns

    number = LIMITS.connections
    assert await calm.on_its_loop(turns_to_let_in(number)) < 3 + 2 * number / ACCEPTED_A_TURN


async def test_who_is_being_served_is_never_displaced(calm: Doorstep) -> None:
    async with AsyncExitStack() as stack:
        served = [await stack.enter_async_context(connected(calm.url)) for _ in range(40)]
        for sender in served:
            sender.write(head("/held", method="GET"))
        await eventually(lambda: _paths(calm), seconds=3, until=(40).__eq__, what="all are served")
        answer = await exchange(calm.url, post("/", b"late"))
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.problem["detail"]
        calm.open()
        assert {(await sender.answer()).status for sender in served} == {200}


async def _paths(step: Doorstep) -> int:
    return len(step.paths)


@pytest.mark.parametrize("chunked", [False, True])
async def test_bodies_share_one_budget(step: Doorstep, chunked: bool) -> None:
    lines = ("Transfer-Encoding: chunked",) if chunked else ("Content-Length: 900000",)
    content = b"dbba0\r\n" + b"x" * 900_000 if chunked else b"x" * 899_999
    assert step.connections is not None
    async with AsyncExitStack() as stack:
        senders = [await stack.enter_async_context(connected(step.url)) for _ in range(12)]
        for sender in senders:
            sender.write(head("/", *lines) + content)
        answers = [await sender.answer() for sender in senders]
        assert {answer.status for answer in answers} == {503, 408}
        assert all(answer.problem for answer in answers)
        assert (await exchange(step.url, post("/", b"small"))).status == 200
    await step.at_rest()


WAYS_OUT = {
    "in the head": b"POST / HTTP/1.1\r\nX",
    "in the body": head("/", "Content-Length: 200000") + b"x" * 100_000,
    "in a chunk": head("/", "Transfer-Encoding: chunked") + b"ffff\r\n" + b"x" * 5000,
    "in a broken chunk": head("/", "Transfer-Encoding: chunked") + b"3\r\nabc\r\nnonsense\r\n",
    "before the answer": post("/", b"x" * 100_000),
    "behind others": post("/held", b"x" * 500) * 3 + post("/", b"y" * 3000)[:-1],
}


@pytest.mark.parametrize("how", ["reset", "close", "half-close"])
@pytest.mark.parametrize("data", WAYS_OUT.values(), ids=WAYS_OUT)
async def test_whoever_leaves_leaves_nothing_behind(step: Doorstep, data: bytes, how: str) -> None:
    async with connected(step.url) as sender:
        sender.write(data)
        await sender.writer.drain()
        if how == "reset":
            sender.drop()
        elif how == "close":
            sender.writer.close()
        else:
            sender.writer.write_eof()
            step.open()
            assert await sender.closed()
        step.open()
        await step.at_rest()
