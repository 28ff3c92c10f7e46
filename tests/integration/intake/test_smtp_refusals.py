"""The SMTP door refuses what it must, by the code that tells the sender what to do."""

import asyncio
import smtplib
import ssl
from pathlib import Path

import pytest

from services.intake.routes.smtp import conversation
from services.intake.routes.smtp import wire as smtp_wire
from tests.integration.intake.harness import House, one, open_house
from tests.integration.intake.mail_house import listening, port_of
from tests.support.certificates import tls_files
from tests.support.smtp_client import smtp_client

MAIL = b"From: anna@example.com\r\nSubject: Three windows\r\n\r\nCall me.\r\n"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("RCPT TO:<leads-1@x.example>",), "503"),
        (("DATA",), "503"),
        (("MAIL FROM:<a@b.example>", "DATA"), "503"),
        (("MAIL FROM:<a@b.example>", "MAIL FROM:<a@b.example>"), "503"),
        (("MAIL FROM:a@b.example",), "501"),
        (("MAIL FROM:<a@b.example> SIZE=52428801",), "552"),
        (("MAIL FROM:<a@b.example> SIZE=x",), "501"),
        (("MAIL FROM:<a@b.example> BODY=BINARYMIME",), "501"),
        (("MAIL FROM:<a@b.example> RET=FULL",), "555"),
        (("STARTTLS",), "502"),
        (("AUTH PLAIN AGEAYg==",), "500"),
        (("VRFY leads-1",), "252"),
        (("EHLO",), "501"),
        (("NOOP\x01",), "501"),
        (("X" * 3000,), "500"),
    ],
)
async def test_what_cannot_be_is_refused(
    mail_house: House, lines: tuple[str, ...], code: str
) -> None:
    async with smtp_client(listening(mail_house).port) as client:
        answers = await client.say_all(*lines)
    assert answers[-1][:3] == code
    assert await mail_house.count() == 0


async def test_lines_that_end_in_lf_alone_end_the_conversation(mail_house: House) -> None:
    async with smtp_client(listening(mail_house).port) as client:
        client.writer.write(b"NOOP\nNOOP\n")
        assert (await client.answer())[:3] == "500"
        assert not await client.answer()


async def test_a_mail_that_is_too_large_is_refused_for_good(mail_house: House) -> None:
    listening(mail_house).mails.max_bytes = 100_000
    async with smtp_client(listening(mail_house).port) as client:
        assert (await client.mail(b"x" * 150_000, "leads-1@x.example"))[:3] == "552"
        assert (await client.mail(MAIL, "leads-1@x.example"))[:3] == "250"
    assert listening(mail_house).mails.spooled.held == 0
    assert await mail_house.count() == 1


async def test_limits_of_connections_and_of_errors(
    mail_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = listening(mail_house).port
    listening(mail_house).max_of_peer = 1
    async with smtp_client(port) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert (await reader.readline())[:3] == b"421"
        writer.close()
        for _number in range(conversation.MAX_ERRORS):
            assert (await client.say("NOOP"))[:3] == "250"
        assert (await client.say("NOOP"))[:3] == "421"
        assert not await client.answer()
    monkeypatch.setattr(smtp_wire, "COMMAND_SECONDS", 0.1)
    listening(mail_house).max_of_peer = 5
    async with smtp_client(port, hello=None) as client:
        assert (await client.answer())[:3] == "421"


async def test_a_sealed_conversation_forgets_what_was_said_before(
    intake_url: str, tmp_path: Path
) -> None:
    certificate, key = tls_files(tmp_path)
    async with open_house(
        intake_url,
        tmp_path,
        smtp_address="127.0.0.1:0",
        smtp_certificate=certificate,
        smtp_key=key,
    ) as house:
        await house.source(key="Leads-1", adapter="smtp")
        port = await port_of(house)

        def send() -> None:
            context = ssl.create_default_context(cafile=str(certificate))
            context.check_hostname = False
            with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
                client.starttls(context=context)
                assert not client.has_extn("starttls")
                client.sendmail("a@b.example", ["leads-1@x.example"], MAIL)

        await asyncio.to_thread(send)
        assert b"x-envelope-tls:yes" in bytes(
            one(await house.rows("SELECT headers FROM submission"))["headers"]
        )
        async with smtp_client(port) as client:
            client.writer.write(b"STARTTLS\r\nNOOP\r\n")
            assert (await client.answer())[:3] == "501"
            assert not await client.answer()
