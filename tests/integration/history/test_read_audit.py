"""Whoever is shown personal data is noted: who, what, about whom, and nothing of what it said."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.history.handlers import apply
from shared.database import Database, transaction
from shared.ids import new_id
from shared.read_audit import recorder, rows
from shared.read_audit.recorder import ReadsNotNotedError, Recorder
from shared.read_audit.rows import Read
from shared.runtime.loop import Progress
from tests.integration.history.reading import ANNA, CONTACT, timeline
from tests.integration.history.reporting import lead_of_anna
from tests.support.event_streams import MORNING, consume, some_id
from tests.support.http_client import Door
from tests.support.waiting import eventually


async def noted(door: Door, **filters: str) -> list[dict[str, Any]]:
    answer = await door.client.get("/v1/read-audit", params=filters, headers=door.as_("supervisor"))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def read(number: int, **more: Any) -> Read:
    members = {"at": MORNING + timedelta(minutes=number), "actor": "supervisor"}
    usual = {"audit_id": new_id(), "role": "supervisor", "token_id": "t", "what": "timeline"}
    return Read(**{**usual, **members, "subject_ids": [some_id("contact", number)], **more})


async def test_who_saw_a_timeline_is_noted(database: Database, door: Door) -> None:
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    await timeline(door, "leads", lead, role="manager", manager=ANNA)
    await timeline(door, "contacts", CONTACT)
    refusal = await door.client.get(
        f"/v1/leads/{lead}/timeline",
        headers=door.as_("manager", manager_id=some_id("manager", "boris")),
    )
    assert refusal.status_code == 404

    async def written() -> bool:
        return len(await noted(door)) == 2

    await eventually(written, seconds=10, what="both are written")
    second, first = await noted(door)
    assert (first["actor"], first["subject_ids"]) == (f"manager:{ANNA}", [str(lead)])
    assert (second["role"], second["subject_ids"]) == ("supervisor", [str(CONTACT)])
    assert first["token_id"] and first["trace_id"] and first["what"] == "timeline"  # noqa: PT018
    assert await noted(door, subject_id=str(CONTACT)) == [second]
    assert await noted(door, actor=f"manager:{ANNA}") == [first]
    assert await noted(door, what="story") == []


async def test_pages_of_reads_give_each_once(database: Database, door: Door) -> None:
    async with transaction(database) as session:
        await rows.add(session, [read(number % 3) for number in range(7)])
    ids, cursor = [], None
    while True:
        params = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        answer = await door.client.get("/v1/read-audit", params=params, headers=door.as_("admin"))
        ids += [item["audit_id"] for item in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            break
    assert len(ids) == len(set(ids)) == 7
    until = (MORNING + timedelta(minutes=1)).isoformat()
    assert len(await noted(door, to=until)) == 3


async def test_what_was_noted_is_neither_changed_nor_deleted(database: Database) -> None:
    async with transaction(database) as session:
        at = await session.scalar("SELECT clock_timestamp() - interval '1 day'")
        await rows.add(session, [read(0, at=at)])
    for statement in (
        "UPDATE read_audit SET actor = 'nobody'",
        "DELETE FROM read_audit",
        "TRUNCATE read_audit",
    ):
        with pytest.raises(asyncpg.RaiseError):
            async with transaction(database) as session:
                await session.execute(statement)


async def test_what_is_older_than_the_setting_goes(database: Database) -> None:
    async with transaction(database) as session:
        await rows.add(session, [read(number) for number in range(4)])
    removed = await recorder._remove(
        database, clock=lambda: MORNING + timedelta(days=31, minutes=2), days=31,
        progress=Progress(),
    )  # fmt: skip
    assert removed == 2


async def test_what_cannot_be_noted_is_not_shown(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MAX_WAITING", 1)
    reads = Recorder(database)
    reads.record([read(0)])
    with pytest.raises(ReadsNotNotedError):
        reads.require_room()
    await reads.flush()
    await reads.flush()
    reads.require_room()
    monkeypatch.setattr(recorder, "MAX_WAITING", 0)
    answer = await door.client.get(
        f"/v1/contacts/{CONTACT}/timeline", headers=door.as_("supervisor")
    )
    assert answer.status_code == 503


async def test_what_waits_is_written_when_the_process_ends(database: Database, door: Door) -> None:
    streams, _ = lead_of_anna()
    await consume(database, apply, streams.events)
    await timeline(door, "contacts", CONTACT)
    await timeline(door, "contacts", CONTACT)
    # The door's process ends with the fixture; what it does then is this.
    await door.client._transport.app.state.read_audit.flush()  # type: ignore[attr-defined]
    assert len(await noted(door)) == 2
