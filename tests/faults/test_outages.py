"""Kafka away: the door answers as before. PostgreSQL away: 503, nothing acknowledged is lost."""

import os
import signal
from pathlib import Path

import pytest

from shared.clock import system_clock
from tests.e2e.conftest import StackOf
from tests.support.load import Ledger, load
from tests.support.oracle import assert_exactly_once, assert_nothing_stands_aside, walk
from tests.support.waiting import eventually

pytestmark = [pytest.mark.faults, pytest.mark.kafka, pytest.mark.timeout(900)]
RATE = 200.0
# Two cores may be all there is for a broker that starts anew, database, door, load and other tests:
# below these a percentile is noise. A door that asked Kafka would wait for a deadline, for seconds.
NOISE_SECONDS = {0.5: 0.1, 0.99: 1.0}


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL], ids=["frozen", "killed"])
async def test_kafka_away_does_not_touch_the_door(
    stack_of: StackOf, how: signal.Signals, request: pytest.FixtureRequest
) -> None:
    seconds = request.config.getoption("--fault-seconds")
    stack = await stack_of("--kafka", "--sample", seconds=180)
    since = system_clock()
    async with stack.client() as client:
        before = await load(stack, rate=RATE, seconds=seconds, seed="before")
        kafka = stack.pids()["kafka"]
        os.kill(kafka, how)
        during = await load(stack, rate=RATE, seconds=seconds, seed="during")
        if how is signal.SIGSTOP:
            os.kill(kafka, signal.SIGCONT)
        assert set(during.statuses()) == {202}
        for part, noise in NOISE_SECONDS.items():
            was, became = before.quantile(part), during.quantile(part)
            assert became <= max(1.1 * was, noise), (part, was, became)
        acknowledged = {**before.acknowledged(), **during.acknowledged()}
        await assert_exactly_once(stack, acknowledged, since=since, seconds=240)
        leads = await walk(client, "/routing/v1/leads")
        assert all(lead["epoch"] <= 1 for lead in leads), "a lease expired because of our outage"
    await assert_nothing_stands_aside(stack)


async def test_postgres_away_is_said_and_nothing_is_lost(
    stack_of: StackOf, request: pytest.FixtureRequest
) -> None:
    seconds = min(20.0, request.config.getoption("--fault-seconds"))
    stack = await stack_of("--kafka", "--sample", seconds=180)
    since = system_clock()
    ledger = Ledger()
    async with stack.client() as client:
        await load(stack, rate=RATE, seconds=2.0, seed="before", ledger=ledger)
        frozen = freeze(stack.pids()["postgres"])
        try:
            await load(stack, rate=20.0, seconds=seconds, seed="away", ledger=ledger)
            refused = await client.post("/intake/v1/inquiries", json={"channel": "form"})
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) >= 1
        assert ledger.statuses().get(503, 0) > 0

        async def answers() -> int:
            body = {"channel": "form", "contact": {"emails": ["again@example.org"]}}
            return (await client.post("/intake/v1/inquiries", json=body)).status_code

        await eventually(
            answers, seconds=30, what="the door opens again", until=lambda status: status == 202
        )
        await load(stack, rate=RATE, seconds=2.0, seed="after", ledger=ledger)
    await stack.ready(seconds=60)
    await assert_exactly_once(stack, ledger.acknowledged(), since=since, seconds=240)
    await assert_nothing_stands_aside(stack)


def freeze(pid: int) -> list[int]:
    """Stop a process and its children; the stopped pids, children first."""
    os.kill(pid, signal.SIGSTOP)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = [int(child) for child in children]
    for child in found:
        os.kill(child, signal.SIGSTOP)
    return [*found, pid]
