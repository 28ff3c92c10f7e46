"""Which reports are refused, and what is left of them when a person is forgotten."""

import json
from typing import Any
from uuid import UUID

import pytest

from services.history.handlers import apply
from services.history.repository.projections import clear
from services.history.tables import PROJECTIONS
from services.history.tables.activities import activity
from shared.contracts.contacts import ContactErased
from shared.contracts.erasing import IMPERSONAL
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
from tests.support.event_streams import consume, contents, some_id
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
        ({"kind": "call", "lead_id": str(CONTACT), "facts": {"a": ["я\udbff"]}}, "/facts"),
        ({"kind": "call", "lead_id": str(CONTACT), "facts": {"a": {"b": "\udc00"}}}, "/facts"),
        ({"kind": "call", "lead_id": str(CONTACT), "facts": {"\udfff\udfff": 1}}, "/facts"),
        ({"kind": "call", "lead_id": str(CONTACT), "facts": {"a": "DEEP"}}, "/facts"),
        ({"kind": "call", "lead_id": str(CONTACT), "text": "\udfff"}, "/text"),
        ({"kind": "call", "lead_id": str(CONTACT), "facts": {"a": "x" * 20_000}}, "/facts"),
        ({"kind": "call", "lead_id": str(CONTACT), "extra": 1}, "/extra"),
    ],
)
async def test_a_body_that_does_not_fit_is_named(
    door: Door, body: dict[str, Any], pointer: str
) -> None:
    answer = await door.client.post(
        "/v1/activities",
        content=json.dumps(body).replace('"DEEP"', "[" * 300 + "]" * 300),
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


# Reporters may give a fact any name, also one that is kept of the product's own facts.
WORDS = {**dict.fromkeys(sorted(IMPERSONAL), "secret"), "who": "secret"}


async def test_a_forgotten_person_is_forgotten_in_what_was_reported_and_emitted(
    database: Database, door: Door
) -> None:
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    reports: list[tuple[UUID, dict[str, Any]]] = [
        (ANNA, {"kind": "call", "facts": {**WORDS, "outcome": "answered"}}),
        (ANNA, {"kind": "call", "facts": {**WORDS, "outcome": "secret was away"}}),
        (BORIS, {"kind": "mail", "facts": {**WORDS, "outcome": "answered"}}),
    ]

    async def send(manager_id: UUID, report: dict[str, Any]) -> None:
        body = {"lead_id": str(lead), "text": "secret", **report}
        headers = door.as_("manager", manager_id=manager_id)
        assert (await door.client.post("/v1/activities", json=body, headers=headers)).is_success

    for manager_id, report in reports:
        await send(manager_id, report)
    streams.emit(ContactErased(contact_id=CONTACT, birth_ids=[CONTACT], erased_at=streams.at))
    streams.assigned(lead, CONTACT, BORIS)
    await consume(database, apply, streams.events[-2:])
    assert await settle(database) == 1
    await send(BORIS, {"kind": "note", "facts": WORDS})  # of whom is forgotten already
    events = await emitted(database)
    assert [(event["kind"], event["facts"]) for event in events] == [
        ("call", {"outcome": "answered"}),
        ("call", {}),
        ("mail", {"outcome": "answered"}),
        ("note", {}),
    ]
    await _is_nowhere(database, door, lead)


@pytest.mark.parametrize(
    "order",
    [("lead", "report", "erasure"), ("lead", "erasure", "report"), ("report", "erasure", "lead")],
    ids=lambda order: f"{order[-1]} last",
)
async def test_what_waits_to_be_confirmed_is_forgotten_too(
    database: Database, door: Door, order: tuple[str, ...]
) -> None:
    """Nobody has confirmed it, yet supervisors are shown it, and it names its person by a lead."""
    streams, lead = lead_of_anna()
    opening = list(streams.events)
    erasure = streams.emit(
        ContactErased(contact_id=CONTACT, birth_ids=[CONTACT], erased_at=streams.at)
    )
    for step in order:
        if step == "report":
            for about in ({"lead_id": str(lead)}, {"contact_id": str(CONTACT)}):
                answer = await door.client.post(
                    "/v1/activities",
                    json={**about, "kind": "note", "text": "secret", "facts": WORDS},
                    headers=door.as_("manager", manager_id=BORIS),
                )
                assert answer.status_code == 202
        else:
            await consume(database, apply, opening if step == "lead" else [erasure])
    assert await settle(database) == 0
    assert len(await items_of(door, lead, door.as_("supervisor"))) == 1
    await _is_nowhere(database, door, lead)


async def _is_nowhere(database: Database, door: Door, lead: UUID) -> None:
    assert "secret" not in str(await emitted(database))
    assert "secret" not in str(await items_of(door, lead, door.as_("supervisor")))
    assert "secret" not in str(await contents(database, [activity]))


async def test_clearing_keeps_what_was_reported(database: Database, door: Door) -> None:
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    await door.client.post(
        "/v1/activities",
        json={"lead_id": str(lead), "kind": "call"},
        headers=door.as_("manager", manager_id=ANNA),
    )
    before = await contents(database, PROJECTIONS)
    async with transaction(database) as session:
        await clear(session)
    assert not any((await contents(database, PROJECTIONS)).values())
    await consume(database, apply, streams.events)
    assert await contents(database, PROJECTIONS) == before
    assert await settle(database) == 0
    assert len(await emitted(database)) == 1
    assert len(await items_of(door, lead, door.as_("supervisor"))) == 1
