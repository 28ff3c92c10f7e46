"""Faults of the machine, one after the other below one running Leadflow: while one lasts the door
refuses at once and health says so; soon after its end everything goes on by itself, nothing lost.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest

from shared.clock import system_clock
from tests.attacks.disk import Disk
from tests.attacks.faults import FAULTS, Fault, Machine
from tests.support.load import Ledger, load
from tests.support.oracle import assert_exactly_once
from tests.support.stack import SERVICES, Stack
from tests.support.waiting import eventually

pytestmark = [pytest.mark.attacks, pytest.mark.e2e, pytest.mark.timeout(900)]
RATE = 20.0
LASTS_SECONDS = 3.0
ANSWER_SECONDS = 30.0  # nobody waits longer for a refusal, on a busy machine either
NOTICED_SECONDS = 8.0
RECOVERED_SECONDS = 60.0


@pytest.fixture(scope="module")
async def machine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Machine]:
    """`./leadflow up --sample` on a small disk."""
    folder = tmp_path_factory.mktemp("faults")
    for path in (folder, folder.parent, folder.parent.parent):
        path.chmod(0o755)
    disk = Disk(folder / "disk")
    disk.mount()
    stack = Stack(data=disk.path / "state", arguments=["--sample"])
    stack.output = folder / "words"
    try:
        stack.launch()
        await stack.ready(seconds=90)
        yield Machine(stack, disk)
    finally:
        stack.stop()
        disk.remove()


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """Everything that was posted during all faults."""
    return Ledger()


@pytest.fixture(scope="module")
def since() -> datetime:
    return system_clock()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_a_fault_is_survived(
    machine: Machine, ledger: Ledger, since: datetime, fault: Fault
) -> None:
    seed = fault.name.replace(" ", "-")
    began = time.monotonic()
    posting = asyncio.create_task(
        load(machine.stack, rate=RATE, seconds=LASTS_SECONDS, seed=seed, ledger=ledger)
    )
    await _served(ledger, since=began)
    async with fault.happen(machine):
        if fault.refuses:
            await _said_to_be_away(machine.stack)
        await posting
        if fault.refuses:
            await _refused_with_a_date(machine.stack)
        if fault.hides_the_state_file:
            code = (await asyncio.to_thread(machine.stack.call, "status")).returncode
            assert code == 1, "status says ready"
        ended = time.monotonic()
    statuses = ledger.statuses(since=began, until=ended)
    assert set(statuses) <= {202, 503} | ({0} if fault.unanswered else set()), statuses
    assert max(attempt.seconds for attempt in ledger.between(began, ended)) < ANSWER_SECONDS
    assert not fault.refuses or statuses[503], statuses
    await _goes_on(machine.stack, ledger, seed=seed)


async def test_after_all_faults_nothing_is_lost_or_doubled(
    machine: Machine, ledger: Ledger, since: datetime
) -> None:
    assert ledger.acknowledged()
    await assert_exactly_once(
        machine.stack, ledger.acknowledged(), since=since, seconds=RECOVERED_SECONDS
    )

    async def aside() -> dict[str, int]:
        return {service: await machine.aside(service) for service in SERVICES}

    await eventually(
        aside,
        seconds=RECOVERED_SECONDS,
        what="nothing is held and nothing waits to be sent",
        until=lambda counts: not any(counts.values()),
        pause_seconds=0.5,
    )


async def _served(ledger: Ledger, *, since: float) -> None:
    """The fault begins among requests that are being answered."""

    async def acknowledged() -> int:
        return ledger.statuses(since=since).get(202, 0)

    await eventually(
        acknowledged, seconds=10, what="requests are served", until=lambda count: count >= 10
    )


async def _said_to_be_away(stack: Stack) -> None:
    async with stack.stranger() as client:

        async def missing() -> tuple[int, str]:
            answer = await client.get("/intake/health/ready")
            return answer.status_code, answer.text

        await eventually(
            missing,
            seconds=NOTICED_SECONDS,
            what="the door says that it is not ready",
            until=lambda found: found[0] == 503,
        )


async def _refused_with_a_date(stack: Stack) -> None:
    async with stack.client() as client:
        answer = await client.post("/intake/v1/inquiries", json={"channel": "form", "text": "?"})
        assert answer.status_code in {202, 503}, answer.text
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) >= 1


async def _goes_on(stack: Stack, ledger: Ledger, *, seed: str) -> None:
    """Within the time a sender is acknowledged again, and every service and `status` are ready."""
    deadline = time.monotonic() + RECOVERED_SECONDS
    numbers = iter(range(1000))

    async def acknowledged() -> dict[int, int]:
        began = time.monotonic()
        again = f"{seed}-again-{next(numbers)}"
        await load(stack, rate=1, seconds=0.5, seed=again, doubled=0, ledger=ledger)
        return ledger.statuses(since=began)

    await eventually(
        acknowledged,
        seconds=RECOVERED_SECONDS,
        what="the door opens again",
        until=lambda statuses: set(statuses) == {202},
    )
    await stack.ready(seconds=max(0.1, deadline - time.monotonic()))
    async with stack.stranger() as client:
        for service in SERVICES:
            assert (await client.get(f"/{service}/health/live")).status_code == httpx.codes.OK
