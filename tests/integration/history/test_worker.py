"""The worker consumes what others emit, and hands on what history emits."""

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from services.history.service import HISTORY
from services.history.settings import Settings
from shared.database import Database
from shared.messaging.outbox.walking import WALK
from shared.runtime.loop import running
from shared.runtime.wakeup import wakeup_loop
from shared.single_process import SingleProcess
from shared.web.journal_client import HttpJournal
from shared.worker import open_worker
from tests.support.event_streams import MORNING, EventStreams, some_id
from tests.support.http_client import Door
from tests.support.signer import new_signer
from tests.support.waiting import eventually

ANNA, CONTACT = some_id("manager", "anna"), some_id("contact", 1)


async def test_from_the_log_and_into_the_log(
    url: str,
    door: Door,
    tmp_path: Path,
) -> None:
    keys = tmp_path / "worker-keys.json"
    new_signer(keys)
    settings = Settings(database_url=SecretStr(url), keys_file=keys)
    streams = EventStreams()
    lead = streams.opened(1, inquiry=streams.inquiry(1, contact=CONTACT), contact=CONTACT)
    streams.assigned(lead, CONTACT, ANNA)
    manager = door.as_("manager", manager_id=ANNA)
    body = {"lead_id": str(lead), "kind": "call", "text": "Hello"}
    early = await door.client.post("/v1/activities", json=body, headers=manager)
    assert early.status_code == 202
    single = SingleProcess()
    others = await single.log.subscribe("routing", ["activities"])
    # The same time as at the door: what it took would else be found to have waited for months.
    evening = MORNING.replace(hour=18)
    async with (
        open_worker(HISTORY, settings, clock=lambda: evening, single=single) as loops,
        running(loops),
    ):

        async def items() -> list[dict[str, Any]]:
            single.log.hand_over(streams.events)
            answer = await door.client.get(f"/v1/leads/{lead}/timeline", headers=manager)
            found: list[dict[str, Any]] = answer.json().get("items", [])
            return [item for item in found if "unconfirmed" not in item["facts"]]

        shown = await eventually(
            items, seconds=20, what="all entries", until=lambda found: len(found) == 4
        )
        assert {item["kind"] for item in shown} == {
            "inquiry.received",
            "lead.opened",
            "lead.assigned",
            "activity.recorded",
        }

        handed_on = await others.fetch(limit=10, wait_seconds=20)
        assert [item.envelope.type for item in handed_on] == ["activity.recorded.v1"]


async def test_an_api_that_is_asked_to_hurry_wakes_the_workers_walk(
    database: Database, door: Door
) -> None:
    token = door.as_("service")["Authorization"].removeprefix("Bearer ")
    journal = HttpJournal("http://door", lambda: token, door.client)
    async with running([wakeup_loop(database, [WALK], leads=lambda: False)]):
        assert await database.wakeup.notified(WALK, seconds=60.0), "one may have been lost before"
        await journal.state(["activities"])
        assert not await database.wakeup.notified(WALK, seconds=0.1)

        async def woken() -> bool:
            await journal.state(["activities"], hurry=True)
            return await database.wakeup.notified(WALK, seconds=0.2)

        await eventually(woken, seconds=5, what="the worker is woken")
