"""What the door refuses, and how: in time, before reading, and never more than it must say."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator

from services.intake.routes.ingest import responses
from tests.integration.intake.harness import House
from tests.integration.intake.wire import Wire

INQUIRY = {"channel": "form", "contact": {"name": "Анна", "phones": ["+7 916 123-45-67"]}}


async def test_too_large_is_413_before_and_while_reading(house: House) -> None:
    reads = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal reads
        for _ in range(64):
            reads += 1
            yield b"x" * 65_536

    headers = house.as_("admin")
    chunked = await house.client.post("/v1/inquiries", content=chunks(), headers=headers)
    assert chunked.status_code == 413
    announced = await house.client.post(
        "/v1/inquiries", content=b"{}", headers={**headers, "content-length": "99999999"}
    )
    assert announced.status_code == 413
    at_limit = b'{"channel":"form","text":"' + b"x" * 150_000 + b'"}'
    assert (await house.native(at_limit)).status_code == 202
    await house.source(key="plain", adapter="generic-json")
    hook = await house.hook("plain", b"x" * (1_048_576 + 1))
    assert hook.status_code == 413


async def test_unknown_source_and_wrong_signature_look_the_same(house: House) -> None:
    body, secret = '{"event_type": "\u00ab%00\u00bb"}'.encode(), 'п"%s\\cret'
    for key, own in (("typeform-1", secret), ("typeform-3", "another secret")):
        await house.source(key=key, adapter="typeform", secrets={"secret": own})
    stranger = await house.hook("typeform-2", body, typeform_signature=_signature(secret, body))
    assert stranger.status_code == 401
    good = _signature(secret, body)
    for signature in (
        "",
        "sha256=",
        "sha256=AAAA",
        good[:-1],
        good.swapcase().replace("SHA", "sha"),
        good.removeprefix("sha256="),
        _signature("another secret", body),
        _signature(secret.upper(), body),
        _signature(secret, body + b" "),
        _signature("", body),
    ):
        wrong = await house.hook("typeform-1", body, typeform_signature=signature)
        assert wrong.status_code == 401
        first, second = stranger.json(), wrong.json()
        assert first.pop("trace_id") != second.pop("trace_id")
        assert first == second
        assert dict(stranger.headers) == dict(wrong.headers)
    assert await house.count() == 0
    assert (await house.hook("typeform-1", body, typeform_signature=good)).status_code == 200
    assert await house.count() == 1


def _signature(secret: str, body: bytes) -> str:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return "sha256=" + base64.b64encode(digest).decode()


async def test_a_new_source_is_known_at_once_and_refusals_share_reloads(house: House) -> None:
    loads = 0
    load = house.app.door.cache.load

    async def counted() -> object:
        nonlocal loads
        loads += 1
        return await load()

    house.app.door.cache.load = counted  # type: ignore[assignment]
    refusals = await asyncio.gather(*(house.hook(f"nobody-{n}", b"x=1") for n in range(50)))
    assert {answer.status_code for answer in refusals} == {401}
    assert loads <= 3
    await house.source(key="late-one", adapter="generic-json")
    assert (await house.hook("late-one", b'{"name":"A"}')).status_code == 200


async def test_no_401_while_the_sources_cannot_be_read(house_on_wire: House, wire: Wire) -> None:
    await house_on_wire.hook("nobody", b"x=1")
    wire.cut()
    answer = await house_on_wire.hook("nobody", b"x=1")
    assert answer.status_code == 503
    assert "retry-after" in answer.headers


async def test_other_methods_and_their_answers(house: House) -> None:
    await house.source(key="plain", adapter="generic-json")
    assert (await house.client.delete("/v1/hooks/plain")).status_code == 405
    assert (await house.client.head("/v1/hooks/plain")).status_code == 405
    answer_to_get = await house.client.get(
        "/v1/hooks/plain", params={"name": "A", "phone": "+79161234567"}
    )
    assert answer_to_get.status_code == 200
    await house.normalise()
    assert (await house.receipt(answer_to_get))["state"] == "normalised"


async def test_metrics_name_the_route_never_the_key(house: House) -> None:
    await house.source(key="my-very-secret-key", adapter="generic-json")
    await house.hook("my-very-secret-key", b'{"name":"A"}')
    text = (await house.client.get("/metrics")).text
    assert f'route="{responses.HOOKS}"' in text
    assert "my-very-secret-key" not in text
