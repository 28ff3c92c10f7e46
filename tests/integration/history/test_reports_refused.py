"""Which reports are refused, and what is left of them when a person is forgotten."""

import json
from typing import Any

import pytest

from services.history.handlers import apply
from services.history.repository.projections import clear
from services.history.tables import PROJECTIONS
from shared.contracts.contacts import ContactErased
from shared.database import Database, transaction
from tests.integration.history.reporting import (
    ANNA,
    BORIS,
    CONTACT,
    emitted,
    items_of,
    lead_of_anna,
    settle,
)
from tests.support.event_streams import contents, hear, some_id
from tests.support.http_client import Door


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


async def test_a_forgotten_person_is_forgotten_in_what_was_reported_and_emitted(
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
    events = await emitted(database)
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
    assert len(await emitted(database)) == 1
    assert len(await items_of(door, lead, door.as_("supervisor"))) == 1
