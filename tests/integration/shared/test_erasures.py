"""Events of erased people arrive blank, are held blank and put back blank; and what was read before
an erasure cannot be written after it was confirmed.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.activities import ActivityRecorded
from shared.contracts.contacts import ContactErased
from shared.database import Database, Session, open_database, transaction
from shared.messaging.consumer.apply import take
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.erasures import Forgetting, erase_people, find_receipt, finish_next
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.erased import remember_erased
from shared.messaging.outbox.put_back import put_back
from shared.runtime.loop import Progress
from tests.support.event_streams import MORNING, EventStreams, some_id
from tests.support.infrastructure import MESSAGING, DatabaseFactory
from tests.support.waiting import eventually

ANNA, BORIS, ERASURE = some_id("contact", "anna"), some_id("contact", "boris"), some_id("erasure")


@pytest.fixture
async def database(migrated_database: DatabaseFactory) -> AsyncIterator[Database]:
    opened = open_database(await migrated_database(MESSAGING), service="kpi", background=True)
    async with transaction(opened) as session:
        await session.execute("CREATE TABLE note (contact_id uuid NOT NULL, words text)")
    yield opened
    await opened.close()


async def _blank(session: Session, contact_ids: Sequence[UUID]) -> dict[str, int]:
    rows = await session.execute(
        "UPDATE note SET words = NULL WHERE contact_id = ANY(CAST(:ids AS uuid[]))"
        " AND words IS NOT NULL RETURNING 1",
        {"ids": list(contact_ids)},
    )
    return {"note": len(rows)}


async def _streams(
    _session: Session, contact_ids: Sequence[UUID], after: str
) -> list[tuple[str, str]]:
    return [("activities", str(item)) for item in contact_ids if str(item) > after]


FORGETTING = Forgetting(_blank, _streams)


async def handle(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:
    for item in events:
        if isinstance(item.event, ActivityRecorded):
            params = {"id": item.event.contact_id, "words": item.event.text}
            await session.execute("INSERT INTO note VALUES (:id, :words)", params)
    await erase_people(session, events, FORGETTING, now=now)


def consumer_of(database: Database) -> Consumer:
    return Consumer(database, "kpi", handle, lambda: MORNING)


def activity(streams: EventStreams, contact: UUID, words: str) -> ReceivedEvent:
    return streams.emit(
        ActivityRecorded(
            activity_id=some_id(words),
            contact_id=contact,
            kind="note",
            at=MORNING,
            learned_at=MORNING,
            text=words,
        )
    )


def erasure(streams: EventStreams) -> ReceivedEvent:
    event = ContactErased(contact_id=ANNA, birth_ids=[ANNA], erased_at=MORNING, erasure_id=ERASURE)
    return streams.emit(event)


async def rows(database: Database, statement: str) -> list[Any]:
    async with transaction(database) as session:
        return [tuple(dict(row).values()) for row in await session.execute(statement)]


async def test_late_copies_arrive_blank_and_are_held_blank(database: Database) -> None:
    streams = EventStreams()
    items = [activity(streams, ANNA, f"zanna{number}") for number in range(4)]
    other = activity(streams, BORIS, "boris0")
    async with transaction(database) as session:
        await take(consumer_of(database), session, [items[3]])  # held: others are missing
    async with transaction(database) as session:
        await take(consumer_of(database), session, [erasure(streams)])
    async with transaction(database) as session:
        await take(consumer_of(database), session, [items[2], items[0], other])
    held = await rows(database, "SELECT version, encode(payload, 'escape') FROM held ORDER BY 1")
    assert [version for version, _ in held] == [3, 4]
    assert "zanna" not in str(held)
    async with transaction(database) as session:
        await take(consumer_of(database), session, [items[1]])
    notes = await rows(database, "SELECT contact_id, words FROM note ORDER BY words")
    assert notes == [(BORIS, "boris0"), *[(ANNA, None)] * 4]


async def test_what_the_log_still_has_is_put_back_blank(database: Database) -> None:
    streams = EventStreams()
    envelopes = [activity(streams, one, word).envelope for one, word in ((ANNA, "z"), (BORIS, "b"))]
    async with transaction(database) as session:
        await remember_erased(session, [ANNA])
    assert await put_back(database, envelopes, None, now=MORNING) == 2
    texts = await rows(database, "SELECT payload ->> 'text' FROM journal ORDER BY id")
    assert texts == [(None,), ("b",)]


async def test_it_is_confirmed_when_nobody_can_write_any_more_what_they_read_before(
    database: Database,
) -> None:
    streams = EventStreams()
    async with transaction(database) as late:
        await late.execute("SELECT pg_current_xact_id()")
        async with transaction(database) as session:
            await take(consumer_of(database), session, [erasure(streams)])
        finishing = asyncio.create_task(
            finish_next(database, FORGETTING, clock=lambda: MORNING, progress=Progress())
        )
        done, _ = await asyncio.wait([finishing], timeout=0.5)
        assert not done
        await late.execute("INSERT INTO note VALUES (:id, 'zanna')", {"id": ANNA})
    assert await finishing
    assert await rows(database, "SELECT words FROM note") == [(None,)]
    async with transaction(database) as session:
        receipt = await find_receipt(session, ERASURE)
    assert receipt is not None
    assert (receipt.confirmed_at, receipt.rows) == (MORNING, {"note": 1})


async def test_the_journal_is_blanked_where_it_stands(database: Database) -> None:
    streams = EventStreams()
    envelopes = [activity(streams, ANNA, f"zanna{number}").envelope for number in range(3)]
    await put_back(database, envelopes, None, now=MORNING)
    async with transaction(database) as session:
        await take(consumer_of(database), session, [erasure(streams)])

    async def confirmed() -> bool:
        return not await finish_next(
            database, FORGETTING, clock=lambda: MORNING, progress=Progress()
        )

    await eventually(confirmed, seconds=5, what="it is confirmed")
    events = await rows(database, "SELECT version, type, payload ->> 'text' FROM journal")
    assert sorted(events) == [(n, "activity.recorded.v1", None) for n in (1, 2, 3)]
