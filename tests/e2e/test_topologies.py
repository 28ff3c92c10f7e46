"""Both topologies on one machine: the main job, and every process dies once under load."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from shared.clock import system_clock
from tests.e2e.conftest import StackOf
from tests.e2e.main_job import run_main_job
from tests.support.load import Ledger, load
from tests.support.oracle import assert_exactly_once, assert_nothing_stands_aside
from tests.support.stack import Stack, alive
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
PROCESSES = (
    "kafka",
    "postgres",
    "api",
    "intake-worker",
    "routing-worker",
    "history-worker",
    "kpi-worker",
)
RATE = 200.0


async def comes_back(stack: Stack, name: str, *, old: int, seconds: float) -> int:
    """The pid under which a killed process is back."""

    async def ask() -> int:
        pid = (await asyncio.to_thread(stack.pids)).get(name, old)
        return pid if pid != old and alive(pid) else 0

    return await eventually(
        ask, seconds=seconds, what=f"{name} is back under a new pid", pause_seconds=0.5
    )


@asynccontextmanager
async def loaded(stack: Stack, ledger: Ledger, *, seed: str) -> AsyncIterator[None]:
    """Requests come in all the while, also those that nobody answers."""
    stop = asyncio.Event()

    async def keep_loading() -> None:
        part = 0
        while not stop.is_set():
            await load(stack, rate=RATE, seconds=1.0, seed=f"{seed}-{part}", ledger=ledger)
            part += 1

    loading = asyncio.create_task(keep_loading())
    try:
        yield
    finally:
        stop.set()
        await loading


async def more_answers(ledger: Ledger, *, seconds: float, what: str) -> None:
    """As many as the rate gives in so many seconds."""
    enough = len(ledger.acknowledged()) + int(RATE * seconds)

    async def answered() -> bool:
        return len(ledger.acknowledged()) >= enough

    await eventually(answered, seconds=90, what=what)


@pytest.mark.kafka
async def test_the_main_job_on_kafka(stack_of: StackOf) -> None:
    stack = await stack_of("--kafka", "--sample", seconds=180)
    assert set(stack.pids()) == set(PROCESSES)
    await run_main_job(stack)
    await assert_nothing_stands_aside(stack)


async def lose_kafka(stack: Stack) -> None:
    """Its data are gone, too: another cluster comes back at the same address."""
    data = stack.data / "kafka" / "data"
    before = (data / "meta.properties").read_text()
    old = (await asyncio.to_thread(stack.pids))["kafka"]
    data.rename(data.with_name("lost"))
    with contextlib.suppress(ProcessLookupError):  # it may have noticed, and ended by itself
        os.kill(old, signal.SIGKILL)

    async def after() -> str:
        path = data / "meta.properties"
        return path.read_text() if path.exists() else before

    await eventually(after, seconds=60, what="another cluster", until=lambda found: found != before)
    shutil.rmtree(data.with_name("lost"))


async def assert_conserved(stack: Stack, ledger: Ledger, *, since: datetime) -> None:
    await stack.ready(seconds=90)
    await assert_exactly_once(stack, ledger.acknowledged(), since=since, seconds=240)
    for receipts in ledger.receipts_by_key().values():
        assert len(receipts) == 1
    await assert_nothing_stands_aside(stack)
    async with stack.client() as client:
        report = (await client.get("/intake/v1/reconciliation")).json()
        assert report["difference"] == 0, report


@pytest.mark.kafka
async def test_every_process_dies_once_under_load(
    stack_of: StackOf, request: pytest.FixtureRequest
) -> None:
    pause = min(request.config.getoption("--fault-seconds") / 8, 5.0)
    stack = await stack_of("--kafka", "--sample", seconds=180)
    since = system_clock()
    ledger = Ledger()
    for name in PROCESSES:
        async with loaded(stack, ledger, seed=name):
            await more_answers(ledger, seconds=pause, what=f"answers flow before {name} dies")
            old = (await asyncio.to_thread(stack.pids))[name]
            os.kill(old, signal.SIGKILL)
            await comes_back(stack, name, old=old, seconds=60)
            await more_answers(ledger, seconds=pause, what=f"answers flow again after {name}")
    async with loaded(stack, ledger, seed="lost"):
        await lose_kafka(stack)
        await more_answers(ledger, seconds=pause, what="answers flow on another cluster")
    await assert_conserved(stack, ledger, since=since)


async def test_in_one_process_each_dies_once_under_load(stack_of: StackOf) -> None:
    stack = await stack_of("--sample")
    since = system_clock()
    ledger = Ledger()
    async with loaded(stack, ledger, seed="postgres"):
        await more_answers(ledger, seconds=1, what="answers flow before postgres dies")
        old = (await asyncio.to_thread(stack.pids))["postgres"]
        os.kill(old, signal.SIGKILL)
        await comes_back(stack, "postgres", old=old, seconds=60)
        await more_answers(ledger, seconds=1, what="answers flow again after postgres")
    async with loaded(stack, ledger, seed="launcher"):
        await more_answers(ledger, seconds=1, what="answers flow before the launcher dies")
        old = (await asyncio.to_thread(stack.pids))["postgres"]
        assert stack.process is not None
        stack.process.kill()
        await asyncio.to_thread(stack.process.wait)

        async def gone() -> bool:
            return not alive(old)

        await eventually(gone, seconds=30, what="nothing is left of it")
        stack.launch()
        await more_answers(ledger, seconds=1, what="answers flow again after the launcher")
    await assert_conserved(stack, ledger, since=since)
