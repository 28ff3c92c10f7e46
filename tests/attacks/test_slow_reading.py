"""Bodies that take long to read, posted by strangers: everybody else is served as before, nothing
stays pending, and neither a killed reader nor a killed Leadflow brings them back.
"""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.embedded.processes.children import alive
from tests.attacks.bystanders import Bystanders
from tests.e2e.conftest import StackOf
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = [pytest.mark.attacks, pytest.mark.e2e]
FORM = "application/x-www-form-urlencoded"
MAIL_LOGIN = ("postmark", "mail-password")


def addresses() -> bytes:
    """One form, no proof asked: 464 kB of distinct addresses in 990 fields."""
    return "&".join(
        f"email_{field}=" + ",".join(f"a{field}x{n}@b{field}c{n}.ru" for n in range(26))
        for field in range(990)
    ).encode()


def nested_lists() -> bytes:
    mail = {"From": "anna@example.com", "MessageID": "deep", "HtmlBody": "<ul><li>" * 25_000}
    return json.dumps(mail).encode()


BODIES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "form": ("generic-json", addresses, FORM),
    "mail": ("postmark", nested_lists, "application/json"),
}


async def _source(stack: Stack, adapter: str) -> str:
    """The path of a new source's hook: a form asks for no proof, a mail for its login."""
    secrets = dict(zip(("username", "password"), MAIL_LOGIN, strict=True))
    wanted = {"adapter": adapter, "secrets": secrets if adapter == "postmark" else {}}
    async with stack.client() as client:
        answer = await client.post("/intake/v1/sources", json=wanted)
    assert answer.status_code == 201, answer.text
    return f"/intake/v1/hooks/{answer.json()['key']}"


async def _post(stack: Stack, kind: str, hook: str, *, times: int = 1) -> list[str]:
    adapter, body, content_type = BODIES[kind]
    login = httpx.BasicAuth(*MAIL_LOGIN) if adapter == "postmark" else httpx.Auth()
    receipts = []
    async with stack.stranger() as stranger:
        for _ in range(times):
            answer = await stranger.post(
                hook, content=body(), headers={"content-type": content_type}, auth=login
            )
            assert answer.status_code == 200, answer.text
            receipts.append(answer.headers["leadflow-receipt"])
    return receipts


async def _settled(stack: Stack, receipts: list[str], *, seconds: float) -> list[dict[str, Any]]:
    async with stack.client() as client:

        async def states() -> list[dict[str, Any]]:
            return [
                (await client.get(f"/intake/v1/receipts/{receipt}")).json() for receipt in receipts
            ]

        return await eventually(
            states,
            seconds=seconds,
            what="nothing stays pending",
            until=lambda seen: all(one["state"] != "pending" for one in seen),
            pause_seconds=0.3,
        )


def _readers(launcher: int) -> list[int]:
    """The processes apart that a launcher has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            words = (status.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == launcher and b"shared.sandbox.child" in words:
            found.append(int(status.parent.name))
    return found


@pytest.mark.parametrize("kind", BODIES)
async def test_a_body_that_takes_long_to_read_harms_nobody(
    victim: Stack, bystanders: Bystanders, kind: str
) -> None:
    hook = await _source(victim, BODIES[kind][0])
    async with bystanders.watching():
        receipts = await _post(victim, kind, hook, times=2)
        settled = await _settled(victim, receipts, seconds=40)
    await bystanders.assert_unharmed()
    assert {(one["state"], one["reason"]) for one in settled} <= {
        ("normalised", None),
        ("ignored", "duplicate"),
        ("quarantined", "too_slow"),
        ("quarantined", "too_large"),
        ("quarantined", "too_many_fields"),
    }
    assert "leader.lost" not in victim.words()


async def test_a_reader_that_is_killed_is_replaced_and_blames_nobody(victim: Stack) -> None:
    assert victim.process is not None
    launcher = victim.process.pid
    hook = await _source(victim, "generic-json")
    await _settled(victim, await _post(victim, "form", hook), seconds=30)
    first = _readers(launcher)
    assert len(first) == 1, "one process apart reads for all"
    os.kill(first[0], signal.SIGKILL)
    (again,) = await _settled(victim, await _post(victim, "form", hook), seconds=30)
    assert again["state"] != "quarantined" or again["reason"] != "crashes_the_process"
    assert len(_readers(launcher)) == 1


async def test_no_reader_outlives_a_killed_leadflow_and_the_next_goes_on(
    stack_of: StackOf,
) -> None:
    stack = await stack_of("--sample")
    assert stack.process is not None
    hook = await _source(stack, "postmark")
    receipts = await _post(stack, "mail", hook, times=3)
    launcher = stack.process.pid

    async def at_work() -> list[int]:
        return _readers(launcher)

    readers = await eventually(at_work, seconds=15, what="a reader is at work")
    stack.process.kill()
    stack.process.wait()

    async def left() -> list[int]:
        return [pid for pid in readers if alive(pid)]

    await eventually(left, seconds=5, what="no reader is left", until=lambda pids: not pids)
    stack.launch()
    await stack.ready(seconds=90)
    async with stack.client() as client:
        honest: httpx.Response = await client.post(
            "/intake/v1/inquiries", json={"channel": "form", "contact": {"name": "Anna"}}
        )
    (lead,) = await _settled(stack, [honest.headers["leadflow-receipt"]], seconds=10)
    assert lead["state"] == "normalised"
    for one in await _settled(stack, receipts, seconds=40):
        assert (one["state"], one["reason"]) in {
            ("quarantined", "too_slow"), ("normalised", None), ("ignored", "duplicate"),
        }  # fmt: skip
