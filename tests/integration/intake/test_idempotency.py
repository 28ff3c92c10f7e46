"""The same delivery twice has one effect and one receipt; another delivery is never swallowed."""

import asyncio
import json
import random

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


async def test_a_storm_of_a_few_deliveries_gives_each_its_own_receipt(house: House) -> None:
    """New and repeated deliveries share batches, in which their keys are sorted by digest."""
    bodies = [{**INQUIRY, "text": f"delivery {number}"} for number in range(6)]
    early = await house.native(bodies[3], key="k3")
    order = random.Random(7).sample([*range(6)] * 10, 60)
    answers = await asyncio.gather(*(house.native(bodies[n], key=f"k{n}") for n in order))
    assert {answer.status_code for answer in answers} == {202}
    assert sum(not answer.json()["duplicate"] for answer in answers) == 5
    receipts = {(n, answer.json()["receipt_id"]) for n, answer in zip(order, answers, strict=True)}
    assert (3, early.json()["receipt_id"]) in receipts
    rows = await house.rows("SELECT submission_id, body FROM submission")
    assert {(str(row["submission_id"]), json.loads(row["body"])["text"]) for row in rows} == {
        (receipt_id, f"delivery {n}") for n, receipt_id in receipts
    }
    assert len(rows) == len(receipts) == 6


NEARLY_THE_SAME = ("k", "K", "k1", "k 1", "k,1", "k\u00e9", "ke", "k" * 12_000, "k" * 11_999 + "l")


async def test_keys_that_are_nearly_the_same_are_others(house: House) -> None:
    await house.source(key="gen", adapter="generic-json")
    token = house.as_("admin")["Authorization"].encode()
    for _ in range(2):
        for key in NEARLY_THE_SAME:
            headers = {b"authorization": token, b"idempotency-key": key.encode("latin-1")}
            for path, body in (("inquiries", json.dumps(INQUIRY)), ("hooks/gen", '{"name":"A"}')):
                answer = await house.client.post(f"/v1/{path}", content=body, headers=headers)
                assert answer.is_success, answer.text
    assert await house.count() == 2 * len(NEARLY_THE_SAME)


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
    await house.source(key="other", adapter="native")
    near = [{"external_id": "Form-7"}, {"external_id": "form-70"}, {"external_id": "form"}]
    for more in (*near, {"external_id": "form-7", "source_key": "other"}):
        await house.native({**INQUIRY, **more})
    await house.normalise()
    assert await house.count("inquiry") == 5, "another id, or the id of another source, is another"
