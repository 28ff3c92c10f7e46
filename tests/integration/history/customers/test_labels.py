"""Tags and fields: defined first, set by whoever saw the last change, kept through merges."""

from typing import Any
from uuid import UUID

import httpx

from services.history.handlers import apply
from services.history.repository.projections import clear
from shared.contracts.contacts import ContactErased
from shared.database import Database
from tests.integration.history.customers.customers import ONE, TWO, card_of, compute, merge
from tests.support.event_streams import EventStreams, consume, consume_again
from tests.support.http_client import Door

FIELDS: dict[str, dict[str, Any]] = {
    "size": {"name": "Размер", "type": "number"},
    "grade": {"name": "Grade", "type": "one_of", "options": ["gold", "silver"]},
    "birthday": {"name": "Birthday", "type": "date"},
    "note": {"name": "Note", "type": "text"},
    "is_partner": {"name": "Partner", "type": "boolean"},
}


async def define(door: Door) -> None:
    headers = door.as_("supervisor")
    for tag in ("vip", "old"):
        answer = await door.client.put(
            f"/v1/contact-tags/{tag}", json={"name": tag}, headers=headers
        )
        assert answer.status_code == 200, answer.text
    for key, body in FIELDS.items():
        answer = await door.client.put(f"/v1/contact-fields/{key}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text


async def put(door: Door, contact: UUID, body: dict[str, Any], *, version: int) -> httpx.Response:
    return await door.client.put(
        f"/v1/contacts/{contact}/labels",
        json=body,
        headers={**door.as_("supervisor"), "If-Match": f'"{version}"'},
    )


async def two_people(database: Database) -> EventStreams:
    streams = EventStreams()
    streams.inquiry(1, contact=ONE)
    streams.inquiry(2, contact=TWO)
    await consume(database, apply, streams.events)
    await compute(database)
    return streams


async def test_only_what_is_defined_and_fits_is_set(database: Database, door: Door) -> None:
    await define(door)
    await two_people(database)
    wrong = {
        "tags": ["vip", "unknown"],
        "fields": {
            "size": "big", "grade": "bronze", "birthday": "2026-02-30", "note": "",
            "is_partner": "yes", "other": 1,
        },
    }  # fmt: skip
    answer = await put(door, ONE, wrong, version=0)
    assert answer.status_code == 422
    assert {item["pointer"] for item in answer.json()["errors"]} == {
        "/tags/1", "/fields/size", "/fields/grade", "/fields/birthday", "/fields/note",
        "/fields/is_partner", "/fields/other",
    }  # fmt: skip
    right = {
        "size": 10.5,
        "grade": "gold",
        "birthday": "1990-02-28",
        "note": "ы",
        "is_partner": False,
    }
    answer = await put(door, ONE, {"tags": ["vip"], "fields": right}, version=0)
    assert answer.status_code == 200, answer.text
    await compute(database)
    card = await card_of(door, ONE)
    assert (card["tags"], card["fields"]) == (["vip"], right)
    answer = await put(door, ONE, {"fields": {"size": None}}, version=1)
    assert "size" not in answer.json()["fields"]
    assert answer.json()["tags"] == ["vip"]


async def test_whoever_has_not_seen_the_last_change_is_refused(
    database: Database, door: Door
) -> None:
    await define(door)
    await two_people(database)
    assert (await put(door, ONE, {"tags": ["vip"]}, version=0)).json()["version"] == 1
    late = await put(door, ONE, {"tags": ["old"]}, version=0)
    assert late.status_code == 409
    assert late.json()["version"] == 1
    absent = await door.client.put(
        f"/v1/contacts/{ONE}/labels", json={}, headers=door.as_("supervisor")
    )
    assert absent.status_code == 422


async def test_labels_follow_merges_and_splits(database: Database, door: Door) -> None:
    await define(door)
    streams = await two_people(database)
    values = {"grade": "gold", "note": "same"}
    await put(door, ONE, {"tags": ["vip"], "fields": values}, version=0)
    await put(
        door, TWO, {"tags": ["old"], "fields": {"grade": "silver", "note": "same"}}, version=0
    )
    merge(streams, TWO, ONE)
    await consume(database, apply, streams.events[-1:])
    await compute(database)
    card = await card_of(door, ONE)
    assert card["tags"] == card["labels"]["tags"] == ["old", "vip"]
    shown = card["labels"]["fields"]
    counting, (other,) = shown["grade"], shown["grade"]["others"]
    assert {counting["value"], other["value"]} == {"gold", "silver"}
    assert counting["set_at"] >= other["set_at"]
    assert card["fields"]["grade"] == counting["value"]
    assert shown["note"]["others"] == []
    merge(streams, TWO, TWO)
    await consume(database, apply, streams.events[-1:])
    await compute(database)
    for contact, tag, grade in ((ONE, "vip", "gold"), (TWO, "old", "silver")):
        card = await card_of(door, contact)
        assert (card["tags"], card["fields"]["grade"]) == ([tag], grade)


async def test_a_replay_leaves_labels_and_cards_as_they_were(
    database: Database, door: Door
) -> None:
    await define(door)
    streams = await two_people(database)
    await put(door, ONE, {"tags": ["vip"]}, version=0)
    await compute(database)
    before = await card_of(door, ONE)
    await consume_again(database, streams, service="history", apply=apply, clear=clear)
    await compute(database)
    assert await card_of(door, ONE) == before


async def test_nothing_is_left_of_an_erased_person(database: Database, door: Door) -> None:
    await define(door)
    streams = await two_people(database)
    await put(door, ONE, {"tags": ["vip"], "fields": {"note": "secret"}}, version=0)
    await compute(database)
    streams.emit(ContactErased(contact_id=ONE, birth_ids=[ONE], erased_at=streams.at))
    await consume(database, apply, streams.events[-1:])
    at_once = await card_of(door, ONE)
    await compute(database)
    later = await card_of(door, ONE)
    for card in (at_once, later):
        assert "secret" not in str(card)
        assert "Customer" not in str(card)
        assert (card["name"], card["phones"], card["tags"], card["fields"]) == (None, [], [], {})
    answer = await put(door, ONE, {"tags": ["vip"]}, version=1)
    assert answer.status_code == 409


async def test_definitions_in_use_stay(database: Database, door: Door) -> None:
    await define(door)
    await two_people(database)
    headers = door.as_("supervisor")
    await put(door, ONE, {"tags": ["vip"], "fields": {"grade": "gold"}}, version=0)
    for path in ("contact-tags/vip", "contact-fields/grade"):
        assert (await door.client.delete(f"/v1/{path}", headers=headers)).status_code == 409
    for path in ("contact-tags/old", "contact-fields/size"):
        assert (await door.client.delete(f"/v1/{path}", headers=headers)).status_code == 204
        assert (await door.client.delete(f"/v1/{path}", headers=headers)).status_code == 404
    for body in (
        {"name": "Grade", "type": "text"},
        {"name": "Grade", "type": "one_of", "options": ["silver"]},
    ):
        answer = await door.client.put("/v1/contact-fields/grade", json=body, headers=headers)
        assert answer.status_code == 409, answer.text
    stale = await door.client.put(
        "/v1/contact-tags/vip", json={"name": "VIP"}, headers={**headers, "If-Match": '"7"'}
    )
    assert stale.status_code == 409
    tags = await door.client.get("/v1/contact-tags", headers=headers)
    assert [item["key"] for item in tags.json()["items"]] == ["vip"]
