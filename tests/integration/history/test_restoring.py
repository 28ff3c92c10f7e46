"""A history whose database is older than its own events does not emit an activity twice."""

from services.history.handlers import apply
from services.history.use_cases.restore import restore
from shared.contracts.contacts import ContactErased
from shared.database import Database, transaction
from tests.integration.history.reporting import ANNA, CONTACT, emitted, lead_of_anna, settle
from tests.support.event_streams import MORNING, consume
from tests.support.http_client import Door
from tests.support.journal_events import journal_events
from tests.support.old_tables import OldTables, content_of

OWN = {
    "activity": "SELECT activity_id, actor, manager_id, lead_id, contact_id, kind, direction, at,"
    " learned_at, text, CAST(facts AS text), recorded_at FROM activity"
}
CALL = {"kind": "call", "text": "asks for a price", "facts": {"outcome": "answered"}}


async def put_back(database: Database) -> None:
    events = await journal_events(database)
    async with transaction(database) as session:
        await restore(session, events, now=MORNING)


async def test_restored_activities_are_those_that_were_lost(door: Door, database: Database) -> None:
    nothing = await OldTables.of(database, "activity")
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    headers = door.as_("manager", manager_id=ANNA)
    report = {**CALL, "lead_id": str(lead)}
    assert (
        await door.client.post("/v1/activities", json=report, headers=headers)
    ).status_code == 201
    before = await content_of(database, OWN)
    await nothing.bring_back()
    await put_back(database)
    assert await content_of(database, OWN) == before
    assert await settle(database) == 0


async def test_what_waited_in_the_backup_and_was_emitted_since_is_not_emitted_again(
    door: Door, database: Database
) -> None:
    streams, lead = lead_of_anna()
    headers = door.as_("manager", manager_id=ANNA)
    report = {**CALL, "lead_id": str(lead)}
    assert (
        await door.client.post("/v1/activities", json=report, headers=headers)
    ).status_code == 202
    backup = await OldTables.of(database, "activity")
    await consume(database, apply, streams.events)
    assert await settle(database) == 1
    before = await content_of(database, OWN)
    await backup.bring_back()
    await put_back(database)
    assert await settle(database) == 0
    assert await content_of(database, OWN) == before
    assert len(await emitted(database)) == 1


async def test_of_an_erased_person_no_text_comes_back(door: Door, database: Database) -> None:
    nothing = await OldTables.of(database, "activity")
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    headers = door.as_("manager", manager_id=ANNA)
    report = {**CALL, "lead_id": str(lead)}
    await door.client.post("/v1/activities", json=report, headers=headers)
    events = await journal_events(database)
    streams.emit(ContactErased(contact_id=CONTACT, birth_ids=[CONTACT], erased_at=streams.at))
    await consume(database, apply, streams.events[-1:])
    await nothing.bring_back()
    async with transaction(database) as session:
        await restore(session, events, now=MORNING)
    texts = {"texts": "SELECT text, CAST(facts AS text) FROM activity"}
    assert (await content_of(database, texts))["texts"] == [(None, '{"outcome": "answered"}')]
