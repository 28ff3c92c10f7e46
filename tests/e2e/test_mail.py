"""Mail that real programs send and keep: swaks at the SMTP door, Dovecot behind the poller."""

import asyncio
import contextlib
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded.processes.machine import free_port
from tests.e2e.conftest import StackOf
from tests.support.dovecot import PASSWORD, USER, dovecot
from tests.support.smtp_client import smtp_client
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


async def source(stack: Stack, **body: Any) -> None:
    async with stack.client() as client:
        answer = await client.post("/intake/v1/sources", json=body)
    assert answer.status_code == 201, answer.text


async def subjects(stack: Stack) -> list[str]:
    async with stack.client() as client:
        answer = await client.get("/intake/v1/inquiries")
    return sorted(item["subject"] for item in answer.json()["items"])


def swaks(port: int, folder: Path, *arguments: str) -> str:
    """One mail with a file, sent as a mail program would; gives the whole conversation."""
    plan = folder / "plan.pdf"
    plan.write_bytes(b"%PDF-1.7 " + bytes(range(256)) * 2000)
    command = [
        "swaks", "--server", "127.0.0.1", "--port", str(port), "--from", "anna@example.com",
        "--header", "Subject: Windows", "--body", "Three windows, please.\n.\n", "--attach-type",
        "application/pdf", "--attach", f"@{plan}", *arguments,
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return f"{run.returncode}\n{run.stdout}"


@pytest.mark.swaks
@pytest.mark.dovecot
async def test_mail_programs_and_mailboxes(stack_of: StackOf, folder: Path) -> None:
    port = free_port()
    async with dovecot() as server:
        stack = await stack_of("--smtp", f"127.0.0.1:{port}")
        await source(stack, key="leads", adapter="smtp")
        await source(
            stack,
            adapter="imap",
            secrets={"password": PASSWORD},
            options={
                "host": "127.0.0.1", "port": server.port, "tls": "none", "username": USER,
                "since": "2020-01-01",
            },
        )  # fmt: skip
        server.deliver(b"From: ivan@example.com\r\nSubject: Doors\r\n\r\nTwo doors.\r\n")
        sent = await asyncio.to_thread(swaks, port, folder, "--to", "leads@shop.example")
        assert sent.startswith("0\n"), sent
        assert "250 2.0.0 Stored as" in sent
        refused = await asyncio.to_thread(swaks, port, folder, "--to", "other@shop.example")
        assert "550 5.1.1" in refused
        await eventually(
            lambda: subjects(stack),
            seconds=30,
            until=["Doors", "Windows"].__eq__,
            what="both mails are inquiries",
        )
        async with stack.client() as client:
            items = (await client.get("/intake/v1/inquiries")).json()["items"]
            inquiry = next(item for item in items if item["subject"] == "Windows")
            attachment = inquiry["attachments"][0]
            saved = await client.get(
                f"/intake/v1/inquiries/{inquiry['inquiry_id']}"
                f"/attachments/{attachment['attachment_id']}"
            )
        assert inquiry["text"].splitlines() == ["Three windows, please.", "."]
        assert saved.content == (folder / "plan.pdf").read_bytes()


async def test_a_mail_whose_answer_never_came_is_sent_again_and_is_one_inquiry(
    stack_of: StackOf,
) -> None:
    port = free_port()
    stack = await stack_of("--smtp", f"127.0.0.1:{port}")
    await source(stack, key="leads", adapter="smtp")
    content = b"Message-ID: <a@b.example>\r\nSubject: Windows\r\n\r\n" + b"Three.\r\n" * 60_000
    async with smtp_client(port) as client:
        await client.say_all("MAIL FROM:<a@b.example>", "RCPT TO:<leads@x.example>", "DATA")
        client.writer.write(content + b"\r\n.\r\n")
        await client.writer.drain()
        assert stack.process is not None
        stack.process.kill()
        with contextlib.suppress(ConnectionError):
            await client.answer()
    stack.process.wait()
    stack.launch()
    await stack.ready()
    async with smtp_client(port) as client:
        for _ in "12":
            assert (await client.mail(content, "leads@x.example")).startswith("250")
    await eventually(
        lambda: subjects(stack), seconds=30, until=["Windows"].__eq__, what="it is an inquiry"
    )
