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

from deploy.embedded.processes.children import alive
from shared.clock import system_clock
from tests.e2e.conftest import StackOf
from tests.e2e.main_job import run_main_job
from tests.support.load import Ledger, load
from tests.support.oracle import assert_exactly_once, assert_nothing_stands_aside, walk
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]
PROCESSES = (
    "kafka",
    "postgres",
    "api",
    "intake-worker",
    "routing-worker",
    "history-worker",
    "kpi-worker",
)
RATE = 100.0


async def comes_back(stack: Stack, name: str, *, old: int, seconds: float) -> int:
    """The pid under which a killed process is back."""

    async def ask() -> int:
        pid = stack.pids().get(name) or old
        return pid if pid != old and alive(pid) else 0

    return await eventually(ask, seconds=seconds, what=f"{name} is back under a new pid")


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


@pytest.fixture(scope="module")
async def on_kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One running Leadflow of many processes; each test leaves it whole."""
    stack = Stack(tmp_path_factory.mktemp("kafka") / "state", arguments=("--kafka", "--sample"))
    try:
        stack.launch()
        await stack.ready(seconds=180)
        yield stack
    finally:
        stack.stop()


@pytest.mark.kafka
async def test_the_main_job_on_kafka(on_kafka: Stack) -> None:
    assert set(on_kafka.pids()) == set(PROCESSES)
    await run_main_job(on_kafka)
    await assert_nothing_stands_aside(on_kafka)


async def lose_kafka(stack: Stack) -> None:
    """Its data are gone, too: another cluster comes back at the same address."""
    data = stack.data / "kafka" / "data"
    before = (data / "meta.properties").read_text()
    old = stack.pids()["kafka"]
    data.rename(data.with_name("lost"))
    with contextlib.suppress(ProcessLookupError):  # it may have noticed, and ended by itself
        os.kill(old, signal.SIGKILL)

    async def after() -> str:
        path = data / "meta.properties"
        return path.read_text() if path.exists() else before

    await eventually(after, seconds=60, what="another cluster", until=lambda found: found != before)
    shutil.rmtree(data.with_name("lost"))


async def assert_conserved(
    stack: Stack, ledger: Ledger, *, since: datetime, beside: int = 0
) -> None:
    await stack.ready(seconds=90)
    acknowledged = ledger.acknowledged()
    await assert_exactly_once(stack, acknowledged, since=since, beside=beside, seconds=240)
    for receipts in ledger.receipts_by_key().values():
        assert len(receipts) == 1
    await assert_nothing_stands_aside(stack)
    async with stack.client() as client:
        report = (await client.get("/intake/v1/reconciliation")).json()
        assert report["difference"] == 0, report


@pytest.mark.kafka
async def test_every_process_dies_once_under_load(
    on_kafka: Stack, request: pytest.FixtureRequest
) -> None:
    pause = min(request.config.getoption("--fault-seconds") / 8, 5.0)
    stack, ledger = on_kafka, Ledger()
    async with stack.client() as client:
        earlier = await walk(client, "/intake/v1/inquiries")
    moments = [datetime.fromisoformat(inquiry["received_at"]) for inquiry in earlier]
    since = min(moments, default=system_clock())
    for name in PROCESSES:
        async with loaded(stack, ledger, seed=name):
            await more_answers(ledger, seconds=pause, what=f"answers flow before {name} dies")
            old = stack.pids()[name]
            os.kill(old, signal.SIGKILL)
            await comes_back(stack, name, old=old, seconds=60)
            await more_answers(ledger, seconds=pause, what=f"answers flow again after {name}")
    async with loaded(stack, ledger, seed="lost"):
        await lose_kafka(stack)
        await more_answers(ledger, seconds=pause, what="answers flow on another cluster")
    await assert_conserved(stack, ledger, since=since, beside=len(earlier))


async def test_in_one_process_each_dies_once_under_load(stack_of: StackOf) -> None:
    stack = await stack_of("--sample")
    since = system_clock()
    ledger = Ledger()
    async with loaded(stack, ledger, seed="postgres"):
        await more_answers(ledger, seconds=1, what="answers flow before postgres dies")
        old = stack.pids()["postgres"]
        os.kill(old, signal.SIGKILL)
        await comes_back(stack, "postgres", old=old, seconds=60)
        await more_answers(ledger, seconds=1, what="answers flow again after postgres")
    async with loaded(stack, ledger, seed="launcher"):
        await more_answers(ledger, seconds=1, what="answers flow before the launcher dies")
        old = stack.pids()["postgres"]
        assert stack.process is not None
        stack.process.kill()
        await asyncio.to_thread(stack.process.wait)

        async def gone() -> bool:
            return not alive(old)

        await eventually(gone, seconds=30, what="nothing is left of it")
        stack.launch()
        await more_answers(ledger, seconds=1, what="answers flow again after the launcher")
    await assert_conserved(stack, ledger, since=since)
