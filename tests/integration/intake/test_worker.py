"""The whole of intake, door and worker, on a log in PostgreSQL: from the request to the log."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.intake.worker import worker
from shared.clock import system_clock
from shared.messaging import pglog_schema
from shared.runtime.loop import running
from tests.integration.intake.house import House, open_house, settings_for
from tests.support.infrastructure import DatabaseFactory
from tests.support.waiting import eventually


@pytest.fixture
async def log_url(empty_database: DatabaseFactory) -> str:
    url = await empty_database("log")
    await pglog_schema.migrate(url)
    return url


@pytest.fixture
async def living(intake_url: str, log_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """The house with its loops running by themselves."""
    async with open_house(intake_url, tmp_path) as house:
        house.time.now = system_clock()
        settings = settings_for(intake_url, tmp_path / "keys.json", log_database_url=log_url)
        async with worker(settings) as loops, running(loops):
            yield house


async def test_an_inquiry_is_normalised_and_relayed_without_waiting_for_a_poll(
    living: House,
) -> None:
    async def relayed() -> bool:
        said = await living.emitted("inquiry.received")
        return bool(said) and not await living.rows("SELECT 1 FROM pending")

    answer = await living.native({"channel": "form", "contact": {"phones": ["+79161234567"]}})
    assert answer.status_code == 202
    await eventually(relayed, seconds=20, what="the event is in the log")
    assert (await living.receipt(answer))["state"] == "normalised"


async def test_the_reconciliation_is_computed_by_itself(living: House) -> None:
    async def computed() -> bool:
        return bool(await living.rows("SELECT 1 FROM reconciliation"))

    await eventually(computed, seconds=20, what="a result is kept")
