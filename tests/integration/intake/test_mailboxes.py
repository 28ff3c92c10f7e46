"""Mailboxes by IMAP, on a real Dovecot: each mail once, whatever happens to us or to its number."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.intake.repository import mailboxes
from services.intake.repository.sources import find_source
from services.intake.use_cases.mailboxes import watch
from services.intake.use_cases.mailboxes.taking import begin, take_new
from services.intake.use_cases.mailboxes.watch import Watch, mailboxes_loop, opened
from shared.clock import system_clock
from shared.database import reading
from shared.errors import UnavailableError
from shared.runtime.loop import running
from tests.integration.intake.harness import House, one
from tests.support.dovecot import PASSWORD, USER, Dovecot, dovecot
from tests.support.waiting import eventually

pytestmark = pytest.mark.dovecot


def letter(name: str, words: str = "Please call me.") -> bytes:
    return (
        f"From: anna@example.com\r\nSubject: {name}\r\nMessage-ID: <{name}@example.com>\r\n\r\n"
        f"{words}\r\n"
    ).encode()


@pytest.fixture
async def server() -> AsyncIterator[Dovecot]:
    async with dovecot() as running_server:
        yield running_server


async def configured(house: House, server: Dovecot, key: str = "box", **options: Any) -> None:
    address = {"host": "127.0.0.1", "port": server.port, "tls": "none", "username": USER}
    await house.source(
        key=key,
        adapter="imap",
        secrets={"password": PASSWORD},
        options={**address, "poll_seconds": 10, **options},
    )


async def look(house: House, key: str = "box") -> None:
    """One look into the mailbox, on a connection of its own."""
    async with reading(house.database) as session:
        row = await find_source(session, key_or_id=key)
    assert row is not None
    async with opened(Watch(house.database, house.time), row) as mailbox:
        place = await begin(mailbox, await mailbox.call(mailbox.client.open))
        await take_new(mailbox, place, lambda: None)


async def subjects(house: House) -> list[str]:
    await house.normalise()
    items = (await house.get("/v1/inquiries"))["items"]
    return sorted(item["subject"] for item in items)


async def test_a_new_mailbox_is_read_from_now_on(house: House, server: Dovecot) -> None:
    server.deliver(letter("old"))
    await configured(house, server)
    await look(house)
    assert await house.count() == 0
    server.deliver(letter("one"))
    server.deliver(letter("two"))
    await look(house)
    await look(house)
    assert await subjects(house) == ["one", "two"]
    row = one(await house.rows("SELECT headers FROM submission WHERE method = 'IMAP' LIMIT 1"))
    assert b"x-mailbox-uid:2\n" in bytes(row["headers"])
    assert not list((server.folder / "mail" / "cur").glob("*S*")), "a mail was marked as seen"


async def test_since_a_day_and_marking_as_seen(house: House, server: Dovecot) -> None:
    house.time.now = system_clock()
    today, tomorrow = house.time.now.date(), house.time.now.date() + timedelta(days=2)
    server.deliver(letter("old"))
    await configured(house, server, since=today.isoformat(), mark_seen=True)
    await configured(house, server, key="later", since=tomorrow.isoformat())
    await look(house)
    await look(house, "later")
    assert await subjects(house) == ["old"]
    assert len(list((server.folder / "mail" / "cur").glob("*S"))) == 1


async def test_mails_that_are_numbered_anew_are_not_doubled(house: House, server: Dovecot) -> None:
    house.time.now = system_clock() - timedelta(minutes=1)
    server.deliver(letter("before"))
    await configured(house, server)
    await look(house)
    for name in ("one", "two"):
        server.deliver(letter(name))
    await look(house)
    numbering = one(await house.rows("SELECT uid_validity FROM mailbox"))["uid_validity"]
    server.number_anew()
    server.deliver(letter("three"))
    await look(house)
    assert await subjects(house) == ["before", "one", "three", "two"]
    row = one(await house.rows("SELECT uid_validity, last_uid FROM mailbox"))
    assert (row["uid_validity"], row["last_uid"]) == (numbering + 1, 4)
    await look(house)
    assert await house.count() == 4


async def test_a_mail_is_passed_only_when_it_is_stored(
    house: House, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await configured(house, server)
    await look(house)
    server.deliver(letter("one"))

    async def away(*_arguments: object, **_options: object) -> bool:
        raise UnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(mailboxes, "add_mail", away)
        with pytest.raises(UnavailableError):
            await look(house)
    assert await house.count() == 0
    await look(house)
    assert await subjects(house) == ["one"]


async def test_a_large_mail_comes_in_pieces(house: House, server: Dovecot) -> None:
    await configured(house, server)
    await look(house)
    content = letter("plans", "x" * 70 + "\r\n" * 600_000)
    server.deliver(content)
    await look(house)
    row = one(await house.rows("SELECT body, body_bytes FROM submission"))
    assert (bytes(row["body"]), row["body_bytes"]) == (b"", len(content))
    pieces = await house.rows("SELECT bytes FROM submission_piece ORDER BY place")
    assert b"".join(bytes(piece["bytes"]) for piece in pieces) == content


async def test_a_dead_server_delays_no_other(
    house: House, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.1)
    peers: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(
        lambda _reader, writer: peers.append(writer), "127.0.0.1", 0
    )
    port = silent.sockets[0].getsockname()[1]
    await configured(house, server, key="dead", port=port)
    await configured(house, server, key="closed", port=1)
    await configured(house, server, key="wrong", username="nobody")
    await configured(house, server, since="2020-01-01", mailbox='Заявки & "x"')
    server.deliver(letter("one"), mailbox='.&BBcEMARPBDIEOgQ4- &- "x"')

    async def failures() -> list[str]:
        rows = await house.rows(
            "SELECT s.key FROM mailbox JOIN source AS s USING (source_id)"
            " WHERE failing_since IS NOT NULL ORDER BY s.key"
        )
        return [row["key"] for row in rows]

    async with running([mailboxes_loop(house.database, clock=house.time)]):
        await eventually(house.count, seconds=10, until=(1).__eq__, what="the mail is taken")
        await eventually(
            failures, seconds=10, until=["closed", "wrong"].__eq__, what="the others fail"
        )
        for peer in peers:
            peer.close()
            await peer.wait_closed()
        silent.close()
        await eventually(
            failures, seconds=10, until=["closed", "dead", "wrong"].__eq__, what="all are known"
        )
    async with reading(house.database) as session:
        counts = await mailboxes.count_mailboxes(session)
    assert counts == {"well": 1, "failing": 3, "new": 0}


async def test_options_that_name_no_mailbox_are_refused(house: House) -> None:
    answer = await house.client.post(
        "/v1/sources",
        json={"adapter": "imap", "secrets": {"password": "x"}, "options": {"port": 0}},
        headers=house.as_("admin"),
    )
    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {
        "/options/host",
        "/options/port",
        "/options/username",
    }
