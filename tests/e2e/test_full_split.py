"""Eight processes as `docker compose` starts them: the main job, two deaths, everything once."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from deploy.embedded.kafka.server import PrivateKafka
from deploy.embedded.postgres.server import PrivatePostgres
from shared.clock import system_clock
from tests.e2e.main_job import run_main_job
from tests.support.compose_processes import PARTS, Split
from tests.support.load import load
from tests.support.oracle import assert_exactly_once, assert_nothing_stands_aside

pytestmark = [pytest.mark.e2e, pytest.mark.kafka]
RATE = 50.0


@pytest.fixture
async def split(folder: Path) -> AsyncIterator[Split]:
    """All eight are up on a durable PostgreSQL and a broker that nobody else uses."""
    postgres = PrivatePostgres(folder / "postgres")
    kafka = PrivateKafka(folder / "kafka")
    made = Split(folder, postgres, kafka)
    try:
        postgres.start()
        kafka.start()
        made.prepare()
        await made.up()
        yield made
    finally:
        made.stop()
        kafka.stop()
        postgres.stop()


async def hire(client: httpx.AsyncClient) -> None:
    """Somebody on duty with room for whatever comes."""
    manager = {"name": "Анна Соколова", "email": "anna@example.org", "capacity": 100_000}
    made = await client.post("/routing/v1/managers", json={**manager, "pools": ["default"]})
    assert made.status_code == 201, made.text
    path = f"/routing/v1/managers/{made.json()['manager_id']}/status"
    online = await client.put(path, json={"status": "online", "ttl_seconds": 3600})
    assert online.is_success, online.text


async def test_eight_processes_of_the_compose_file(split: Split) -> None:
    since = system_clock()
    assert split.processes.keys() == set(PARTS)
    async with split.client() as client:
        await hire(client)
        await run_main_job(split)
        ledger = await load(split, rate=RATE, seconds=2.0, seed="calm")
        assert set(ledger.statuses()) == {202}

        for part in ("routing-worker", "intake-api"):
            before = split.processes[part].pid
            posting = asyncio.create_task(
                load(split, rate=RATE, seconds=2.0, seed=part, ledger=ledger)
            )
            split.kill(part)
            split.start(part)
            await posting
            await split.well(part)
            assert split.processes[part].pid != before

        after = await load(split, rate=RATE, seconds=2.0, seed="after")
        assert set(after.statuses()) == {202}
        acknowledged = {**ledger.acknowledged(), **after.acknowledged()}
        assert len(acknowledged) >= 3 * 2.0 * RATE
        await assert_exactly_once(split, acknowledged, since=since)
        report = (await client.get("/intake/v1/reconciliation")).json()
        assert report["difference"] == 0, report
    await assert_nothing_stands_aside(split)
    # uvicorn ends by the signal it was sent; nobody had to be killed.
    assert set(split.stop().values()) == {-signal.SIGTERM}
