"""What waits to be confirmed is bounded: in number by its reporter, in time by a week."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from services.history.handlers import apply
from services.history.use_cases.activities import (
    MAX_UNCONFIRMED,
    UNCONFIRMED_FOR,
    forget_unconfirmed,
)
from shared.database import Database, transaction
from shared.ids import new_id
from tests.integration.history.reporting import ANNA, BORIS, lead_of_anna, settle
from tests.support.event_streams import MORNING, consume
from tests.support.http_client import Door


async def report(door: Door, lead_id: object, headers: dict[str, str]) -> httpx.Response:
    body = {"lead_id": str(lead_id), "kind": "note", "text": "a note"}
    return await door.client.post("/v1/activities", json=body, headers=headers)


async def waiting(database: Database) -> int:
    async with transaction(database) as session:
        return int(await session.scalar("SELECT count(*) FROM activity WHERE recorded_at IS NULL"))


async def test_one_reporter_cannot_fill_the_table(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.connections.WAIT_SECONDS", 60.0)  # twenty at once, of any slowness
    anna, boris = door.as_("manager", manager_id=ANNA), door.as_("manager", manager_id=BORIS)
    lead = new_id()
    for _ in range(MAX_UNCONFIRMED - 5):
        assert (await report(door, lead, anna)).status_code == 202
    answers = await asyncio.gather(*(report(door, lead, anna) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [202] * 5 + [429] * 15
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) > 0
    assert refused.json()["errors"][0]["pointer"] == "/lead_id"
    assert await waiting(database) == MAX_UNCONFIRMED
    assert (await report(door, lead, boris)).status_code == 202, "nobody else is kept out"


async def test_what_is_known_as_hers_is_taken_all_the_same(database: Database, door: Door) -> None:
    anna = door.as_("manager", manager_id=ANNA)
    streams, lead = lead_of_anna()
    for _ in range(MAX_UNCONFIRMED):
        await report(door, new_id(), anna)
    assert (await report(door, new_id(), anna)).status_code == 429
    await consume(database, apply, streams.events)
    assert (await report(door, lead, anna)).status_code == 201


async def test_what_is_never_confirmed_is_forgotten_in_time(database: Database, door: Door) -> None:
    anna = door.as_("manager", manager_id=ANNA)
    streams, lead = lead_of_anna()
    await report(door, lead, anna)
    await report(door, new_id(), anna)
    await consume(database, apply, streams.events)
    assert await settle(database) == 1
    late = MORNING.replace(hour=18) + UNCONFIRMED_FOR
    async with transaction(database) as session:
        assert await forget_unconfirmed(session, now=late - timedelta(minutes=1)) == 0
        assert await forget_unconfirmed(session, now=late + timedelta(minutes=1)) == 1
    async with transaction(database) as session:
        assert await session.scalar("SELECT count(*) FROM activity") == 1, "what was said stays"
