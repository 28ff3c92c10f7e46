"""The worker hears from a real log what others say, and carries into it what history says."""

from pathlib import Path
from typing import Any

from pydantic import SecretStr
from shared.messaging.bus import Message
from shared.messaging.open import open_bus

from services.history.settings import Settings
from services.history.worker import worker
from shared.contracts.catalog import TOPICS
from shared.database import Database, transaction
from shared.messaging import pglog_schema
from shared.runtime.loop import running
from tests.support.doors import Door
from tests.support.infrastructure import DatabaseFactory
from tests.support.signer import new_signer
from tests.support.telling import MORNING, Told, some_id
from tests.support.waiting import eventually

ANNA, CONTACT = some_id("manager", "anna"), some_id("contact", 1)


async def test_from_the_log_and_into_the_log(
    url: str,
    database: Database,
    door: Door,
    empty_database: DatabaseFactory,
    tmp_path: Path,
) -> None:
    log_url = await empty_database("log")
    await pglog_schema.migrate(log_url)
    keys = tmp_path / "worker-keys.json"
    new_signer(keys)
    settings = Settings(
        database_url=SecretStr(url), keys_file=keys, log_database_url=SecretStr(log_url)
    )
    told = Told()
    lead = told.opened(1, inquiry=told.inquiry(1, contact=CONTACT), contact=CONTACT)
    told.assigned(lead, CONTACT, ANNA)
    manager = door.as_("manager", manager_id=ANNA)
    body = {"lead_id": str(lead), "kind": "call", "text": "Hello"}
    early = await door.client.post("/v1/activities", json=body, headers=manager)
    assert early.status_code == 202
    bus = open_bus(settings)
    await bus.ensure_topics(TOPICS)
    messages = [
        Message(
            item.envelope.topic,
            item.envelope.key,
            item.envelope.payload.encode(),
            item.envelope.headers(),
        )
        for item in told.heard
    ]
    assert all(await bus.publish(messages, seconds=5))
    # The same time as at the door: what it took would else be found to have waited for months.
    async with worker(settings, clock=lambda: MORNING.replace(hour=18)) as loops, running(loops):

        async def items() -> list[dict[str, Any]]:
            answer = await door.client.get(f"/v1/leads/{lead}/timeline", headers=manager)
            found: list[dict[str, Any]] = answer.json().get("items", [])
            return [item for item in found if "unconfirmed" not in item["facts"]]

        shown = await eventually(
            items, seconds=20, what="all lines", until=lambda found: len(found) == 4
        )
        assert {item["kind"] for item in shown} == {
            "inquiry.received",
            "lead.opened",
            "lead.assigned",
            "activity.recorded",
        }

        async def waiting() -> int:
            async with transaction(database) as session:
                return int(await session.scalar("SELECT count(*) FROM pending"))

        await eventually(
            waiting, seconds=20, what="the activity is in the log", until=lambda left: left == 0
        )
    await bus.close()
