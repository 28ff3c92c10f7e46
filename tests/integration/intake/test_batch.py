"""Many inquiries in one request: each stored or refused by itself, none twice."""

import json
from typing import Any

import httpx
import pytest

from services.intake.routes.batch import MAX_LINES
from tests.integration.intake.harness import House


def line(number: int, **more: Any) -> bytes:
    phone = f"+7916123{number:04}"
    return json.dumps({"channel": "form", "contact": {"phones": [phone]}, **more}).encode()


async def posted(house: House, *lines: bytes, key: str | None = None) -> httpx.Response:
    headers = {**house.as_("admin"), "content-type": "application/x-ndjson"}
    if key is not None:
        headers["idempotency-key"] = key
    return await house.client.post(
        "/v1/inquiries/batch", content=b"\n".join(lines), headers=headers
    )


async def test_each_line_is_stored_or_told_why_not(house: House) -> None:
    lines = (line(1), b"", b"{", line(2, source_key="nobody-there"), line(3, surprise=1), line(4))
    answer = await posted(house, *lines)
    assert answer.status_code == 200
    document = answer.json()
    assert (document["stored"], document["refused"]) == (2, 3)
    problems = {item["line"]: item["problem"] for item in document["items"]}
    assert problems.keys() == {1, 3, 4, 5, 6}
    assert [problems[place]["status"] for place in (3, 4, 5)] == [422, 422, 422]
    assert problems[4]["errors"][0]["pointer"] == "/source_key"
    assert problems[5]["errors"][0]["pointer"] == "/surprise"
    assert await house.normalise() == 2
    receipts = [item["receipt_id"] for item in document["items"] if item["receipt_id"]]
    states = [(await house.get(f"/v1/receipts/{receipt}"))["state"] for receipt in receipts]
    assert states == ["normalised", "normalised"]


async def test_the_same_batch_again_stores_nothing_twice(house: House) -> None:
    first = (await posted(house, line(1), line(2), key="march")).json()
    again = (await posted(house, line(1), line(2), line(3), key="march")).json()
    assert [item["duplicate"] for item in again["items"]] == [True, True, False]
    assert again["items"][0]["receipt_id"] == first["items"][0]["receipt_id"]
    changed = (await posted(house, line(9), line(2), key="march")).json()
    assert changed["items"][0]["problem"]["status"] == 409
    assert await house.count() == 3


@pytest.mark.parametrize("lines", [[], [b"", b" "], [line(0)] * (MAX_LINES + 1)])
async def test_a_batch_of_nothing_or_of_too_much(house: House, lines: list[bytes]) -> None:
    answer = await posted(house, *lines)
    assert answer.status_code == 422
    assert await house.count() == 0


async def test_a_token_of_a_source_posts_for_it_alone(house: House) -> None:
    mine = await house.source(key="mine", adapter="generic-json")
    await house.source(key="other", adapter="generic-json")
    headers = house.as_("source", source_id=mine["source_id"])
    body = b"\n".join((line(1), line(2, source_key="other")))
    answer = await house.client.post("/v1/inquiries/batch", content=body, headers=headers)
    items = answer.json()["items"]
    assert items[0]["problem"] is None
    assert items[1]["problem"]["status"] == 403
    (row,) = await house.rows("SELECT key FROM submission JOIN source USING (source_id)")
    assert row["key"] == "mine"


async def test_without_a_token_nothing_is_read(house: House) -> None:
    answer = await house.client.post("/v1/inquiries/batch", content=line(1))
    assert answer.status_code == 401
    assert await house.count() == 0
