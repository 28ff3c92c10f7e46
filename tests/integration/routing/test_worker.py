"""The worker's loops together: what intake says is heard, assigned and said on, by themselves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from shared.messaging.bus import Message, Partition
from shared.messaging.hearing import Hearing
from shared.messaging.open import open_bus
from shared.messaging.taking import Listener

from services.routing.handlers import apply
from services.routing.settings import Settings
from services.routing.worker import CAUGHT_UP, Lag, worker
from shared.clock import system_clock
from shared.contracts.catalog import TOPICS
from shared.database import Database
from shared.messaging import pglog_schema
from shared.runtime.loop import Progress, running
from tests.integration.routing.company import NINE, Company
from tests.support.infrastructure import DatabaseFactory
from tests.support.signer import new_signer
from tests.support.waiting import eventually


@pytest.fixture
async def settings(url: str, empty_database: DatabaseFactory, tmp_path: Path) -> Settings:
    keys = tmp_path / "worker-keys.json"
    new_signer(keys)
    log_url = await empty_database("log")
    await pglog_schema.migrate(log_url)
    return Settings(
        database_url=SecretStr(url),
        keys_file=keys,
        log_database_url=SecretStr(log_url),
        allow_unsafe_database=True,
    )


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    async with worker(settings) as loops, running(loops):
        yield


async def test_an_inquiry_in_the_log_becomes_an_assigned_lead_that_is_said_on(
    company: Company, settings: Settings
) -> None:
    company.now = system_clock()
    anna = await company.manager()
    event = company.inquiry()
    heard = company.told(event)
    bus = open_bus(settings)
    try:
        await bus.ensure_topics(TOPICS)
        envelope = heard.envelope
        message = Message(
            envelope.topic, envelope.key, envelope.payload.encode(), envelope.headers()
        )
        assert all(await bus.publish([message, message], seconds=10))

        async def lead() -> Any:
            leads = await company.leads()
            return leads[0] if leads and leads[0]["owner_id"] else None

        async def unsaid() -> int:
            return len(await company.rows("SELECT id FROM pending"))

        async with working(settings):
            found = await eventually(lead, seconds=30, what="the lead has an owner")
            await eventually(
                unsaid, seconds=30, what="all is said on", until=lambda left: left == 0
            )
        assert found["owner_id"] == str(anna)
        assert await company.emitted(found["lead_id"]) == ["lead.opened", "lead.assigned"]
        await company.check()
    finally:
        await bus.close()


async def test_a_status_given_at_the_door_wakes_the_assigner(
    company: Company, settings: Settings
) -> None:
    company.now = system_clock()
    anna = await company.manager(status=None)
    await company.inquire()

    async def owner() -> Any:
        return (await company.leads())[0]["owner_id"]

    async def reason() -> Any:
        return (await company.leads())[0]["parked_reason"]

    async with working(settings):
        await eventually(
            reason, seconds=30, what="it waits", until=lambda found: found == "nobody_on_duty"
        )
        await company.status(anna, "online")
        await eventually(owner, seconds=10, what="it is assigned")
    await company.check()


async def test_we_are_behind_until_hearing_has_kept_up_for_a_while(database: Database) -> None:
    heard = Hearing(Listener(database, "routing", apply, lambda: NINE), bus=None, journals={})  # type: ignore[arg-type]
    progress = Progress()
    lag = Lag(heard, progress)
    assert await lag(NINE), "nothing is known yet"
    activities, other = Partition("activities", 0), Partition("inquiries", 0)
    heard.lag = {activities: 0, other: 9}
    assert await lag(NINE)
    assert not await lag(NINE + CAUGHT_UP)
    heard.lag = {activities: 1}
    assert await lag(NINE + CAUGHT_UP)
    heard.lag = {activities: 0}
    progress.beat(outage="unavailable")
    assert await lag(NINE + 2 * CAUGHT_UP)
    progress.beat()
    assert await lag(NINE + 3 * CAUGHT_UP)
    assert await lag(NINE + 4 * CAUGHT_UP - timedelta(seconds=1))
    assert not await lag(NINE + 4 * CAUGHT_UP)
