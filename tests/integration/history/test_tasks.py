"""Tasks are due by their owners until a report says that they are done."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.history.handlers import apply
from services.history.use_cases.restore import restore
from shared.database import Database, transaction
from tests.integration.history.reporting import (
    ANNA,
    BORIS,
    emitted,
    items_of,
    lead_of_anna,
)
from tests.support.event_streams import MORNING, consume
from tests.support.http_client import Door
from tests.support.journal_events import journal_events
from tests.support.old_tables import OldTables, content_of

NOW = MORNING.replace(hour=18)


@pytest.fixture
async def lead(database: Database) -> UUID:
    streams, lead_id = lead_of_anna()
    await consume(database, apply, streams.events)
    return lead_id


async def give(door: Door, lead: UUID, **more: Any) -> str:
    """A task that Anna gives herself."""
    answer = await door.client.post(
        "/v1/activities",
        json={"lead_id": str(lead), "kind": "task", "text": "call again", **more},
        headers=door.as_("manager", manager_id=ANNA),
    )
    assert answer.status_code == 201, answer.text
    task_id: str = answer.json()["activity_id"]
    return task_id


async def due(door: Door, manager: UUID | None = ANNA, **params: str) -> list[str]:
    headers = door.as_("manager", manager_id=manager) if manager else door.as_("supervisor")
    answer = await door.client.get("/v1/tasks", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return [item["activity_id"] for item in answer.json()["items"]]


async def report(
    door: Door, task: str, what: str, *, manager: UUID | None = ANNA, key: str | None = None
) -> Any:
    headers = door.as_("manager", manager_id=manager) if manager else door.as_("supervisor")
    if key is not None:
        headers["Idempotency-Key"] = key
    return await door.client.post(
        f"/v1/tasks/{task}/{what}", json={"text": "spoke"}, headers=headers
    )


async def test_tasks_are_listed_by_when_they_are_due(door: Door, lead: UUID) -> None:
    late, evening, tomorrow = [
        await give(door, lead, due_at=(NOW + timedelta(hours=hours)).isoformat())
        for hours in (-2, 5, 8)
    ]
    assert await due(door, owner="me") == [late, evening, tomorrow]
    assert await due(door, due="overdue") == [late]
    assert await due(door, due="today") == [late, evening]
    assert await due(door, due="later") == [tomorrow]
    everything = [late, evening, tomorrow]
    assert await due(door, due="today", tz="Asia/Vladivostok") == everything, "it is the 3rd there"
    assert await due(door, manager=None) == [late, evening, tomorrow]
    assert await due(door, manager=None, owner=str(ANNA)) == [late, evening, tomorrow]
    assert await due(door, manager=None, owner=str(BORIS)) == []
    assert await due(door, manager=BORIS) == []


async def test_a_report_ends_a_task_and_another_opens_it_again(
    database: Database, door: Door, lead: UUID
) -> None:
    task = await give(door, lead)
    done = await report(door, task, "done", key="k")
    again = await report(door, task, "done", key="k")
    assert (done.status_code, done.json()) == (201, again.json())
    assert await due(door) == []
    assert (await report(door, task, "undone")).status_code == 201
    assert await due(door) == [task]
    assert (await report(door, task, "done", manager=None)).status_code == 201
    assert await due(door) == []
    follow_ups = [
        (event["task_id"], event["done"], event["kind"]) for event in (await emitted(database))[1:]
    ]
    assert follow_ups == [(task, True, "task"), (task, False, "task"), (task, True, "task")]
    items = await items_of(door, lead, door.as_("supervisor"))
    assert [item["facts"].get("done") for item in items] == [None, True, False, True]
    assert items[0]["facts"]["owner_id"] == str(ANNA)


async def test_nobody_reports_on_a_task_of_another(door: Door, lead: UUID) -> None:
    task = await give(door, lead)
    assert (await report(door, task, "done", manager=BORIS)).status_code == 404
    assert (await report(door, str(lead), "done", manager=None)).status_code == 404
    boris = {"lead_id": str(lead), "kind": "task", "owner_id": str(BORIS)}
    refused = await door.client.post(
        "/v1/activities", json=boris, headers=door.as_("manager", manager_id=ANNA)
    )
    assert refused.status_code == 422
    given = await door.client.post("/v1/activities", json=boris, headers=door.as_("supervisor"))
    assert given.status_code == 201
    assert await due(door, manager=BORIS) == [given.json()["activity_id"]]
    done = await report(door, given.json()["activity_id"], "done", manager=BORIS)
    assert (done.status_code, done.json()["unconfirmed"]) == (201, False)
    assert await due(door, manager=BORIS) == []


async def test_only_a_task_is_due(door: Door, lead: UUID) -> None:
    body = {"lead_id": str(lead), "kind": "note", "due_at": NOW.isoformat()}
    answer = await door.client.post(
        "/v1/activities", json=body, headers=door.as_("manager", manager_id=ANNA)
    )
    assert answer.status_code == 422
    for params in ({"tz": "Mars/Base"}, {"owner": "nobody"}, {"due": "soon"}):
        answer = await door.client.get("/v1/tasks", params=params, headers=door.as_("supervisor"))
        assert answer.status_code == 422, params
    stranger = await door.client.get(
        "/v1/tasks", params={"owner": str(ANNA)}, headers=door.as_("manager", manager_id=BORIS)
    )
    assert stranger.status_code == 404


async def test_tasks_come_in_pages(door: Door, lead: UUID) -> None:
    tasks = [
        await give(door, lead, due_at=(NOW + timedelta(minutes=number // 2)).isoformat())
        for number in range(5)
    ]
    seen: list[str] = []
    params: dict[str, str] = {"limit": "2"}
    while True:
        answer = await door.client.get("/v1/tasks", params=params, headers=door.as_("supervisor"))
        seen += [item["activity_id"] for item in answer.json()["items"]]
        if answer.json()["next_cursor"] is None:
            break
        params["cursor"] = answer.json()["next_cursor"]
    assert sorted(seen) == sorted(tasks)
    assert len(seen) == 5


async def test_restored_tasks_are_open_as_they_were(
    database: Database, door: Door, lead: UUID
) -> None:
    nothing = await OldTables.of(database, "activity", "open_task")
    finished, left = await give(door, lead), await give(door, lead)
    await report(door, finished, "done")
    before = await content_of(database, {"open": "SELECT * FROM open_task"})
    await nothing.bring_back()
    events = await journal_events(database)
    async with transaction(database) as session:
        await restore(session, events, now=NOW)
    assert await content_of(database, {"open": "SELECT * FROM open_task"}) == before
    assert await due(door) == [left]
