"""Reading journals: nothing is passed by, page by page."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from shared.clock import system_clock
from shared.database import Session, reading, transaction
from shared.errors import InvalidError, UnavailableError
from shared.messaging.outbox import journal, walking
from shared.messaging.outbox.journal import JournalPage, journal_page
from shared.messaging.outbox.publish import emit
from shared.messaging.outbox.walking import OwnJournal, Position, Range
from shared.web import journal_json
from shared.web.journal_client import HttpJournal
from tests.support.messaging_harness import TOPIC, World, manager, status


async def forward(world: World, *, after: str | None = None, limit: int = 100) -> JournalPage:
    async with reading(world.producer) as session:
        return await journal_page(session, after=after, limit=limit)


async def _walk(world: World, limit: int = 2) -> list[tuple[str, int]]:
    found = []
    after, more = None, True
    while more:
        page = await forward(world, after=after, limit=limit)
        found += [(item.key, item.version) for item in page.items]
        after, more = page.cursor, page.more
    return found


async def test_a_slow_transactions_lower_id_is_not_passed_by(world: World) -> None:
    slow_has_written, let_slow_commit = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with transaction(world.producer) as session:
            emit(session, status("slow", "online"), now=system_clock())

            async def wait(_session: Session) -> None:
                slow_has_written.set()
                await let_slow_commit.wait()

            session.before_commit.append(wait)

    task = asyncio.create_task(slow())
    await slow_has_written.wait()
    await world.emit("quick", "online")
    early = await forward(world)
    assert early.items == [], "what is younger than an open transaction is not shown yet"
    let_slow_commit.set()
    await task
    rest = await forward(world, after=early.cursor)
    assert [item.key for item in rest.items] == [str(manager("slow")), str(manager("quick"))]


async def test_a_forward_walk_gives_everything_once(world: World) -> None:
    for name in ("ann", "bob"):
        await world.emit(name, "online", "busy", "away")
    found = await _walk(world)
    assert sorted(found) == sorted((str(manager(n)), v) for n in ("ann", "bob") for v in (1, 2, 3))


async def test_one_stream_is_read_from_a_version_on(world: World) -> None:
    await world.emit("ann", "online", "busy", "away")
    async with transaction(world.producer) as session:
        page = await journal_page(session, topic=TOPIC, key=str(manager("ann")), after="1", limit=1)
        rest = await journal_page(
            session, topic=TOPIC, key=str(manager("ann")), after=page.cursor, limit=1
        )
    assert [item.version for item in page.items] == [2]
    assert page.more
    assert [item.version for item in rest.items] == [3]
    assert not rest.more


@pytest.mark.parametrize(
    "asked", [{"after": "x"}, {"key": "k"}, {"topic": TOPIC, "key": "k", "after": "1-1"}]
)
async def test_a_wrong_place_is_refused(world: World, asked: dict[str, str]) -> None:
    async with transaction(world.producer) as session:
        with pytest.raises(InvalidError):
            await journal_page(session, **asked)  # type: ignore[arg-type]


async def test_the_journal_travels_over_http_unchanged(world: World) -> None:
    await world.emit("ann", "online", "занят")
    await world.emit("bob", "online")
    own = OwnJournal(world.producer)
    state = await own.state([TOPIC, "leads"])
    ranges = [Range((TOPIC, str(manager(name))), 0, 2) for name in ("ann", "bob", "nobody")]
    page = await own.heads(TOPIC, after=Position(0, 0), until=state.horizon)
    state_again = journal_json.state_from_json(_through_text(journal_json.state_as_json(state)))
    page_again = journal_json.heads_from_json(_through_text(journal_json.heads_as_json(page)))
    events = await own.lacking(ranges)
    events_again = journal_json.envelopes_from_json(
        _through_text(journal_json.envelopes_as_json(events))
    )
    assert (state_again, page_again) == (state, page)
    assert [(item.key, item.version) for item in events] == [
        (str(manager("ann")), 1),
        (str(manager("ann")), 2),
        (str(manager("bob")), 1),
    ]
    assert [item._replace(payload="") for item in events_again] == [
        item._replace(payload="") for item in events
    ]
    assert [json.loads(item.payload) for item in events_again] == [
        json.loads(item.payload) for item in events
    ]


def _through_text(answer: dict[str, Any] | list[dict[str, Any]]) -> Any:
    return json.loads(json.dumps(answer))


@pytest.mark.parametrize("content", [b"", b"[]", b'{"items": [{}]}', b"<html>"])
async def test_a_wrong_answer_is_an_outage_not_an_empty_journal(
    world: World, content: bytes
) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, content=content))
    async with httpx.AsyncClient(transport=transport) as client:
        peer = HttpJournal("http://peer", lambda: "a-token", client)
        with pytest.raises(UnavailableError):
            await peer.state([TOPIC])
        with pytest.raises(UnavailableError):
            await peer.lacking([])
        with pytest.raises(UnavailableError):
            await peer.heads(TOPIC, after=Position(0, 0), until=1)


@pytest.mark.parametrize("key", [None, "ann"])
async def test_a_page_is_bounded_in_bytes_and_says_that_there_is_more(
    world: World, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.setattr(journal, "PAGE_BYTES", 300)
    await world.emit("ann", *["online"] * 10)
    sizes, versions = [], []
    after, more = None, True
    while more:
        async with reading(world.producer) as session:
            place = {"topic": TOPIC, "key": str(manager(key))} if key else {}
            page = await journal_page(session, after=after, limit=100, **place)
        after, more = page.cursor, page.more
        versions += [item.version for item in page.items]
        sizes.append(sum(len(item.payload) for item in page.items[:-1]))
    assert versions == list(range(1, 11))
    assert len(sizes) > 2
    assert all(size < 300 for size in sizes)


async def test_what_is_lacking_comes_a_page_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "PAGE_BYTES", 300)
    await world.emit("ann", *["online"] * 10)
    await world.emit("bob", "online")
    ranges = [Range((TOPIC, str(manager(name))), 1, 10) for name in ("ann", "bob")]
    events = await OwnJournal(world.producer).lacking(ranges)
    assert 0 < sum(len(item.payload) for item in events[:-1]) < 300
    assert [item.version for item in events] == list(range(2, 2 + len(events)))


def test_no_more_is_asked_for_than_a_page_holds() -> None:
    ranges = [Range((TOPIC, str(number)), 0, 150) for number in range(10)]
    assert walking.first_page(ranges) == ranges[:3]
    assert walking.first_page([Range((TOPIC, "long"), 0, 100_000)])
