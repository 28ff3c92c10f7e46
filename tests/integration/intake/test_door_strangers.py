"""Before a proof little is read, and the answer says nothing about which keys exist."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, cast

import pytest

from shared.process import server
from shared.web.connections import Connections
from tests.integration.intake.harness import House
from tests.support.raw_http import RawAnswer, connected, exchange, head, post
from tests.support.waiting import eventually

SECRETS = {
    "typeform": {"secret": "s3cret"},
    "generic-json": {"secret": "s3cret"},
    "tilda": {"api_key": "s3cret-key"},
    "mango": {"api_key": "k", "api_salt": "s"},
    "twilio": {"auth_token": "t"},
    "postmark": {"username": "u", "password": "p"},
}
KEYS = (*SECRETS, "nobody-there")
WRONG = ("Typeform-Signature: sha256=AAAA",)
BASIC = "Authorization: Basic " + base64.b64encode(b"u:p").decode()


@dataclass(eq=False)
class Front:
    """Intake behind the server that its process runs."""

    url: str
    connections: Connections
    house: House

    async def hook(self, key: str, body: bytes, *lines: str) -> RawAnswer:
        return await exchange(self.url, post(f"/v1/hooks/{key}", body, *lines))

    async def at_rest(self) -> None:
        async def held() -> tuple[int, int, int]:
            strangers = self.house.app.door.strangers
            return self.connections.count, self.connections.budget.held, strangers.held

        await eventually(held, seconds=5, until=(0, 0, 0).__eq__, what="nothing is held")


@pytest.fixture
async def front(house: House) -> AsyncIterator[Front]:
    for adapter, secrets in SECRETS.items():
        await house.source(key=adapter, adapter=adapter, secrets=secrets)
    await house.source(key="open", adapter="generic-json")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        running = server(house.app, host="127.0.0.1", port=0, service="intake")
        running.config.lifespan = "off"  # the house has opened the app already
        connections = cast(Any, running.config.http).keywords["neighbours"]
        serving = asyncio.create_task(running._serve(sockets=[listening]))
        front_door = Front(f"http://127.0.0.1:{listening.getsockname()[1]}", connections, house)
        yield front_door
        running.should_exit = True
        await serving


def signed(body: bytes) -> str:
    digest = hmac.digest(b"s3cret", body, hashlib.sha256)
    return "Typeform-Signature: sha256=" + base64.b64encode(digest).decode()


def answered(size: int) -> bytes:
    """A Typeform answer of about this size."""
    answer = {"type": "text", "text": "x" * size, "field": {"id": "q", "type": "long_text"}}
    return json.dumps({"form_response": {"token": "t", "answers": [answer]}}).encode()


def told(answer: RawAnswer) -> tuple[Any, ...]:
    document = {**json.loads(answer.body), "trace_id": None}
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    return answer.status, document, {**headers, "content-length": None}


@pytest.mark.parametrize("lines", [(), WRONG], ids=["nothing", "a wrong signature"])
@pytest.mark.parametrize("size", [2, 60_000, 100_000, 2_000_000, 30_000_000])
async def test_without_a_proof_all_keys_are_alike(
    front: Front, size: int, lines: tuple[str, ...]
) -> None:
    body = b"{}" + b" " * (size - 2)
    async with asyncio.TaskGroup() as tasks:
        calls = [tasks.create_task(front.hook(key, body, *lines)) for key in KEYS]
    answers = [told(call.result()) for call in calls]
    assert answers[0][0] == 401
    assert all(answer == answers[0] for answer in answers), answers
    assert await front.house.count() == 0
    await front.at_rest()


@pytest.mark.parametrize(("lines", "early"), [((), True), (WRONG, False)])
async def test_all_keys_stop_reading_at_the_same_byte(
    front: Front, lines: tuple[str, ...], *, early: bool
) -> None:
    """A sender that holds back the end sees either all keys answer before it, or none."""
    async with AsyncExitStack() as stack:
        senders = [await stack.enter_async_context(connected(front.url)) for _ in KEYS]
        waiting = []
        for key, sender in zip(KEYS, senders, strict=True):
            sender.write(head(f"/v1/hooks/{key}", *lines, "Content-Length: 300000"))
            sender.write(b"x" * 299_999)
            waiting.append(asyncio.create_task(sender.answer()))
        finished, _ = await asyncio.wait(waiting, timeout=60 if early else 0.6)
        assert len(finished) == (len(KEYS) if early else 0)
        for sender in senders:
            sender.write(b"x")
        assert {(await answer).status for answer in waiting} == {401}
    await front.at_rest()


async def test_a_proof_opens_the_door_for_more(front: Front) -> None:
    large = answered(400_000)
    form = b"key=s3cret-key&Name=Anna&Phone=%2B79161234567&Text=" + b"x" * 300_000
    late = b"Name=Anna&Text=" + b"x" * 300_000 + b"&key=s3cret-key"
    mail = json.dumps({"From": "a@b.example", "TextBody": "x" * 5_000_000}).encode()
    calls = [
        (front.hook("typeform", large, signed(large)), 200),
        (front.hook("typeform", large + b" ", signed(large)), 401),
        (front.hook("tilda", form), 200),
        (front.hook("tilda", late), 401),
        (front.hook("tilda", late, "X-Api-Key: s3cret-key"), 200),
        (front.hook("postmark", mail, BASIC), 200),
        (front.hook("postmark", b" " * 26_300_000, BASIC), 413),
        (front.hook("open", b'{"text":"' + b"x" * 900_000 + b'"}'), 200),
        (front.hook("open", b"x" * 1_100_000), 413),
    ]
    for call, status in calls:
        assert (await call).status == status
    assert await front.house.count() == 5
    await front.at_rest()


async def test_a_signature_of_the_beginning_proves_nothing(front: Front) -> None:
    """Not even when the beginning ends where a stranger's part ends."""
    for size in (0, 65_400, 65_536, 70_000):
        beginning = answered(size) if size else b""
        async with connected(front.url) as sender:
            length = f"Content-Length: {len(beginning) + 100_000}"
            sender.write(head("/v1/hooks/typeform", signed(beginning), length) + beginning)
            await eventually(
                lambda: held(front), seconds=5, until=len(beginning).__eq__, what="it is read"
            )
            sender.write(b"x" * 100_000)
            assert (await sender.answer()).status == 401
    assert await front.house.count() == 0


async def test_a_source_made_just_now_is_known_in_the_middle_of_a_body(front: Front) -> None:
    body = answered(200_000)
    await front.house.source(key="late", adapter="typeform", secrets=SECRETS["typeform"])
    await front.house.source(key="later", adapter="generic-json")
    assert (await front.hook("late", body, signed(body))).status == 200
    assert (await front.hook("later", body)).status == 200


async def test_strangers_share_a_budget_that_known_senders_do_not_need(front: Front) -> None:
    front.house.app.door.strangers.limit = 400_000
    small = answered(1000)
    async with AsyncExitStack() as stack:
        for key in (*KEYS, *KEYS):
            sender = await stack.enter_async_context(connected(front.url))
            sender.write(head(f"/v1/hooks/{key}", "Content-Length: 65000") + b"x" * 64_000)
        await eventually(
            lambda: held(front), seconds=5, until=lambda size: size > 340_000, what="it is full"
        )
        for key in KEYS:
            refusal = await front.hook(key, b"x" * 60_000)
            assert refusal.status == 503
            assert int(refusal.headers["retry-after"]) > 0
        assert (await front.hook("typeform", small, signed(small))).status == 200
        assert (await front.hook("postmark", b"{}" + b" " * 3_000_000, BASIC)).status == 200
    await front.at_rest()


async def held(front: Front) -> int:
    return front.house.app.door.strangers.held


async def test_other_routes_read_large_bodies_of_known_callers_only(front: Front) -> None:
    body = b'{"x":"' + b"x" * 100_000 + b'"}'
    authorization = "Authorization: " + front.house.as_("admin")["Authorization"]
    kind = "Content-Type: application/json"
    assert (await exchange(front.url, post("/v1/sources", body, kind, authorization))).status == 422
    for lines in ((), ("Authorization: Bearer nonsense",)):
        answer = await exchange(
            front.url, head("/v1/sources", kind, *lines, "Content-Length: 99999")
        )
        assert answer.problem["status"] == 401
        answer = await exchange(
            front.url, head("/v1/sources", kind, *lines, "Transfer-Encoding: chunked")
        )
        assert answer.problem["status"] == 401
    await front.at_rest()
