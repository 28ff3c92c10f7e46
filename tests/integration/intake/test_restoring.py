"""An intake whose database is older than its own events knows the people and inquiries of these."""

import json
import random
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.intake.use_cases.reconcile import reconcile
from services.intake.use_cases.restore import restore
from shared.contracts.contacts import ContactErased
from shared.database import transaction
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.outbox.publish import emit
from tests.integration.intake import exchanges
from tests.integration.intake.harness import House, one
from tests.support.event_streams import interleaved
from tests.support.journal_events import journal_events
from tests.support.old_tables import OldTables, content_of

TABLES = (
    *("submission", "contact", "contact_point", "contact_merge", "contact_proposal"),
    *("inquiry", "external_record", "call"),
)
OWN = {
    "contact": "SELECT contact_id, canonical_id, created_at, has_inquiry, CAST(details AS jsonb)"
    " FROM contact",
    "contact_point": "SELECT kind, value, contact_id, people FROM contact_point",
    "inquiry": "SELECT inquiry_id, contact_id, submission_id, source_id, channel,"
    " received_at, normalised_at, CAST(content AS text) FROM inquiry",
    "external_record": "SELECT source_id, external_id_digest, submission_id FROM external_record",
}
ANNA, BORIS = "+79161234567", "+79167654321"


async def ask(house: House, *phones: str, **more: Any) -> UUID:
    """An inquiry, normalised at once; the contact that it was born to."""
    house.time.pass_(minutes=1)
    body = {"channel": "form", "contact": {"name": "Someone", "phones": phones}, **more}
    answer = await house.native(body)
    assert answer.status_code == 202, answer.text
    await house.normalise()
    receipt = await house.receipt(answer)
    assert receipt["state"] == "normalised", receipt
    return UUID((await house.get(f"/v1/inquiries/{receipt['inquiry_ids'][0]}"))["contact_id"])


async def put_back(house: House, events: list[ReceivedEvent], *, size: int = 999) -> None:
    links = [item for item in events if item.envelope.topic == "contact-links"]
    rest = [item for item in events if item.envelope.topic != "contact-links"]
    for part in (links, rest):
        for first in range(0, len(part), size):
            async with transaction(house.database) as session:
                await restore(session, part[first : first + size], now=house.time())


async def balance(house: House) -> dict[str, Any]:
    now = house.time() + timedelta(days=1)
    return await reconcile(house.database, [], now=now, grace=timedelta(0), whole=True)


async def test_restored_people_and_inquiries_are_those_that_were_lost(house: House) -> None:
    nothing = await OldTables.of(house.database, *TABLES)
    await ask(house, ANNA, external_id="a-1", text="How much?")
    await ask(house, BORIS, external_id="b-1", is_test=True)
    await ask(house, ANNA, BORIS)
    before = await content_of(house.database, OWN)
    events = await journal_events(house.database)
    await nothing.bring_back()
    await put_back(house, interleaved(events, random.Random(1)), size=2)
    present = await content_of(house.database, OWN)
    for name in OWN:
        assert present[name] == before[name], name


async def test_what_is_restored_without_its_submission_reconciles_and_is_not_taken_for_new(
    house: House,
) -> None:
    nothing = await OldTables.of(house.database, *TABLES)
    contact_id = await ask(house, ANNA, external_id="a-1")
    events = await journal_events(house.database)
    await nothing.bring_back()
    await put_back(house, events)
    assert (await balance(house))["balanced"]
    body = {"channel": "form", "contact": {"phones": [ANNA]}, "external_id": "a-1"}
    again = await house.native(body)
    await house.normalise()
    receipt = await house.receipt(again)
    inquiry = one(await house.rows("SELECT inquiry_id, contact_id FROM inquiry"))
    assert (receipt["state"], receipt["reason"]) == ("ignored", "duplicate")
    assert receipt["inquiry_ids"] == [str(inquiry["inquiry_id"])]
    assert inquiry["contact_id"] == contact_id
    assert await ask(house, ANNA) == contact_id, "they are known by their number"


async def test_what_was_pending_in_the_backup_is_not_normalised_again(house: House) -> None:
    await house.native({"channel": "form", "contact": {"phones": [ANNA]}})
    backup = await OldTables.of(house.database, *TABLES)
    await house.normalise()
    events = await journal_events(house.database)
    await backup.bring_back()
    await put_back(house, events)
    assert await house.normalise() == 0
    assert len(await journal_events(house.database)) == len(events)
    assert (await balance(house))["balanced"]


async def test_a_call_that_is_restored_is_not_made_again_and_takes_its_recording(
    house: House,
) -> None:
    await exchanges.connect(house)
    start, end, record = exchanges.zadarma("in_1")
    outgoing = {"src_num": "201", "src_type": 2, "dst_num": "79161234567", "dst_type": 1}
    observed = ("", {"event": 2, "call_id": "s-1", "status": "ANSWER", **outgoing})
    nothing = await OldTables.of(house.database, *TABLES)
    await exchanges.tell(house, "zadarma", [start, end])
    await exchanges.tell(house, "sipuni", [observed])
    before = await content_of(house.database, OWN)
    events = await journal_events(house.database)
    await nothing.bring_back()
    await put_back(house, events, size=2)
    assert (await content_of(house.database, OWN))["inquiry"] == before["inquiry"]
    receipts = await exchanges.tell(house, "zadarma", [end, record])
    await exchanges.tell(house, "sipuni", [observed])
    assert len(await house.emitted("inquiry.received", "call.observed")) == 2
    assert one(await house.emitted("inquiry.updated"))["changes"] == {
        "fields": {"recording_id": "r-in_1"}
    }
    assert receipts[0]["reason"] == "duplicate"
    updated = await content_of(house.database, OWN)
    await put_back(house, await journal_events(house.database))
    assert (await content_of(house.database, OWN))["inquiry"] == updated["inquiry"]
    await nothing.bring_back()
    await put_back(house, await journal_events(house.database))
    assert json.loads(one(await house.rows("SELECT CAST(content AS text) AS c FROM inquiry"))["c"])[
        "fields"
    ] == {"recording_id": "r-in_1"}


async def test_merges_that_are_restored_can_be_undone(house: House) -> None:
    nothing = await OldTables.of(house.database, *TABLES)
    anna, boris = await ask(house, ANNA), await ask(house, BORIS)
    await ask(house, ANNA, BORIS)
    relinked = one(await house.emitted("contact.relinked"))
    events = await journal_events(house.database)
    await nothing.bring_back()
    await put_back(house, events)
    answer = await house.client.post(
        f"/v1/contact-merges/{relinked['batch_id']}/undo",
        json={},
        headers=house.as_("supervisor"),
    )
    assert answer.status_code == 200, answer.text
    rows = await house.rows("SELECT contact_id, canonical_id FROM contact")
    assert {row["contact_id"]: row["canonical_id"] for row in rows} == {anna: anna, boris: boris}


async def test_of_an_erased_person_nothing_comes_back(house: House) -> None:
    nothing = await OldTables.of(house.database, *TABLES)
    anna = await ask(house, ANNA, text="How much?")
    async with transaction(house.database) as session:
        event = ContactErased(contact_id=anna, birth_ids=[anna], erased_at=house.time())
        emit(session, event, now=house.time())
    events = await journal_events(house.database)
    await nothing.bring_back()
    await put_back(house, events)
    inquiry = one(await house.rows("SELECT CAST(content AS text) AS content FROM inquiry"))
    assert ANNA not in inquiry["content"]
    assert "How much" not in inquiry["content"]
    assert await house.rows("SELECT 1 FROM contact_point WHERE contact_id IS NOT NULL") == []
    contact = one(await house.rows("SELECT CAST(details AS text) AS details FROM contact"))
    assert ANNA not in contact["details"]
