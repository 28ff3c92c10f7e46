"""The SMTP door: what is answered 250 is stored, for our recipients only, once."""

import asyncio
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.integration.intake.harness import House, one, open_house
from tests.integration.intake.mail_house import listening, port_of
from tests.integration.intake.wire import Wire
from tests.support.smtp_client import smtp_client

MAIL = (
    b"From: =?utf-8?b?0JDQvdC90LA=?= <anna@example.com>\r\nTo: leads@shop.example\r\n"
    b"Subject: Three windows\r\nMessage-ID: <one@example.com>\r\n\r\n"
    b"Hello.\r\n..dotted\r\nWe need three windows.\r\n"
)


async def test_a_mail_is_stored_before_the_answer_and_read(mail_house: House) -> None:
    async with smtp_client(listening(mail_house).port) as client:
        answer = await client.mail(MAIL, "leads-1@anything.example")
    assert answer.startswith("250 2.0.0 Stored as ")
    row = one(await mail_house.rows("SELECT * FROM submission"))
    assert str(row["submission_id"]) == answer.split()[-1]
    assert row["state"] == "pending"
    assert bytes(row["body"]) == MAIL.replace(b"\r\n..dotted", b"\r\n.dotted") + b"\r\n"
    assert b"x-envelope-from:anna@example.com\n" in bytes(row["headers"])
    assert b"x-envelope-to:leads-1@anything.example\n" in bytes(row["headers"])
    assert b"x-envelope-helo:client\n" in bytes(row["headers"])
    assert await mail_house.normalise() == 1
    inquiry = one((await mail_house.get("/v1/inquiries"))["items"])
    assert inquiry["channel"] == "email"
    assert inquiry["subject"] == "Three windows"
    assert inquiry["contact"]["emails"] == ["anna@example.com"]
    assert inquiry["external_id"] == "one@example.com"
    assert "three windows" in inquiry["text"]


async def test_only_our_recipients_are_taken_and_nothing_is_relayed(mail_house: House) -> None:
    await mail_house.source(
        key="sales", adapter="smtp", own_addresses=["Sales@Shop.example", "shop.example"]
    )
    await mail_house.source(
        key="all", adapter="smtp", options={"recipients": ["@catch.example", 7, "info@x.example"]}
    )
    await mail_house.source(key="hook-only", adapter="generic-json")
    await mail_house.source(key="far", adapter="smtp", networks=["192.0.2.0/24"])
    await mail_house.source(key="near", adapter="smtp", networks=["127.0.0.0/8"])
    async with smtp_client(listening(mail_house).port) as client:
        await client.say("MAIL FROM:<anna@example.com>")
        answers = {
            address: (await client.say(f"RCPT TO:<{address}>"))[:3]
            for address in (
                "Leads-1@x.example", "LEADS-1@x.example", "sales@shop.example",
                "someone@catch.example", "INFO@x.example", "near@x.example",
                "far@x.example", "other@shop.example",
                "hook-only@x.example", "api@x.example", "anna@example.com", "postmaster",
                "leads-1%relay@x.example", '"leads-1@x.example"@other.example',
            )
        }  # fmt: skip
    assert list(answers.values()) == ["250"] * 6 + ["550"] * 8, answers


async def test_one_mail_for_two_sources_is_two_submissions(mail_house: House) -> None:
    await mail_house.source(key="second", adapter="smtp")
    async with smtp_client(listening(mail_house).port) as client:
        await client.mail(MAIL, "leads-1@x.example", "second@x.example", "SECOND@y.example")
    rows = await mail_house.rows("SELECT * FROM submission ORDER BY submission_id")
    assert len({row["source_id"] for row in rows}) == len(rows) == 2
    assert b"x-envelope-to:second@x.example, SECOND@y.example\n" in bytes(rows[1]["headers"])


async def test_a_mail_that_comes_again_is_one_inquiry(mail_house: House) -> None:
    async with smtp_client(listening(mail_house).port) as client:
        first = await client.mail(MAIL, "leads-1@x.example")
        again = await client.mail(MAIL, "leads-1@x.example")
        other_way = await client.mail(b"Received: by way\r\n" + MAIL, "leads-1@x.example")
        nameless = [await client.mail(b"Subject: a\r\n\r\nb", "leads-1@x.example") for _ in "12"]
    assert first == again != other_way
    assert nameless[0] == nameless[1]
    await mail_house.normalise()
    assert await mail_house.count() == 3
    assert len((await mail_house.get("/v1/inquiries"))["items"]) == 2


async def test_a_bounce_is_no_inquiry(mail_house: House) -> None:
    async with smtp_client(listening(mail_house).port) as client:
        await client.mail(MAIL, "leads-1@x.example", sender="")
    await mail_house.normalise()
    row = one(await mail_house.rows("SELECT state, reason FROM submission"))
    assert (row["state"], row["reason"]) == ("ignored", "bounce")


async def test_nobody_smuggles_a_mail_into_another(mail_house: House) -> None:
    inner = b"MAIL FROM:<boss@shop.example>\r\nRCPT TO:<leads-1@x.example>\r\nDATA\r\nforged"
    content = b"Subject: a\r\n\r\n1\n.\n2\r\n.\n3\n.\r\n4\r.\r5\r\n.\r" + inner + b"\n.\n" + inner
    async with smtp_client(listening(mail_house).port) as client:
        assert (await client.mail(content, "leads-1@x.example"))[:3] == "250"
        assert (await client.say("NOOP"))[:3] == "250"
    row = one(await mail_house.rows("SELECT body FROM submission"))
    # Only the first dot of a line goes; what is no end of a mail stays in it.
    assert bytes(row["body"]) == content.replace(b"\r\n.", b"\r\n") + b"\r\n"


async def test_commands_may_come_all_at_once(mail_house: House) -> None:
    async with smtp_client(listening(mail_house).port, hello=None) as client:
        mail = (
            b"MAIL FROM:<a@b.example> BODY=8BITMIME SMTPUTF8 SIZE=9\r\n"
            b"RCPT TO:<leads-1@x.example>\r\nDATA\r\nSubject: %d\r\n\r\nhi\r\n.\r\n"
        )
        client.writer.write(b"EHLO me\r\n" + mail % 1 + mail % 2 + b"QUIT\r\n")
        codes = [(await client.answer())[:3] for _ in range(10)]
    assert codes == ["250", *["250", "250", "354", "250"] * 2, "221"]
    assert await mail_house.count() == 2


async def test_a_large_mail_is_stored_in_pieces_and_read(mail_house: House) -> None:
    letter = EmailMessage()
    letter["From"], letter["Subject"] = "anna@example.com", "Plans"
    letter.set_content("The plans of the house.")
    letter.add_attachment(
        bytes(range(256)) * 4096, maintype="image", subtype="png", filename="a.png"
    )
    content = letter.as_bytes().replace(b"\n", b"\r\n")
    async with smtp_client(listening(mail_house).port) as client:
        first = await client.mail(content, "leads-1@x.example")
        again = await client.mail(content, "leads-1@x.example")
    assert first == again
    assert first[:3] == "250"
    row = one(await mail_house.rows("SELECT * FROM submission"))
    pieces = await mail_house.rows("SELECT bytes FROM submission_piece ORDER BY place")
    assert bytes(row["body"]) == b""
    assert b"".join(bytes(piece["bytes"]) for piece in pieces) == content + b"\r\n"
    assert row["body_bytes"] == len(content) + 2
    assert await mail_house.normalise() == 1
    inquiry = one((await mail_house.get("/v1/inquiries"))["items"])
    assert inquiry["text"] == "The plans of the house."
    attachment = one(inquiry["attachments"])
    assert (attachment["name"], attachment["size_bytes"]) == ("a.png", 256 * 4096)


@pytest.mark.parametrize("size", [10, 400_000])
async def test_without_the_database_the_sender_keeps_the_mail(
    mail_house_on_wire: House, wire: Wire, size: int
) -> None:
    mails = listening(mail_house_on_wire).mails
    mails.large.seconds = 1.0
    async with smtp_client(await port_of(mail_house_on_wire)) as client:
        assert (await client.mail(MAIL, "leads-1@x.example"))[:3] == "250"
        wire.cut()
        content = MAIL.replace(b"one@", b"two@") + b"y" * size
        assert (await client.mail(content, "leads-1@x.example"))[:3] == "451"
        wire.restore()
        assert (await client.mail(content, "leads-1@x.example"))[:3] == "250"
    assert await mail_house_on_wire.count() == 2


async def test_a_full_queue_defers(mail_house: House) -> None:
    mail_house.app.door.commits.max_requests = 0
    async with smtp_client(listening(mail_house).port) as client:
        assert (await client.mail(MAIL, "leads-1@x.example"))[:3] == "451"
    assert await mail_house.count() == 0


async def test_the_end_of_the_process_waits_for_a_mail(intake_url: str, tmp_path: Path) -> None:
    async with open_house(intake_url, tmp_path, smtp_address="127.0.0.1:0") as house:
        await house.source(key="Leads-1", adapter="smtp")
        port = await port_of(house)
        async with smtp_client(port) as idle, smtp_client(port) as busy:
            await busy.say_all("MAIL FROM:<a@b.example>", "RCPT TO:<leads-1@x.example>", "DATA")
            busy.writer.write(MAIL)
            await busy.writer.drain()

            async def goes_on() -> list[str]:
                last = [await idle.answer(), await idle.answer()]
                busy.writer.write(b"\r\n.\r\n")
                return [*last, await busy.answer(), await busy.answer()]

            ends = asyncio.create_task(goes_on())
            await asyncio.wait({ends}, timeout=0.2)
            drain = asyncio.create_task(listening(house)._drain())
            answers = await ends
            await drain
        assert await house.count() == 1
    assert [answer[:3] for answer in answers] == ["421", "", "250", "421"]
