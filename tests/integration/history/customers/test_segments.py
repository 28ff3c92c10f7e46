"""Segments: who enters and leaves, by events and by time, and what is emitted of it."""

from datetime import timedelta
from typing import Any

import pytest

from services.history.handlers import apply
from services.history.repository.segments import members
from services.history.use_cases.restore import restore
from services.history.use_cases.segments import membership
from shared.contracts.contacts import ContactErased
from shared.database import Database, transaction
from tests.integration.history.customers.customers import (
    ANNA,
    BORIS,
    EVENING,
    ONE,
    TWO,
    bought,
    compute,
    emitted,
    members_of,
    merge,
    new_segment,
)
from tests.support.event_streams import EventStreams, consume
from tests.support.http_client import Door
from tests.support.journal_events import journal_events
from tests.support.old_tables import OldTables

BUYERS: dict[str, Any] = {"measure": "purchases", "op": "at_least", "value": 1}
SILENT = {"not": {"field": "last_purchase", "op": "during", "value": {"last": 90, "unit": "days"}}}


async def two_people(database: Database) -> EventStreams:
    streams = EventStreams()
    for number, (contact, manager) in enumerate(((ONE, ANNA), (TWO, BORIS)), start=1):
        inquiry = streams.inquiry(number, contact=contact, region=f"r{number}")
        lead = streams.opened(number, inquiry=inquiry, contact=contact)
        streams.assigned(lead, contact, manager)
    await consume(database, apply, streams.events)
    await compute(database)
    return streams


async def later(database: Database, streams: EventStreams, since: int, **more: Any) -> None:
    await consume(database, apply, streams.events[since:])
    await compute(database, **more)


async def test_whoever_begins_to_fit_enters_and_whoever_ceases_to_leaves(
    database: Database, door: Door
) -> None:
    streams = await two_people(database)
    segment = await new_segment(door, BUYERS)
    assert segment["progress"]["state"] == "filling"
    await compute(database)
    assert await members_of(door, segment["segment_id"]) == []
    count = len(streams.events)
    bought(streams, 1, ONE, 10)
    await later(database, streams, count)
    assert await members_of(door, segment["segment_id"]) == [str(ONE)]
    answer = await door.client.get(
        f"/v1/segments/{segment['segment_id']}", headers=door.as_("supervisor")
    )
    assert (answer.json()["members"], answer.json()["progress"]["state"]) == (1, "live")
    count = len(streams.events)
    merge(streams, ONE, TWO)
    await later(database, streams, count)
    assert await members_of(door, segment["segment_id"]) == [str(TWO)]
    listed = await door.client.get("/v1/segments", headers=door.as_("supervisor"))
    assert [item["members"] for item in listed.json()["items"]] == [1]
    assert sorted(await emitted(database)) == sorted(
        [("entered", str(ONE), None), ("entered", str(TWO), None), ("left", str(ONE), "merged")]
    )


async def test_time_alone_brings_somebody_in(database: Database, door: Door) -> None:
    streams = await two_people(database)
    count = len(streams.events)
    bought(streams, 1, ONE, 10)
    await later(database, streams, count)
    segment = await new_segment(door, SILENT)
    await compute(database)
    assert await members_of(door, segment["segment_id"]) == [str(TWO)]
    await compute(database, now=EVENING + timedelta(days=91))
    assert await members_of(door, segment["segment_id"]) == sorted([str(ONE), str(TWO)])


@pytest.mark.parametrize(
    "content",
    [
        {"field": "last_purchase", "op": "during", "value": {"last": 90, "unit": "days"}},
        {"field": "first_purchase", "op": "after", "value": {"ago": 90, "unit": "days"}},
        {**BUYERS, "during": {"last": 90, "unit": "days"}},
        *(
            {
                "all": [
                    {"field": "regions", "op": "has_any", "value": ["r1"]},
                    {**BUYERS, "measure": measure, "during": {"last": 90, "unit": "days"}},
                ]
            }
            for measure in ("inquiries", "stages", "activities")
        ),
    ],
)
async def test_a_sweep_looks_at_whom_time_has_passed(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch, content: dict[str, Any]
) -> None:
    async def nobody(*_ignored: Any, **_named: Any) -> Any:
        raise AssertionError("all are looked at")

    streams = await two_people(database)
    count = len(streams.events)
    bought(streams, 1, ONE, 10)
    note = {"kind": "note", "contact_id": str(ONE), "text": "Перезвонить"}
    await door.client.post("/v1/activities", json=note, headers=door.as_("supervisor"))
    await later(database, streams, count)
    segment = await new_segment(door, content)
    await compute(database)
    assert await members_of(door, segment["segment_id"]) == [str(ONE)]
    monkeypatch.setattr(members, "list_next_persons", nobody)
    await compute(database, now=EVENING + timedelta(days=89))
    assert await members_of(door, segment["segment_id"]) == [str(ONE)]
    await compute(database, now=EVENING + timedelta(days=91))
    assert await members_of(door, segment["segment_id"]) == []


async def test_a_changed_and_a_deleted_segment(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "SLICE", 1)
    await two_people(database)
    segment = await new_segment(door, {"field": "regions", "op": "has_any", "value": "r1"})
    await compute(database)
    path, headers = f"/v1/segments/{segment['segment_id']}", door.as_("supervisor")
    both = {"field": "regions", "op": "has_any", "value": ["r1", "r2"]}
    for version, status in ((7, 409), (1, 200)):
        answer = await door.client.put(
            path,
            json={"name": "both", "filter": both, "time_zone": "Asia/Omsk"},
            headers={**headers, "If-Match": f'"{version}"'},
        )
        assert answer.status_code == status, answer.text
    await compute(database)
    assert await members_of(door, segment["segment_id"]) == sorted([str(ONE), str(TWO)])
    versions = await door.client.get(f"{path}/versions", headers=headers)
    assert [(item["version"], item["actor"]) for item in versions.json()["items"]] == [
        (2, "supervisor"),
        (1, "supervisor"),
    ]
    gone = await door.client.delete(path, headers={**headers, "If-Match": '"2"'})
    assert gone.status_code == 204
    await compute(database)
    assert (await door.client.get(path, headers=headers)).status_code == 404
    told_of = await emitted(database)
    assert len(told_of) == 4
    assert [item[2] for item in told_of[2:]] == ["deleted", "deleted"]


async def test_an_erased_person_leaves_what_their_words_brought_them_into(
    database: Database, door: Door
) -> None:
    streams = await two_people(database)
    segment = await new_segment(door, {"field": "name", "op": "contains", "value": "customer"})
    await compute(database)
    count = len(streams.events)
    streams.emit(ContactErased(contact_id=ONE, birth_ids=[ONE], erased_at=streams.at))
    await later(database, streams, count)
    assert await members_of(door, segment["segment_id"]) == [str(TWO)]


async def test_managers_see_members_of_own_leads(database: Database, door: Door) -> None:
    await two_people(database)
    everybody = {"field": "first_seen", "op": "known", "value": True}
    segment = await new_segment(door, everybody)
    await compute(database)
    for manager, contact in ((ANNA, ONE), (BORIS, TWO)):
        seen = await members_of(door, segment["segment_id"], role="manager", manager=manager)
        assert seen == [str(contact)]


async def test_a_restored_backup_tells_nobody_twice(database: Database, door: Door) -> None:
    streams = await two_people(database)
    segment = await new_segment(door, BUYERS)
    await compute(database)
    backup = await OldTables.of(database, "segment_member")
    count = len(streams.events)
    bought(streams, 1, ONE, 10)
    await later(database, streams, count)
    before = await emitted(database)
    events = await journal_events(database)
    await backup.bring_back()
    async with transaction(database) as session:
        await restore(session, events, now=EVENING)
    assert await members_of(door, segment["segment_id"]) == [str(ONE)]
    count = len(streams.events)
    bought(streams, 2, ONE, 10)
    await later(database, streams, count)
    assert await emitted(database) == before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"filter": {"field": "nothing", "op": "is", "value": 1}}, "/filter/field"),
        ({"filter": {"any": [BUYERS, {"all": []}]}}, "/filter/any/1/all"),
        ({"filter": {"all": [BUYERS | {"value": 1.5}]}}, "/filter/all/0/value"),
        (
            {"filter": {"not": BUYERS | {"during": {"last": 0, "unit": "days"}}}},
            "/filter/not/during/last",
        ),
        ({"filter": BUYERS, "time_zone": "Mars/Base"}, "/time_zone"),
        ({"filter": {"field": "tags", "op": "has_any", "value": "none"}}, "/filter"),
    ],
)
async def test_what_is_not_understood_is_named(
    door: Door, body: dict[str, Any], pointer: str
) -> None:
    answer = await door.client.post(
        "/v1/segments", json={"name": "some", **body}, headers=door.as_("supervisor")
    )
    assert answer.status_code == 422
    assert [item["pointer"] for item in answer.json()["errors"]] == [pointer]
