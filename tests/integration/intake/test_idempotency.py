"""The same delivery twice has one effect and one receipt; another delivery is never swallowed."""

import asyncio

import pytest

from tests.integration.intake.harness import House

INQUIRY = {"channel": "form", "contact": {"phones": ["+79161234567"]}}
OTHER = {"channel": "form", "contact": {"phones": ["+79167654321"]}}


@pytest.mark.parametrize("header", ["idempotency-key", "webhook-id"])
async def test_native_same_key_same_body(house: House, header: str) -> None:
    first = await house.native(INQUIRY, **{header: "k"})
    again = await house.native(INQUIRY, **{header: "k"})
    assert first.status_code == again.status_code == 202
    assert first.json()["receipt_id"] == again.json()["receipt_id"]
    assert (first.json()["duplicate"], again.json()["duplicate"]) == (False, True)
    assert first.headers["leadflow-receipt"] == again.headers["leadflow-receipt"]
    assert await house.count() == 1


async def test_native_same_key_other_body_is_409(house: House) -> None:
    await house.native(INQUIRY, key="k")
    answer = await house.native(OTHER, key="k")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:leadflow:problem:idempotency-key-reused"
    assert answer.json()["errors"][0]["pointer"] == "/Idempotency-Key"
    assert await house.count() == 1


async def test_keys_are_per_source(house: House) -> None:
    await house.source(key="one", adapter="native")
    await house.source(key="two", adapter="native")
    for source_key in ("one", "two"):
        answer = await house.native({**INQUIRY, "source_key": source_key}, key="same")
        assert answer.json()["duplicate"] is False
    assert await house.count() == 2


async def test_without_a_key_two_equal_forms_are_two(house: House) -> None:
    for _ in range(2):
        assert (await house.native(INQUIRY)).json()["duplicate"] is False
    await house.normalise()
    assert await house.count("inquiry") == 2


async def test_hook_same_key_same_body(house: House) -> None:
    await house.source(key="gen", adapter="generic-json")
    first = await house.hook("gen", b'{"name":"A"}', idempotency_key="k")
    again = await house.hook("gen", b'{"name":"A"}', idempotency_key="k")
    assert first.json() | {"duplicate": True} == again.json()
    assert await house.count() == 1


async def test_hook_same_key_other_body_is_kept_and_linked(house: House) -> None:
    await house.source(key="gen", adapter="generic-json")
    first = await house.hook("gen", b'{"name":"A"}', idempotency_key="k")
    other = await house.hook("gen", b'{"name":"B"}', idempotency_key="k")
    again = await house.hook("gen", b'{"name":"B"}', idempotency_key="k")
    assert other.status_code == 200
    assert other.json()["duplicate"] is False
    assert again.json() == other.json() | {"duplicate": True}
    await house.normalise()
    submission = await house.get(f"/v1/submissions/{other.headers['leadflow-receipt']}")
    assert submission["linked_to"] == first.headers["leadflow-receipt"]
    assert await house.count("inquiry") == 2


async def test_a_storm_of_the_same_delivery_is_one(house: House) -> None:
    storm = [house.native(INQUIRY, key="k") for _ in range(60)]
    answers = await asyncio.gather(*storm)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["receipt_id"] for answer in answers}) == 1
    assert sum(not answer.json()["duplicate"] for answer in answers) == 1
    assert await house.count() == 1


async def test_a_very_long_key_is_a_key(house: House) -> None:
    key = "k" * 12_000
    first, again = await house.native(INQUIRY, key=key), await house.native(INQUIRY, key=key)
    assert first.json()["receipt_id"] == again.json()["receipt_id"]


async def test_body_level_ids_give_an_own_receipt_and_the_first_ones_inquiries(
    house: House,
) -> None:
    first = await house.native({**INQUIRY, "external_id": "form-7"})
    second = await house.native({**INQUIRY, "external_id": "form-7", "text": "again"})
    assert first.json()["receipt_id"] != second.json()["receipt_id"]
    await house.normalise()
    third = await house.native({**INQUIRY, "external_id": "form-7"})
    await house.normalise()
    first_receipt = await house.receipt(first)
    assert first_receipt["state"] == "normalised"
    for later in (second, third):
        later_receipt = await house.receipt(later)
        assert (later_receipt["state"], later_receipt["reason"]) == ("ignored", "duplicate")
        assert later_receipt["inquiry_ids"] == first_receipt["inquiry_ids"]
    assert await house.count("inquiry") == 1
    assert len(await house.emitted("inquiry.received")) == 1
