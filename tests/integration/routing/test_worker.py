"""The worker's loops together: an inquiry is consumed, assigned and emitted on, by themselves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.routing.service import ROUTING
from services.routing.settings import Settings
from services.routing.use_cases.timers import touches_known
from shared.clock import system_clock
from shared.database import Database
from shared.messaging.consumer.catch_up import CatchUp, DatedState
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.fast_path import FastPath
from shared.messaging.outbox.walking import JournalState
from shared.runtime.loop import running
from shared.single_process import SingleProcess
from shared.worker import open_worker
from tests.integration.routing.harness import NINE, Company
from tests.support.signer import new_signer
from tests.support.waiting import eventually


@pytest.fixture
def settings(url: str, tmp_path: Path) -> Settings:
    keys = tmp_path / "worker-keys.json"
    new_signer(keys)
    return Settings(database_url=SecretStr(url), keys_file=keys, allow_unsafe_database=True)


@asynccontextmanager
async def working(settings: Settings, single: SingleProcess) -> AsyncIterator[None]:
    async with open_worker(ROUTING, settings, single=single) as loops, running(loops):
        yield


async def test_an_inquiry_in_the_log_becomes_an_assigned_lead_that_is_handed_on(
    company: Company, settings: Settings
) -> None:
    company.now = system_clock()
    anna = await company.manager()
    received = company.received(company.inquiry())
    single = SingleProcess()
    others = await single.log.subscribe("history", ["leads"])

    async def lead() -> Any:
        single.log.hand_over([received, received])
        leads = await company.leads()
        return leads[0] if leads and leads[0]["owner_id"] else None

    async with working(settings, single):
        owned = await eventually(lead, seconds=30, what="the lead has an owner")
        types: list[str] = []

        async def handed_on() -> list[str]:
            events = await others.fetch(limit=10, wait_seconds=0.1)
            types.extend(item.envelope.type for item in events)
            return types

        wanted = ["lead.opened.v1", "lead.assigned.v1"]
        await eventually(
            handed_on, seconds=30, what="all is handed on", until=lambda some: some == wanted
        )
    assert owned["owner_id"] == str(anna)
    assert await company.emitted(owned["lead_id"]) == ["lead.opened", "lead.assigned"]
    relayed = "SELECT id FROM pending JOIN journal USING (id) WHERE topic = 'leads'"
    assert await company.rows(relayed) == []
    await company.check()


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

    async with working(settings, SingleProcess()):
        await eventually(
            reason, seconds=30, what="it waits", until=lambda found: found == "nobody_on_duty"
        )
        await company.status(anna, "online")
        await eventually(owner, seconds=10, what="it is assigned")
    await company.check()


def test_touches_are_known_up_to_where_history_and_its_own_walk_have_come(
    database: Database,
) -> None:
    consumer = Consumer(database, "routing", handle=None, clock=lambda: NINE)  # type: ignore[arg-type]
    walks = CatchUp(consumer, {}, FastPath(1.0, 1.0, sees_all=True))
    assert touches_known(None) is None
    assert touches_known(walks) is None
    state = JournalState("life", 1, {}, walked={})
    walks.walked["history"] = DatedState(0.0, NINE, state)
    assert touches_known(walks) is None, "history has not walked what it consumes"
    earlier, later = NINE - timedelta(minutes=1), NINE + timedelta(minutes=1)
    for walked_at, known in ((earlier, earlier), (later, NINE)):
        for last in ("intake", "routing"):
            walked = {"intake": later, "routing": later, last: walked_at}
            walks.walked["history"] = DatedState(0.0, NINE, JournalState("life", 1, {}, walked))
            assert touches_known(walks) == known
    walks.walked["history"] = DatedState(0.0, NINE, JournalState("life", 1, {}, {"intake": later}))
    assert touches_known(walks) is None, "activities on our leads may wait there"
