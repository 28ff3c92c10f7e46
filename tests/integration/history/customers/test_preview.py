"""Previews of segments: counted where there is time, else estimated, and named so."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.history.handlers import apply
from services.history.repository.cards import cards
from services.history.repository.segments import members
from services.history.use_cases.segments import preview
from shared.database import Database, Session
from tests.integration.history.customers.customers import compute, told
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door

PEOPLE = 300
NAMED = {"field": "name", "op": "is", "value": ["Анна"]}  # a third of all


async def people(database: Database) -> None:
    streams = EventStreams()
    for number in range(PEOPLE):
        told(streams, some_id("contact", number), name="Пётр" if number % 3 else "Анна")
    await consume(database, apply, streams.events)
    await compute(database)


async def previewed(door: Door, content: dict[str, Any] = NAMED) -> httpx.Response:
    return await door.client.post(
        "/v1/segments/preview", json={"filter": content}, headers=door.as_("supervisor")
    )


async def test_all_are_counted_where_there_is_time(database: Database, door: Door) -> None:
    await people(database)
    body = (await previewed(door)).json()
    assert [body[name] for name in ("count", "is_exact", "at_least", "at_most")] == [
        PEOPLE / 3, True, PEOPLE / 3, PEOPLE / 3,
    ]  # fmt: skip
    assert {person["name"] for person in body["persons"]} == {"Анна"}
    assert len(body["persons"]) == preview.PREVIEWED


async def slow(session: Session, *_ignored: object, **_named: object) -> int:
    await session.execute("SELECT pg_sleep(3)")
    return 0


async def test_where_counting_takes_too_long_it_is_estimated_and_says_so(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people(database)
    monkeypatch.setattr(preview, "COUNTING_SECONDS", 0.05)
    monkeypatch.setattr(cards, "count_cards", slow)
    body = (await previewed(door)).json()
    assert body["is_exact"] is False
    assert 0 < body["at_least"] <= body["count"] <= body["at_most"] <= PEOPLE
    assert {person["name"] for person in body["persons"]} == {"Анна"}
    none = (await previewed(door, {"field": "name", "op": "is", "value": ["Иван"]})).json()
    assert (none["count"], none["at_least"], none["persons"]) == (0, 0, [])


async def test_what_not_even_some_can_be_looked_at_for_is_refused(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people(database)

    async def slow_too(session: Session, *_ignored: object) -> frozenset[UUID]:
        return frozenset(await slow(session) * [some_id("nobody")])

    monkeypatch.setattr(preview, "COUNTING_SECONDS", 0.05)
    monkeypatch.setattr(preview, "SAMPLING_SECONDS", 0.2)
    monkeypatch.setattr(cards, "count_cards", slow)
    monkeypatch.setattr(members, "fitting_among", slow_too)
    answer = await previewed(door)
    assert answer.status_code == 422
    pointers: Sequence[str] = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["/filter"]
