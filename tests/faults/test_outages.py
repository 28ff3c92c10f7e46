"""Kafka away: the door answers as before. PostgreSQL away: 503, nothing acknowledged is lost."""

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from shared.clock import system_clock
from tests.support.load import Ledger, load
from tests.support.oracle import assert_exactly_once, assert_nothing_stands_aside, walk
from tests.support.stack import Stack
from tests.support.stopping import stop
from tests.support.waiting import eventually

pytestmark = [pytest.mark.faults, pytest.mark.kafka, pytest.mark.timeout(1800)]
RATE = 100.0
# Two cores may be all there is for a broker that starts anew, database, door, load and other tests:
# below these a percentile is noise. A door that asked Kafka would wait for a deadline, each time.
NOISE_SECONDS = {0.5: 2.0, 0.9: 5.0}
TIMES = 3.0  # and where all is slow, an answer may be this much slower


@dataclass(eq=False)
class Outages:
    """One running Leadflow for all outages, and everything that was posted to it since it began."""

    stack: Stack
    since: datetime = field(default_factory=system_clock)
    ledger: Ledger = field(default_factory=Ledger)

    async def load(self, *, rate: float = RATE, seconds: float, seed: str) -> Ledger:
        """What was answered now, which is kept with what was answered before."""
        ledger = await load(self.stack, rate=rate, seconds=seconds, seed=seed)
        self.ledger.attempts += ledger.attempts
        return ledger

    async def assert_conserved(self) -> None:
        acknowledged = self.ledger.acknowledged()
        await assert_exactly_once(self.stack, acknowledged, since=self.since, seconds=240)
        await assert_nothing_stands_aside(self.stack)


@pytest.fixture(scope="module")
async def outages(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Outages]:
    stack = Stack(tmp_path_factory.mktemp("away") / "state", arguments=("--kafka", "--sample"))
    try:
        stack.launch()
        await stack.ready(seconds=180)
        yield Outages(stack)
    finally:
        stack.stop()


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL], ids=["frozen", "killed"])
async def test_kafka_away_does_not_touch_the_door(
    outages: Outages, how: signal.Signals, request: pytest.FixtureRequest
) -> None:
    seconds = request.config.getoption("--fault-seconds")
    began = system_clock()
    before = await outages.load(seconds=seconds, seed=f"before-{how.name}")
    kafka = outages.stack.pids()["kafka"]
    os.kill(kafka, how)
    during = await outages.load(seconds=seconds, seed=f"during-{how.name}")
    if how is signal.SIGSTOP:
        os.kill(kafka, signal.SIGCONT)
    assert set(during.statuses()) == {202}
    for part, noise in NOISE_SECONDS.items():
        was, became = before.quantile(part), during.quantile(part)
        assert became <= max(TIMES * was, noise), (part, was, became)
    await outages.assert_conserved()
    async with outages.stack.client() as client:
        leads = await walk(client, "/routing/v1/leads")
    opened = [lead for lead in leads if datetime.fromisoformat(lead["opened_at"]) >= began]
    assert opened
    assert all(lead["epoch"] <= 1 for lead in opened), "a lease expired because of our outage"


async def test_postgres_away_is_said_and_nothing_is_lost(
    outages: Outages, request: pytest.FixtureRequest
) -> None:
    seconds = min(20.0, request.config.getoption("--fault-seconds"))
    await outages.load(seconds=2.0, seed="before")
    async with outages.stack.client() as client:
        frozen = freeze(outages.stack.pids()["postgres"])
        try:
            away = await outages.load(rate=20.0, seconds=seconds, seed="meanwhile")
            refused = await client.post("/intake/v1/inquiries", json={"channel": "form"})
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) >= 1
        assert away.statuses().get(503, 0) > 0

        async def answers() -> int:
            body = {"channel": "form", "contact": {"emails": ["again@example.org"]}}
            return (await client.post("/intake/v1/inquiries", json=body)).status_code

        await eventually(
            answers, seconds=30, what="the door opens again", until=lambda status: status == 202
        )
    await outages.load(seconds=2.0, seed="after")
    await outages.stack.ready(seconds=60)
    await outages.assert_conserved()


def freeze(pid: int) -> list[int]:
    """Stop a process and its children; the stopped pids, children first."""
    stop(pid)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = [int(child) for child in children]
    for child in found:
        stop(child)
    return [*found, pid]
