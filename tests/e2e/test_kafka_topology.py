"""The production topology on one machine: `up --kafka`, and every process dies once under load."""

import asyncio
import os
import signal

import pytest

from shared.clock import system_clock
from tests.e2e.conftest import StackOf
from tests.e2e.main_job import run_main_job
from tests.support.load import Ledger, load
from tests.support.oracle import assert_exactly_once, assert_nothing_stands_aside
from tests.support.stack import Stack, alive
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.timeout(900)]
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

    return await eventually(ask, seconds=seconds, what=f"{name} is back under a new pid")


async def test_the_main_job_on_kafka(stack_of: StackOf) -> None:
    stack = await stack_of("--kafka", "--sample", seconds=180)
    assert set(stack.pids()) == set(PROCESSES)
    await run_main_job(stack)
    await assert_nothing_stands_aside(stack)


async def test_every_process_dies_once_under_load(
    stack_of: StackOf, request: pytest.FixtureRequest
) -> None:
    pause = request.config.getoption("--fault-seconds") / 2
    stack = await stack_of("--kafka", "--sample", seconds=180)
    since = system_clock()
    ledger = Ledger()
    async with stack.client() as client:
        stop = asyncio.Event()

        async def keep_loading() -> None:
            part = 0
            while not stop.is_set():
                await load(client, rate=RATE, seconds=2.0, seed=f"kill-{part}", ledger=ledger)
                part += 1

        loading = asyncio.create_task(keep_loading())
        for name in PROCESSES:
            old = (await asyncio.to_thread(stack.pids))[name]
            os.kill(old, signal.SIGKILL)
            await comes_back(stack, name, old=old, seconds=60)
            enough = len(ledger.acknowledged()) + int(RATE * min(pause, 5.0))

            async def answered(enough: int = enough) -> bool:
                return len(ledger.acknowledged()) >= enough

            await eventually(answered, seconds=90, what=f"answers flow again after {name}")
        stop.set()
        await loading
    await stack.ready(seconds=90)
    await assert_exactly_once(stack, ledger.acknowledged(), since=since, seconds=240)
    for receipts in ledger.receipts_by_key().values():
        assert len(receipts) == 1
    await assert_nothing_stands_aside(stack)
    async with stack.client() as client:
        report = (await client.get("/intake/v1/conservation")).json()
        assert report["difference"] == 0, report
