"""A closed outbox at the doors: 503 for what would be told of, answers for who compares."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from services.routing.service import ROUTING
from services.routing.settings import Settings
from shared.application import create_app
from shared.clock import system_clock
from shared.database import Database, transaction
from shared.errors import UnavailableError
from shared.messaging.heights import Digest, RangeDigest
from shared.messaging.outbox.gate import read_gate
from shared.messaging.outbox.recovery import Recovery, recover
from shared.runtime.loop import Progress
from shared.web.consumed_client import HttpConsumed
from tests.support.http_client import Door, open_door
from tests.support.infrastructure import DatabaseFactory
from tests.support.restoring import RESTARTED
from tests.support.signer import new_signer


@pytest.fixture
async def door(migrated_database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[Door]:
    signer = new_signer(tmp_path / "keys.json")
    settings = Settings(
        database_url=SecretStr(await migrated_database("routing")),
        keys_file=tmp_path / "keys.json",
        allow_unsafe_database=True,
    )
    async with open_door(create_app(ROUTING, settings), signer) as opened:
        yield opened


def database_of(door: Door) -> Database:
    transport = door.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    found: Database = transport.app.state.database  # type: ignore[attr-defined]
    return found


async def close_gate(database: Database) -> None:
    async with transaction(database) as session:
        await session.execute(f"UPDATE producer SET {RESTARTED}")


async def hire(door: Door) -> httpx.Response:
    return await door.client.post("/v1/managers", json={"name": "Ann"}, headers=door.as_("admin"))


async def test_what_would_be_told_of_is_refused_for_a_moment_and_leaves_nothing(
    door: Door,
) -> None:
    database = database_of(door)
    await close_gate(database)
    refusal = await hire(door)
    assert refusal.status_code == 503
    assert int(refusal.headers["Retry-After"]) >= 1
    assert refusal.json()["type"].endswith("outbox-closed")
    await recover(Recovery(database, {}, system_clock), Progress())
    assert (await hire(door)).status_code == 201
    managers = await door.client.get("/v1/managers", headers=door.as_("admin"))
    assert len(managers.json()["items"]) == 1


async def test_heights_travel_over_http(door: Door) -> None:
    database = database_of(door)
    async with transaction(database) as session:
        await session.execute(
            "INSERT INTO seen SELECT 'inquiries', key, 2, 0, false"
            " FROM unnest(ARRAY['b', 'a']) AS key"
        )
    token = door.as_("service")["Authorization"].removeprefix("Bearer ")
    consumed = HttpConsumed("http://door", lambda: token, door.client)
    part = await consumed.digest("inquiries", after="")
    assert (part.digest.streams, part.last, part.more) == (2, "b", False)
    rest = await consumed.digest("inquiries", after="a")
    assert (rest.digest.streams, rest.last) == (1, "b")
    assert await consumed.digest("activities", after="") == RangeDigest(
        Digest(0, 0), "", more=False
    )
    page = await consumed.heights("inquiries", after="", until="b")
    assert (list(page.heights.items()), page.more, page.last) == ([("a", 2), ("b", 2)], False, "b")
    assert (await consumed.heights("inquiries", after="", until="a")).heights == {"a": 2}
    with pytest.raises(UnavailableError):
        await HttpConsumed("http://door", lambda: "no token", door.client).digest(
            "inquiries", after=""
        )
    with pytest.raises(UnavailableError):
        await HttpConsumed("", lambda: token, httpx.AsyncClient()).digest("inquiries", after="")


async def test_only_an_operator_may_overrule_and_only_while_it_is_closed(door: Door) -> None:
    async def overrule(role: str) -> int:
        answer = await door.client.post("/v1/recovery/overrule", headers=door.as_(role))
        return answer.status_code

    assert await overrule("supervisor") == 403
    assert await overrule("ops") == 409
    await close_gate(database_of(door))
    assert await overrule("ops") == 202
    assert (await read_gate(database_of(door))).overruled
