"""What the door refuses, and how: in time, before reading, and never more than it must say."""

import asyncio
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
    await house.source(key="typeform-1", adapter="typeform", secrets={"secret": "s3cret"})
    stranger = await house.hook("typeform-2", b"{}")
    wrong = await house.hook("typeform-1", b"{}", typeform_signature="sha256=AAAA")
    assert stranger.status_code == wrong.status_code == 401
    first, second = stranger.json(), wrong.json()
    assert first.pop("trace_id") != second.pop("trace_id")
    assert first == second
    assert dict(stranger.headers) == dict(wrong.headers)
    assert await house.count() == 0


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
