"""Activities are kept at once, spoken once, and only when they are the reporter's to report."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.history.handlers import apply, clear
from services.history.tables import PROJECTIONS
from services.history.use_cases import settle_activities
from services.history.worker import settle_loop
from shared.contracts.contacts import ContactErased
from shared.database import Database, transaction
from shared.runtime import running
from tests.support.doors import Door
from tests.support.telling import MORNING, Told, contents, hear, some_id
from tests.support.waiting import eventually

ANNA, BORIS = some_id("manager", "anna"), some_id("manager", "boris")
CONTACT = some_id("contact", 1)


def lead_of_anna() -> tuple[Told, UUID]:
    told = Told()
    lead = told.opened(1, inquiry=told.inquiry(1, contact=CONTACT), contact=CONTACT)
    told.assigned(lead, CONTACT, ANNA)
    return told, lead


async def spoken(database: Database) -> list[dict[str, Any]]:
    async with transaction(database) as session:
        rows = await session.execute(
            "SELECT key, CAST(payload AS text) AS said FROM journal"
            " WHERE topic = 'activities' ORDER BY id"
        )
        return [{"key": row.key, **json.loads(row.said)} for row in rows]


async def settle(database: Database) -> int:
    async with transaction(database) as session:
        return await settle_activities(session, now=MORNING)


async def items_of(door: Door, lead: UUID, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = await door.client.get(f"/v1/leads/{lead}/timeline", headers=headers)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["items"]
    return [item for item in found if item["kind"] == "activity.recorded"]


async def test_an_activity_of_the_owner_is_spoken_and_shown_at_once(
    database: Database, door: Door
) -> None:
    told, lead = lead_of_anna()
    await hear(database, apply, told.heard)
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
    (event,) = await spoken(database)
    assert event["key"] == event["contact_id"] == str(CONTACT)
    assert (event["kind"], event["manager_id"], event["lead_id"]) == ("call", str(ANNA), str(lead))
    assert event["activity_id"] == answer.json()["activity_id"]
    (item,) = await items_of(door, lead, headers)
    assert item["activity_id"] == event["activity_id"]
    assert item["text"] == "Спросил о цене"
    assert item["facts"] == {"minutes": 4, "kind": "call", "direction": "outgoing"}
    assert item["actor"] == f"manager:{ANNA}"
    assert await settle(database) == 0


async def test_an_activity_before_its_lead_waits_and_is_spoken_once(
    database: Database, door: Door
) -> None:
    told, lead = lead_of_anna()
    headers = door.as_("manager", manager_id=ANNA)
    answer = await door.client.post(
        "/v1/activities", json={"lead_id": str(lead), "kind": "mail"}, headers=headers
    )
    assert answer.status_code == 202
    assert answer.json()["unconfirmed"] is True
    await hear(database, apply, told.heard[:2])
    assert await settle(database) == 0
    supervisor = door.as_("supervisor")
    (waiting,) = await items_of(door, lead, supervisor)
    assert waiting["facts"]["unconfirmed"] is True
    await hear(database, apply, told.heard[2:])
    assert [await settle(database), await settle(database)] == [1, 0]
    (event,) = await spoken(database)
    assert event["key"] == str(CONTACT)
    (shown,) = await items_of(door, lead, headers)
    assert "unconfirmed" not in shown["facts"]
    assert shown["contact_id"] == str(CONTACT)


async def test_nobody_reports_on_what_is_not_theirs(database: Database, door: Door) -> None:
    told, lead = lead_of_anna()
    await hear(database, apply, told.heard)
    stranger = door.as_("manager", manager_id=BORIS)
    for body in ({"lead_id": str(lead)}, {"contact_id": str(CONTACT)}):
        answer = await door.client.post(
            "/v1/activities", json={**body, "kind": "call", "text": "mine now"}, headers=stranger
        )
        assert answer.status_code == 202
    assert await settle(database) == 0
    assert await spoken(database) == []
    assert await items_of(door, lead, door.as_("manager", manager_id=ANNA)) == []
    told.assigned(lead, CONTACT, BORIS)
    await hear(database, apply, told.heard[-1:])
    assert await settle(database) == 2
    assert len(await spoken(database)) == 2


async def test_the_worker_settles_by_itself(database: Database, door: Door) -> None:
    told, lead = lead_of_anna()
    await door.client.post(
        "/v1/activities",
        json={"lead_id": str(lead), "kind": "meeting"},
        headers=door.as_("manager", manager_id=ANNA),
    )
    async with running([settle_loop(database, clock=lambda: MORNING)]):
        await hear(database, apply, told.heard)

        async def said() -> list[dict[str, Any]]:
            return await spoken(database)

        await eventually(said, seconds=10, what="the activity is spoken")


async def test_the_same_key_is_one_activity(database: Database, door: Door) -> None:
    told, lead = lead_of_anna()
    await hear(database, apply, told.heard)
    body = {"lead_id": str(lead), "kind": "note", "text": "once"}
    anna = {**door.as_("manager", manager_id=ANNA), "Idempotency-Key": "k1"}
    first = await door.client.post("/v1/activities", json=body, headers=anna)
    again = await door.client.post("/v1/activities", json=body, headers=anna)
    assert again.status_code == first.status_code == 201
    assert again.json() == first.json()
    other = await door.client.post("/v1/activities", json={**body, "text": "x"}, headers=anna)
    assert other.status_code == 409
    supervisor = {**door.as_("supervisor"), "Idempotency-Key": "k1"}
    by_another = await door.client.post("/v1/activities", json=body, headers=supervisor)
    assert by_another.json()["activity_id"] != first.json()["activity_id"]
    assert len(await spoken(database)) == 2


async def test_an_activity_on_a_contact_without_a_lead(database: Database, door: Door) -> None:
    told = Told()
    told.inquiry(1, contact=CONTACT)
    body = {"contact_id": str(CONTACT), "kind": "message"}
    early = await door.client.post("/v1/activities", json=body, headers=door.as_("supervisor"))
    assert early.status_code == 202
    await hear(database, apply, told.heard)
    assert await settle(database) == 1
    later = await door.client.post("/v1/activities", json=body, headers=door.as_("supervisor"))
    assert later.status_code == 201
    assert [event["key"] for event in await spoken(database)] == [str(CONTACT)] * 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "call"}, ""),
        ({"kind": "call", "lead_id": str(CONTACT), "contact_id": str(CONTACT)}, ""),
        ({"kind": "dance", "lead_id": str(CONTACT)}, "/kind"),
        ({"kind": "call", "lead_id": "x"}, "/lead_id"),
        ({"kind": "call", "lead_id": str(CONTACT), "at": "2026-03-02T19:00:00Z"}, "/at"),
        ({"kind": "call", "lead_id": str(CONTACT), "at": "2026-03-02T09:00:00"}, "/at"),
        ({"kind": "call", "lead_id": str(CONTACT), "text": "a\0b"}, "/text"),
        ({"kind": "call", "lead_id": str(CONTACT), "text": "x" * 20_001}, "/text"),
        ({"kind": "call", "lead_id": str(CONTACT), "facts": {"a": ["b\0"]}}, "/facts"),
        ({"kind": "call", "lead_id": str(CONTACT), "facts": {"a": "\ud800"}}, "/facts"),
        ({"kind": "call", "lead_id": str(CONTACT), "facts": {"a": "x" * 20_000}}, "/facts"),
        ({"kind": "call", "lead_id": str(CONTACT), "extra": 1}, "/extra"),
    ],
)
async def test_a_body_that_does_not_fit_is_named(
    door: Door, body: dict[str, Any], pointer: str
) -> None:
    answer = await door.client.post(
        "/v1/activities",
        content=json.dumps(body),
        headers={**door.as_("supervisor"), "Content-Type": "application/json"},
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


async def test_a_task_may_lie_ahead(door: Door) -> None:
    body = {"lead_id": str(CONTACT), "kind": "task", "at": "2026-04-01T09:00:00Z"}
    answer = await door.client.post("/v1/activities", json=body, headers=door.as_("supervisor"))
    assert answer.status_code == 202


async def test_who_may_not_report(door: Door) -> None:
    body = {"lead_id": str(CONTACT), "kind": "note"}
    assert (await door.client.post("/v1/activities", json=body)).status_code == 401
    for headers in (
        door.as_("ops"),
        door.as_("service"),
        door.as_("source", source_id=some_id("source")),
    ):
        answer = await door.client.post("/v1/activities", json=body, headers=headers)
        assert answer.status_code == 403


async def test_a_forgotten_person_is_forgotten_in_what_was_reported_and_said(
    database: Database, door: Door
) -> None:
    told, lead = lead_of_anna()
    await hear(database, apply, told.heard)
    anna = door.as_("manager", manager_id=ANNA)
    body = {"lead_id": str(lead), "kind": "call", "text": "secret", "facts": {"who": "secret"}}
    await door.client.post("/v1/activities", json=body, headers=anna)
    early = {"lead_id": str(lead), "kind": "mail", "text": "secret"}
    boris = door.as_("manager", manager_id=BORIS)
    await door.client.post("/v1/activities", json=early, headers=boris)
    told.tell(ContactErased(contact_id=CONTACT, birth_ids=[CONTACT], erased_at=told.at))
    told.assigned(lead, CONTACT, BORIS)
    await hear(database, apply, told.heard[-2:])
    assert await settle(database) == 1
    events = await spoken(database)
    assert [event["kind"] for event in events] == ["call", "mail"]
    assert "secret" not in str(events)
    assert "secret" not in str(await items_of(door, lead, door.as_("supervisor")))


async def test_clearing_keeps_what_was_reported(database: Database, door: Door) -> None:
    told, lead = lead_of_anna()
    await hear(database, apply, told.heard)
    await door.client.post(
        "/v1/activities",
        json={"lead_id": str(lead), "kind": "call"},
        headers=door.as_("manager", manager_id=ANNA),
    )
    before = await contents(database, PROJECTIONS)
    async with transaction(database) as session:
        await clear(session)
    assert not any((await contents(database, PROJECTIONS)).values())
    await hear(database, apply, told.heard)
    assert await contents(database, PROJECTIONS) == before
    assert await settle(database) == 0
    assert len(await spoken(database)) == 1
    assert len(await items_of(door, lead, door.as_("supervisor"))) == 1
