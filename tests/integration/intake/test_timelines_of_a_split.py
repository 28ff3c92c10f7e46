"""Two people who were merged and split again have the timelines that they had before, and nothing
beside what was done: the merge, the split, and the card that changed with them.
"""

import random
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from services.history.handlers import apply
from services.history.service import HISTORY
from services.history.settings import Settings
from shared.application import create_app
from shared.database import Database, open_database
from shared.messaging.decoding import ReceivedEvent, decode_envelope
from shared.messaging.outbox.journal import COLUMNS, envelope_of
from tests.integration.history.reading import kinds, timeline
from tests.integration.intake.harness import House, one
from tests.integration.intake.test_identity import ask
from tests.integration.intake.test_splitting import ANNA, BORIS, BOTH, done, form
from tests.support.event_streams import consume, interleaved
from tests.support.http_client import Door, open_door
from tests.support.infrastructure import DatabaseFactory
from tests.support.signer import new_signer


@pytest.fixture
async def history_url(migrated_database: DatabaseFactory) -> str:
    return await migrated_database("history")


@pytest.fixture
async def history(history_url: str) -> AsyncIterator[Database]:
    database = open_database(history_url, service="history", background=True)
    yield database
    await database.close()


@pytest.fixture
async def door(history_url: str, house: House, tmp_path: Path) -> AsyncIterator[Door]:
    keys = tmp_path / "keys-of-history.json"
    signer = new_signer(keys)
    settings = Settings(
        database_url=SecretStr(history_url), keys_file=keys, allow_unsafe_database=True
    )
    async with open_door(create_app(HISTORY, settings, clock=house.time), signer) as opened:
        yield opened


async def events_of(house: House) -> list[ReceivedEvent]:
    rows = await house.rows(f"SELECT {COLUMNS} FROM journal ORDER BY id")
    events = [decode_envelope(envelope_of(SimpleNamespace(**row))) for row in rows]
    assert all(isinstance(event, ReceivedEvent) for event in events)
    return [event for event in events if isinstance(event, ReceivedEvent)]


async def timelines(door: Door, *people: str) -> list[list[dict[str, Any]]]:
    return [await timeline(door, "contacts", UUID(person)) for person in people]


def own_of(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the person did, without what was done to their card."""
    return [entry for entry in entries if not entry["kind"].startswith("contact.")]


def cards(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The card after each of its changes, the oldest first."""
    changes = [entry for entry in entries if entry["kind"] == "contact.changed"]
    changes.sort(key=lambda entry: entry["activity_id"])
    return [entry["facts"]["details"] for entry in changes]


@pytest.mark.parametrize("seed", range(3))
async def test_both_end_with_identical_timelines(
    house: House, history: Database, door: Door, seed: int
) -> None:
    anna, boris = await ask(house, ANNA), await ask(house, BORIS)
    await ask(house, {**BORIS, "emails": ["boris@example.com"]})
    source = await house.source(adapter="generic-json")
    await form(house, source["key"], *BOTH["phones"])
    await consume(history, apply, await events_of(house))
    before = await timelines(door, anna, boris)
    assert [kinds(entries).count("inquiry.received") for entries in before] == [2, 2]

    proposal = one((await done(house, "GET", "/v1/contact-proposals?state=open"))["items"])
    await done(house, "POST", f"/v1/contact-proposals/{proposal['proposal_id']}/accept")
    await consume(history, apply, await events_of(house))
    merged = await timelines(door, anna, boris)
    assert merged[0] == merged[1]
    assert kinds(merged[0]).count("inquiry.received") == 4

    merge = one((await done(house, "GET", "/v1/contact-merges"))["items"])
    await done(house, "POST", f"/v1/contact-merges/{merge['batch_id']}/undo")
    events = interleaved(await events_of(house), random.Random(seed))
    await consume(history, apply, events, batch=3)
    after = await timelines(door, anna, boris)
    assert [own_of(entries) for entries in after] == [own_of(entries) for entries in before]
    assert [cards(entries)[-1] for entries in after] == [cards(entries)[-1] for entries in before]
    for entries, first in zip(after, before, strict=True):
        assert cards(entries)[: len(cards(first))] == cards(first), "nothing is rewritten"
    assert [kinds(entries).count("contact.relinked") for entries in after] == [0, 2]
