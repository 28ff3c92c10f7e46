"""Many who send much are read a few at a time; whoever sends little is served between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from uvicorn.protocols.http.flow_control import FlowControl

from shared.web.limits import Limits
from shared.web.reading_turns import READERS_A_TURN
from tests.integration.shared.http_server import Doorstep, doorstep
from tests.support.raw_http import connected, exchange, post
from tests.support.waiting import eventually

SENDERS = 5 * READERS_A_TURN
BODY = b"x" * 1_000_000


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
