"""Reading journals: nothing is passed by, and projections rise again from them."""

import asyncio
import json

import httpx
import pytest

from shared.clock import system_clock
from shared.database import Session, transaction
from shared.errors import InvalidError, UnavailableError
from shared.messaging.consumer.rebuild import rebuild
from shared.messaging.outbox.journal import JournalPage, OwnJournal, as_json, journal_page
from shared.messaging.outbox.publish import emit
from shared.web.journal_client import HttpJournal
from shared.web.service_token import ServiceToken
from shared.web.tokens import TokenKeys
from tests.support.kernel import TOPIC, World, manager, status
from tests.support.signer import new_signer, service_token


async def _walk(world: World, limit: int = 2) -> list[tuple[str, int]]:
    found = []
    after, more = None, True
    while more:
        page = await OwnJournal(world.speaker).page(after=after, limit=limit)
        found += [(item.key, item.version) for item in page.items]
        after, more = page.cursor, page.more
    return found


async def test_a_slow_transactions_lower_id_is_not_passed_by(world: World) -> None:
    slow_has_written, let_slow_commit = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with transaction(world.speaker) as session:
            emit(session, status("slow", "online"), now=system_clock())

            async def wait(_session: Session) -> None:
                slow_has_written.set()
                await let_slow_commit.wait()

            session.before_commit.append(wait)

    task = asyncio.create_task(slow())
    await slow_has_written.wait()
    await world.say("quick", "online")
    journal = OwnJournal(world.speaker)
    early = await journal.page()
    assert early.items == [], "what is younger than an open transaction is not shown yet"
    let_slow_commit.set()
    await task
    rest = await journal.page(after=early.cursor)
    assert [item.key for item in rest.items] == [str(manager("slow")), str(manager("quick"))]


async def test_a_forward_walk_gives_everything_once(world: World) -> None:
    for name in ("ann", "bob"):
        await world.say(name, "online", "busy", "away")
    found = await _walk(world)
    assert sorted(found) == sorted((str(manager(n)), v) for n in ("ann", "bob") for v in (1, 2, 3))


async def test_one_stream_is_read_from_a_version_on(world: World) -> None:
    await world.say("ann", "online", "busy", "away")
    async with transaction(world.speaker) as session:
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
    async with transaction(world.speaker) as session:
        with pytest.raises(InvalidError):
            await journal_page(session, **asked)  # type: ignore[arg-type]


async def test_the_journal_travels_over_http_unchanged(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await world.say("ann", "online", "занят")
    signer = new_signer(tmp_path_factory.mktemp("keys") / "keys.json")
    keys = TokenKeys(signer.public)
    token_file = service_token(signer, now=system_clock())
    roles = []

    async def answer(request: httpx.Request) -> httpx.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        roles.append(keys.read(token, now=system_clock()).role)
        assert request.url.path == "/routing/v1/journal"
        async with transaction(world.speaker) as session:
            query = request.url.params
            page = await journal_page(
                session, topic=query.get("topic"), after=query.get("after"), limit=1
            )
        return httpx.Response(200, content=json.dumps(as_json(page)))

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        journal = HttpJournal("http://peer/routing", ServiceToken(token_file), client)
        first = await journal.page(topic=TOPIC)
        second = await journal.page(topic=TOPIC, after=first.cursor)
    own = await OwnJournal(world.speaker).page()
    seen = [*first.items, *second.items]
    assert [item.event_id for item in seen] == [item.event_id for item in own.items]
    assert [json.loads(item.payload) for item in seen] == [
        json.loads(item.payload) for item in own.items
    ]
    assert (first.more, second.more) == (True, False)
    assert roles == ["service", "service"]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"items": [{}]}', b"<html>"])
async def test_a_wrong_answer_is_an_outage_not_an_empty_journal(
    world: World, content: bytes
) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, content=content))
    async with httpx.AsyncClient(transport=transport) as client:
        journal = HttpJournal("http://peer", lambda: "a-token", client)
        with pytest.raises(UnavailableError):
            await journal.page()


async def _clear(session: Session) -> None:
    await session.execute("TRUNCATE effect")


async def test_a_projection_is_rebuilt_from_the_journals_while_the_consumer_lives(
    world: World,
) -> None:
    await world.say("ann", "online", "busy", "away")
    await world.say("bob", "online")
    await world.send()
    async with world.hearing():
        await world.settled({"ann": [1, 2, 3], "bob": [1]})
        await world.rows(world.listener, "DELETE FROM effect RETURNING 1")  # to be made good
        world.log.trim()  # the log alone could not do it
        await rebuild(world.listening(), journals=world.journals(), clear=_clear)
        await world.say("ann", "online")
        await world.send()
        await world.settled({"ann": [1, 2, 3, 4], "bob": [1]})
    assert await world.held() == []
    assert await world.rows(world.listener, "SELECT 1 FROM journal_cursor") == []


async def test_an_interrupted_rebuild_goes_on_where_it_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        await world.say(f"manager {number}", "online")
    journals = world.journals()
    read: list[str | None] = []

    class Breaking:
        async def page(
            self,
            *,
            topic: str | None = None,
            key: str | None = None,
            after: str | None = None,
            limit: int = 1,
        ) -> JournalPage:
            read.append(after)
            if len(read) == 3:
                raise UnavailableError("The speaker is away.")
            return await OwnJournal(world.speaker).page(after=after, limit=1)

    journals["routing"] = Breaking()
    journals["intake"] = journals["history"] = OwnJournal(world.listener)
    with pytest.raises(UnavailableError):
        await rebuild(world.listening(), journals=journals, clear=_clear)
    await rebuild(world.listening(), journals=journals, clear=_clear)
    assert read[3] == read[2], "the second run began where the first was stopped"
    for number in range(4):
        assert await world.effects(f"manager {number}") == [1]
