"""The launcher over a state that was left behind: by kill -9, by the other log, by a bad file."""

import os
import signal
from pathlib import Path

import pytest

from deploy.embedded.environment import SERVICES
from deploy.embedded.processes.children import alive
from shared.clock import system_clock
from tests.support.inquiring import post
from tests.support.load import Ledger, load
from tests.support.oracle import assert_exactly_once, assert_nothing_stands_aside
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e
RATE = 100.0


async def test_kill_9_of_the_launcher_leaves_no_orphan_and_the_next_up_recovers(
    tmp_path: Path,
) -> None:
    stack = Stack(tmp_path / "state")
    stack.launch()
    await stack.ready(seconds=120)
    await post(stack, 1)
    pid = stack.pids()["postgres"]
    assert stack.process is not None
    stack.process.kill()
    stack.process.wait()

    async def gone() -> bool:
        return not alive(pid)

    await eventually(gone, seconds=20, what="PostgreSQL has ended")
    assert stack.status() == {"url": stack.url, "ready": False, "processes": []}
    stack.launch()
    await stack.ready(seconds=120)
    async with stack.client() as client:

        async def count() -> int:
            return len((await client.get("/intake/v1/inquiries")).json()["items"])

        await eventually(count, seconds=30, what="the inquiry is there", until=(1).__eq__)
    pid = stack.pids()["postgres"]
    assert stack.stop(number=signal.SIGINT) == 0
    assert not alive(pid)
    assert stack.call("reset", "--yes").returncode == 0
    assert not stack.data.exists()


async def end_at_once(stack: Stack, *also: int) -> None:
    """Kill -9 of the launcher, and of others that could not hear what it tells them to do."""
    pids = list(stack.pids().values())
    assert stack.process is not None
    stack.process.kill()
    stack.process.wait()
    for pid in also:
        os.kill(pid, signal.SIGKILL)

    async def alive_still() -> list[int]:
        return [pid for pid in pids if alive(pid)]

    await eventually(alive_still, seconds=30, what="all have ended", until=lambda left: not left)


@pytest.mark.kafka
async def test_a_state_goes_from_one_log_to_the_other_and_back_with_work_in_hand(
    tmp_path: Path,
) -> None:
    stack = Stack(tmp_path / "state", arguments=("--sample",))
    since, ledger = system_clock(), Ledger()
    stack.launch()
    await stack.ready(seconds=180)
    assert [process["name"] for process in stack.status()["processes"]] == ["postgres"]
    await load(stack, rate=RATE, seconds=1.0, seed="in-memory", ledger=ledger)
    await end_at_once(stack)

    stack.arguments = ("--kafka",)
    stack.launch()
    await stack.ready(seconds=180)
    names = ["postgres", "kafka", "api", *(f"{service}-worker" for service in SERVICES)]
    assert [process["name"] for process in stack.status()["processes"]] == names
    await load(stack, rate=RATE, seconds=1.0, seed="by-kafka", ledger=ledger)
    pids = stack.pids()
    frozen = pids["kafka"], pids["routing-worker"]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    await load(stack, rate=RATE, seconds=1.0, seed="undelivered", ledger=ledger)
    await end_at_once(stack, *frozen)

    stack.arguments = ()
    stack.launch()
    try:
        await stack.ready(seconds=180)
        await load(stack, rate=RATE, seconds=1.0, seed="in-memory-again", ledger=ledger)
        await assert_exactly_once(stack, ledger.acknowledged(), since=since)
        await assert_nothing_stands_aside(stack)
        assert len(ledger.acknowledged()) >= 4 * RATE
    finally:
        stack.stop()


async def test_a_bad_sources_file_stops_the_start_in_one_line(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "state")
    stack.data.mkdir()
    (stack.data / "sources.yaml").write_text("sources:\n  - key: x\n    adapter: telepathy\n")
    answer = stack.call("up", "--port", str(stack.port), seconds=120)
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert "sources.yaml, line 2" in answer.stderr.strip().splitlines()[-1]
