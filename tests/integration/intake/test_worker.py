"""The whole of intake, door and worker, in one process: from the request to those who consume."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.intake.service import INTAKE
from shared.clock import system_clock
from shared.runtime.loop import running
from shared.single_process import SingleProcess
from shared.worker import open_worker
from tests.integration.intake.harness import House, open_house, settings_for
from tests.support.waiting import eventually


@pytest.fixture
def single() -> SingleProcess:
    return SingleProcess()


@pytest.fixture
async def living(intake_url: str, single: SingleProcess, tmp_path: Path) -> AsyncIterator[House]:
    """The house with its loops running by themselves."""
    async with open_house(intake_url, tmp_path, single=single) as house:
        house.time.now = system_clock()
        settings = settings_for(intake_url, tmp_path / "keys.json")
        async with open_worker(INTAKE, settings, single=single) as loops, running(loops):
            yield house


async def test_an_inquiry_is_normalised_and_handed_on_without_waiting_for_a_poll(
    living: House, single: SingleProcess
) -> None:
    consumer = await single.log.subscribe("history", ["inquiries", "contacts"])
    answer = await living.native({"channel": "form", "contact": {"phones": ["+79161234567"]}})
    assert answer.status_code == 202
    events = await consumer.fetch(limit=10, wait_seconds=20)
    assert "inquiry.received.v1" in {item.envelope.type for item in events}
    assert await living.rows("SELECT 1 FROM pending") == []
    assert (await living.receipt(answer))["state"] == "normalised"


async def test_the_reconciliation_is_computed_by_itself(living: House) -> None:
    async def computed() -> bool:
        return bool(await living.rows("SELECT 1 FROM reconciliation_result"))

    await eventually(computed, seconds=20, what="a result is kept")
