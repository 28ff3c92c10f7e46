"""Orders become purchases of people: once each, corrected, cancelled, and no inquiries."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx

from services.intake.domain.states import SubmissionState
from services.intake.use_cases.reconcile import reconcile
from services.intake.use_cases.restore import restore
from shared.database import transaction
from tests.integration.intake.harness import House, one
from tests.support.journal_events import journal_events
from tests.support.old_tables import OldTables, content_of

ANNA = "+79161234567"
AT = "2026-03-01T10:00:00+00:00"
ORDER = {"order_id": "727", "amount": 2900.5, "currency": "RUB", "purchased_at": AT}
BUYER = {"contact": {"name": "Anna", "phones": [ANNA]}}
CANCELLED = {"order_id": "727", "cancelled_at": "2026-03-02T08:00:00+00:00", "reason": "customer"}
MAPPING = {
    "purchase.order_id": "id",
    "purchase.amount": "total",
    "purchase.purchased_at": "paid_at",
    "contact.phones": "phone",
}
OWN = {"purchase": "SELECT purchase_id, source_id, order_id, contact_id, purchased_at,"
       " CAST(facts AS jsonb), cancelled_at, reason FROM purchase"}  # fmt: skip


async def post(house: House, body: dict[str, Any], **headers: str) -> httpx.Response:
    return await house.client.post(
        "/v1/purchases", json=body, headers={**house.as_("admin"), **headers}
    )


async def tell(house: House, *bodies: dict[str, Any]) -> list[dict[str, Any]]:
    """Purchases told by the API, normalised one by one; their receipts."""
    receipts = []
    for body in bodies:
        answer = await post(house, body)
        assert answer.status_code == 202, answer.text
        await house.normalise()
        receipts.append(await house.receipt(answer))
    return receipts


async def told_of(house: House) -> list[tuple[str, Any]]:
    return [
        (event["_type"].split(".")[1], event.get("amount"))
        for event in await house.emitted("purchase.recorded", "purchase.cancelled")
    ]


async def test_an_order_is_a_purchase_of_the_person_and_no_inquiry(house: House) -> None:
    inquiry = await house.native({"channel": "form", **BUYER})
    await house.normalise()
    (receipt,) = await tell(house, {**ORDER, "contact": {"phones": ["8 916 123-45-67"]}})
    assert (receipt["state"], receipt["inquiry_ids"]) == (SubmissionState.NORMALISED, [])
    event = one(await house.emitted("purchase.recorded"))
    inquiry_id = (await house.receipt(inquiry))["inquiry_ids"][0]
    contact_id = (await house.get(f"/v1/inquiries/{inquiry_id}"))["contact_id"]
    assert (event["contact_id"], event["_key"]) == (contact_id, contact_id)
    assert (event["external_id"], event["amount"], event["currency"]) == ("727", 2900.5, "RUB")
    page = await house.get("/v1/purchases", contact_id=contact_id)
    listed = one(page["items"])
    assert (listed["order_id"], listed["amount"], listed["purchase_id"]) == (
        *("727", 2900.5),
        event["purchase_id"],
    )
    assert await house.count("inquiry") == 1
    assert (await house.get("/v1/purchases", contact_id=event["purchase_id"]))["items"] == []


async def test_an_order_told_twice_is_one_purchase(house: House) -> None:
    first, again = await tell(house, ORDER | BUYER, ORDER | BUYER)
    assert (again["state"], again["reason"]) == ("ignored", "duplicate")
    assert first["state"] == "normalised"
    assert await told_of(house) == [("recorded", 2900.5)]


async def test_the_same_request_has_the_same_receipt(house: House) -> None:
    answers = [await post(house, ORDER | BUYER, **{"idempotency-key": "k"}) for _ in range(2)]
    assert len({answer.json()["receipt_id"] for answer in answers}) == 1
    other = await post(house, ORDER | BUYER | {"amount": 1}, **{"idempotency-key": "k"})
    assert other.status_code == 409


async def test_two_normalisers_record_an_order_once(house: House) -> None:
    for _ in range(8):
        await post(house, ORDER | BUYER)
    await asyncio.gather(house.normalise(), house.normalise())
    assert await told_of(house) == [("recorded", 2900.5)]
    assert await house.count("contact") == 1


async def test_a_correction_is_the_same_purchase_until_it_is_cancelled(house: House) -> None:
    await tell(house, ORDER | BUYER, {**ORDER, **BUYER, "amount": 3000}, CANCELLED, CANCELLED)
    await tell(house, {**ORDER, **BUYER, "amount": 1})
    assert await told_of(house) == [("recorded", 2900.5), ("recorded", 3000.0), ("cancelled", None)]
    events = await house.emitted("purchase.recorded", "purchase.cancelled")
    assert len({(event["purchase_id"], event["contact_id"]) for event in events}) == 1


async def test_a_cancellation_waits_for_its_order(house: House) -> None:
    await tell(house, CANCELLED)
    assert await told_of(house) == []
    assert (await house.get("/v1/purchases"))["items"] == []
    await tell(house, ORDER | BUYER)
    assert await told_of(house) == [("recorded", 2900.5), ("cancelled", None)]
    listed = one((await house.get("/v1/purchases"))["items"])
    assert listed["reason"] == "customer"


async def test_a_hook_tells_of_orders(house: House) -> None:
    await house.source(
        key="shop", adapter="generic-json", options={"record": "purchase"}, mapping=MAPPING
    )
    orders = [
        {"id": 1, "total": "10", "paid_at": None, "phone": ANNA},
        {"id": 1, "total": "10", "paid_at": AT, "phone": ANNA},
        {"total": "10", "paid_at": AT, "phone": ANNA},
    ]
    states = []
    for order in orders:
        answer = await house.hook("shop", json.dumps(order).encode())
        await house.normalise()
        receipt = await house.receipt(answer)
        states.append((receipt["state"], receipt["reason"]))
    assert states == [
        ("ignored", "not_a_purchase"),
        ("normalised", None),
        ("quarantined", "invalid_body"),
    ]
    assert await told_of(house) == [("recorded", 10.0)]


async def test_a_source_of_orders_needs_to_name_their_ids(house: House) -> None:
    body = {"key": "shop", "adapter": "generic-json", "options": {"record": "purchase"}}
    answer = await house.client.post("/v1/sources", json=body, headers=house.as_("admin"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/mapping/purchase.order_id"
    body["options"] = {"record": "sale"}
    answer = await house.client.post("/v1/sources", json=body, headers=house.as_("admin"))
    assert answer.json()["errors"][0]["pointer"] == "/options/record"


async def test_purchases_come_back_from_their_events(house: House) -> None:
    tables = ("submission", "contact", "contact_point", "purchase")
    nothing = await OldTables.of(house.database, *tables)
    await tell(house, ORDER | BUYER, {**ORDER, **BUYER, "amount": 3000}, CANCELLED)
    await tell(house, {**ORDER, **BUYER, "order_id": "728"})
    before = await content_of(house.database, OWN)
    events = await journal_events(house.database)
    await nothing.bring_back()
    for event in events:
        async with transaction(house.database) as session:
            await restore(session, [event], now=house.time())
    assert await content_of(house.database, OWN) == before
    (receipt,) = await tell(house, {**ORDER, **BUYER, "order_id": "728"})
    assert (receipt["state"], receipt["reason"]) == ("ignored", "duplicate")
    now = house.time() + timedelta(days=1)
    result = await reconcile(house.database, [], now=now, grace=timedelta(0), whole=True)
    assert result["balanced"]
