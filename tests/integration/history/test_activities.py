"""Activities are kept at once, emitted once, and only when they are the reporter's to report."""

from datetime import timedelta
from typing import Any

from services.history.handlers import apply
from services.history.use_cases.activities import settle_loop
from shared.contracts.contacts import ContactRelinked
from shared.database import Database
from shared.runtime.loop import running
from tests.integration.history.reporting import (
    ANNA,
    BORIS,
    CONTACT,
    emitted,
    items_of,
    lead_of_anna,
    settle,
)
from tests.support.event_streams import MORNING, EventStreams, consume, some_id
from tests.support.http_client import Door
from tests.support.waiting import eventually


async def test_an_activity_of_the_owner_is_emitted_and_shown_at_once(
    database: Database, door: Door
) -> None:
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    body = {
        "lead_id": str(lead),
        "kind": "call",
        "at": (MORNING + timedelta(hours=1)).isoformat(),
        "text": "Спросил о цене",
        "facts": {"minutes": 4},
    }
    headers = door.as_("manager", manager_id=ANNA)
    answer = await door.client.post("/v1/activities", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["unconfirmed"] is False
    assert answer.json()["direction"] == "outgoing"
    (event,) = await emitted(database)
    assert event["key"] == event["contact_id"] == str(CONTACT)
    assert (event["kind"], event["manager_id"], event["lead_id"]) == ("call", str(ANNA), str(lead))
    assert event["activity_id"] == answer.json()["activity_id"]
    (item,) = await items_of(door, lead, headers)
    assert item["activity_id"] == event["activity_id"]
    assert item["text"] == "Спросил о цене"
    assert item["facts"] == {"minutes": 4, "kind": "call", "direction": "outgoing"}
    assert item["actor"] == f"manager:{ANNA}"
    assert await settle(database) == 0


async def test_an_activity_before_its_lead_waits_and_is_emitted_once(
    database: Database, door: Door
) -> None:
    streams, lead = lead_of_anna()
    headers = door.as_("manager", manager_id=ANNA)
    answer = await door.client.post(
        "/v1/activities", json={"lead_id": str(lead), "kind": "mail"}, headers=headers
    )
    assert answer.status_code == 202
    assert answer.json()["unconfirmed"] is True
    await consume(database, apply, streams.events[:2])
    assert await settle(database) == 0
    supervisor = door.as_("supervisor")
    (waiting,) = await items_of(door, lead, supervisor)
    assert waiting["facts"]["unconfirmed"] is True
    await consume(database, apply, streams.events[2:])
    assert [await settle(database), await settle(database)] == [1, 0]
    (event,) = await emitted(database)
    assert event["key"] == str(CONTACT)
    (shown,) = await items_of(door, lead, headers)
    assert "unconfirmed" not in shown["facts"]
    assert shown["contact_id"] == str(CONTACT)


async def test_nobody_reports_on_what_is_not_theirs(database: Database, door: Door) -> None:
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    stranger = door.as_("manager", manager_id=BORIS)
    for body in ({"lead_id": str(lead)}, {"contact_id": str(CONTACT)}):
        answer = await door.client.post(
            "/v1/activities", json={**body, "kind": "call", "text": "mine now"}, headers=stranger
        )
        assert answer.status_code == 202
    assert await settle(database) == 0
    assert await emitted(database) == []
    assert await items_of(door, lead, door.as_("manager", manager_id=ANNA)) == []
    streams.assigned(lead, CONTACT, BORIS)
    await consume(database, apply, streams.events[-1:])
    assert await settle(database) == 2
    assert len(await emitted(database)) == 2


async def test_an_owner_reports_on_any_contact_of_the_person(
    database: Database, door: Door
) -> None:
    streams, _ = lead_of_anna()
    other = some_id("contact", "other")
    streams.inquiry(2, contact=other)
    await consume(database, apply, streams.events)
    anna = door.as_("manager", manager_id=ANNA)
    body = {"contact_id": str(other), "kind": "note"}
    early = await door.client.post("/v1/activities", json=body, headers=anna)
    assert early.status_code == 202, "as long as they are two people"
    link = ContactRelinked(
        contact_id=CONTACT,
        canonical_id=other,
        batch_id=some_id("batch"),
        reason="phone",
        relinked_at=streams.at,
    )
    await consume(database, apply, [streams.emit(link)])
    assert await settle(database) == 1
    assert [event["key"] for event in await emitted(database)] == [str(other)]


async def test_the_worker_settles_by_itself(database: Database, door: Door) -> None:
    streams, lead = lead_of_anna()
    await door.client.post(
        "/v1/activities",
        json={"lead_id": str(lead), "kind": "meeting"},
        headers=door.as_("manager", manager_id=ANNA),
    )
    async with running([settle_loop(database, clock=lambda: MORNING)]):
        await consume(database, apply, streams.events)

        async def events() -> list[dict[str, Any]]:
            return await emitted(database)

        await eventually(events, seconds=10, what="the activity is emitted")


async def test_the_same_key_is_one_activity(database: Database, door: Door) -> None:
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    body = {"lead_id": str(lead), "kind": "note", "text": "None"}
    anna = {**door.as_("manager", manager_id=ANNA), "Idempotency-Key": "k1"}
    first = await door.client.post("/v1/activities", json=body, headers=anna)
    again = await door.client.post("/v1/activities", json=body, headers=anna)
    assert again.status_code == first.status_code == 201
    assert again.json() == first.json()
    for change in ({"text": None}, {"text": "none"}, {"text": "None "}, {"facts": {"": None}}):
        other = await door.client.post("/v1/activities", json={**body, **change}, headers=anna)
        assert other.status_code == 409, change
        assert other.json()["type"] == "urn:leadflow:problem:idempotency-key-reused"
    supervisor = {**door.as_("supervisor"), "Idempotency-Key": "k1"}
    by_another = await door.client.post("/v1/activities", json=body, headers=supervisor)
    assert by_another.json()["activity_id"] != first.json()["activity_id"]
    for key in ("K1", "k", "k1 k1"):
        near = await door.client.post(
            "/v1/activities", json=body, headers={**anna, "Idempotency-Key": key}
        )
        assert near.json()["activity_id"] != first.json()["activity_id"], key
    assert len(await emitted(database)) == 5


async def test_an_activity_on_a_contact_without_a_lead(database: Database, door: Door) -> None:
    streams = EventStreams()
    streams.inquiry(1, contact=CONTACT)
    body = {"contact_id": str(CONTACT), "kind": "message"}
    early = await door.client.post("/v1/activities", json=body, headers=door.as_("supervisor"))
    assert early.status_code == 202
    await consume(database, apply, streams.events)
    assert await settle(database) == 1
    later = await door.client.post("/v1/activities", json=body, headers=door.as_("supervisor"))
    assert later.status_code == 201
    assert [event["key"] for event in await emitted(database)] == [str(CONTACT)] * 2
