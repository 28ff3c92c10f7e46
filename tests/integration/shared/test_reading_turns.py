"""Many who send much are read a few at a time; whoever sends little is served between them.

Nobody makes the application work for each byte, nor for many large proofs at once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from uvicorn.protocols.http.flow_control import FlowControl

from services.intake.routes.ingest.hook_call import ProofTurns
from shared.web.bounded_http import BoundedProtocol
from shared.web.limits import Limits
from shared.web.reading_turns import READERS_A_TURN
from tests.integration.shared.http_server import Doorstep, doorstep
from tests.support.raw_http import connected, exchange, head, post
from tests.support.waiting import eventually

SENDERS = 5 * READERS_A_TURN
BODY = b"x" * 1_000_000
BYTES = 60  # that come one by one


@pytest.fixture
async def step() -> AsyncIterator[Doorstep]:
    async with doorstep(Limits()) as found:
        yield found


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many were let read on, turn by turn of the loop."""
    turns = [0]
    resume = FlowControl.resume_reading

    def noted(flow: FlowControl) -> None:
        if flow.read_paused:
            if not turns[-1]:
                asyncio.get_running_loop().call_soon(turns.append, 0)
            turns[-1] += 1
        resume(flow)

    monkeypatch.setattr(FlowControl, "resume_reading", noted)
    return turns


async def test_a_turn_of_the_loop_reads_a_few_of_many(step: Doorstep, readers: list[int]) -> None:
    async def sent() -> int:
        return len(step.paths)

    async with AsyncExitStack() as stack:
        senders = [await stack.enter_async_context(connected(step.url)) for _ in range(SENDERS)]
        for sender in senders:
            sender.write(post("/late", BODY))
        await eventually(sent, seconds=10, until=SENDERS.__eq__, what="all have begun")
        step.open()
        assert (await exchange(step.url, post("/", b"little"))).status == 200
        sizes = {(await sender.answer()).body for sender in senders}
    assert sizes == {b"%d 2" % len(BODY)}
    assert sum(readers) >= SENDERS
    assert max(readers) <= READERS_A_TURN
    await step.at_rest()


async def test_single_bytes_do_not_wake_the_application(
    step: Doorstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived = 0
    take = BoundedProtocol.on_body

    def counted(protocol: BoundedProtocol, body: bytes) -> None:
        nonlocal arrived
        arrived += 1
        take(protocol, body)

    async def count() -> int:
        return arrived

    monkeypatch.setattr(BoundedProtocol, "on_body", counted)
    async with connected(step.url) as sender:
        sender.write(head("/", f"Content-Length: {BYTES}"))
        for number in range(BYTES):
            sender.write(b"x")
            await eventually(count, seconds=5, until=(number + 1).__eq__, what="a byte is read")
        assert (await sender.answer()).body.startswith(b"%d " % BYTES)
    assert step.pieces == 1
    await step.at_rest()


async def test_a_turn_of_the_loop_makes_one_large_proof() -> None:
    turns, turn = ProofTurns(), 0
    proofs: list[int] = []

    def next_turn() -> None:
        nonlocal turn
        turn += 1
        if len(proofs) < SENDERS:
            asyncio.get_running_loop().call_soon(next_turn)

    async def prove() -> None:
        await turns.take()
        proofs.append(turn)

    next_turn()
    await asyncio.gather(*(prove() for _ in range(SENDERS)))
    assert len({*proofs}) == SENDERS, "each in a turn of its own"
