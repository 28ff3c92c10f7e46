"""Spam is set aside whole, released once, rejected and learned from; nobody else is touched."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from services.intake.repository.spam import forget
from shared.database import transaction
from tests.integration.intake.harness import House, one
from tests.integration.intake.spammers import (
    AD,
    FORM,
    SPAMMER,
    TRAPPED,
    blocked,
    call,
    inquiry,
    send,
)


@pytest.fixture
async def site(house: House) -> House:
    await house.source(key="site", adapter="html-form")
    return house


async def test_spam_is_set_aside_whole_and_nobody_is_told(site: House) -> None:
    receipt = await send(site, **TRAPPED)
    assert (receipt["state"], receipt["reason"]) == ("quarantined", "spam")
    assert receipt["inquiry_ids"] == []
    assert await site.emitted() == []
    assert await site.count("contact") == 0
    listed = await site.get("/v1/submissions", state="quarantined", reason="spam")
    assert one(listed["items"])["receipt_id"] == receipt["receipt_id"]
    kept = await site.get(f"/v1/submissions/{receipt['receipt_id']}")
    assert "spam.example" in kept["body"]
    assert kept["spam"] == {"score": 0.9, "reasons": ["honeypot"]}


async def test_what_is_released_becomes_one_inquiry(site: House) -> None:
    receipt = await send(site, **TRAPPED)
    path = f"/v1/submissions/{receipt['receipt_id']}/release"
    await call(site, path, 202)
    await call(site, path, 409)
    await site.normalise()
    released = await site.get(f"/v1/receipts/{receipt['receipt_id']}")
    assert released["state"] == "normalised"
    assert (await inquiry(site, released))["spam"] == {"score": 0.9, "reasons": ["honeypot"]}
    await call(site, path, 409)
    assert len(await site.emitted("inquiry.received")) == 1


async def test_the_same_lead_set_aside_twice_is_released_once(house: House) -> None:
    await house.source(key="site", adapter="html-form", dedupe_seconds=600)
    receipts = [await send(house, **TRAPPED), await send(house, **TRAPPED)]
    for receipt in receipts:
        await call(house, f"/v1/submissions/{receipt['receipt_id']}/release", 202)
    await house.normalise()
    event = one(await house.emitted("inquiry.received"))
    ends = [await house.get(f"/v1/receipts/{receipt['receipt_id']}") for receipt in receipts]
    assert [(end["state"], end["reason"]) for end in ends] == [
        ("normalised", None),
        ("ignored", "duplicate"),
    ]
    assert {one(end["inquiry_ids"]) for end in ends} == {event["inquiry_id"]}


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        ({"spam_threshold": None}, "normalised"),
        ({"spam_threshold": 0.95}, "normalised"),
        ({"spam_threshold": 0.5}, "quarantined"),
        ({"is_test": True}, "normalised"),
    ],
)
async def test_a_source_has_its_own_threshold(
    house: House, settings: dict[str, Any], state: str
) -> None:
    await house.source(key="site", adapter="html-form", **settings)
    receipt = await send(house, **TRAPPED)
    assert receipt["state"] == state
    if state == "normalised":
        assert (await inquiry(house, receipt))["spam"]["reasons"] == ["honeypot"]


async def test_a_rejected_person_is_known_again(site: House) -> None:
    receipt = await send(site, **TRAPPED)
    path = f"/v1/submissions/{receipt['receipt_id']}"
    rejected = await call(site, f"{path}/reject", 200)
    assert (rejected["state"], rejected["reason"]) == ("ignored", "rejected")
    await call(site, f"{path}/reject", 409)
    learned = await blocked(site, submission_id=receipt["receipt_id"])
    assert {pair for pair in learned if pair[0] != "text"} == {
        ("phone", "+79161234567"),
        ("email", "seo@mail.spam.example"),
        ("domain", "spam.example"),
    }
    again = await send(site, name="Другое имя", phone="+79161234567", message="Перезвоните")
    assert (again["state"], again["reason"]) == ("quarantined", "spam")
    seen = await site.get(f"/v1/submissions/{again['receipt_id']}")
    assert seen["spam"] == {"score": 0.95, "reasons": ["blocked"]}
    words = await send(site, name="Ольга", phone="+79160000001", message=AD)
    seen = await site.get(f"/v1/submissions/{words['receipt_id']}")
    assert seen["spam"]["reasons"] == ["blocked", "blocked_domain"]
    # A customer who links there is not set aside for this alone.
    link = await send(site, phone="+79160000002", message="Видел на https://a.spam.example/y")
    assert (await inquiry(site, link))["spam"] == {"score": 0.7, "reasons": ["blocked_domain"]}


async def test_releasing_what_was_rejected_unlearns_it(site: House) -> None:
    receipt = await send(site, **TRAPPED)
    path = f"/v1/submissions/{receipt['receipt_id']}"
    await call(site, f"{path}/reject", 200)
    await call(site, f"{path}/release", 202)
    assert await blocked(site) == set()
    await site.normalise()
    assert (await site.get(f"/v1/receipts/{receipt['receipt_id']}"))["state"] == "normalised"


async def test_an_inquiry_that_was_made_is_rejected_once(site: House) -> None:
    made = await inquiry(site, await send(site, **SPAMMER, message=AD))
    path = f"/v1/inquiries/{made['inquiry_id']}/reject"
    first, again = await call(site, path, 200), await call(site, path, 200)
    assert first == again
    event = one(await site.emitted("inquiry.updated"))
    assert event["changes"] == {"spam": {"score": 1.0, "reasons": ["rejected"]}}
    assert event["inquiry_id"] == made["inquiry_id"]
    assert ("phone", "+79161234567") in await blocked(site)
    assert (await send(site, **SPAMMER, message="Ещё раз"))["reason"] == "spam"
    await call(site, path.replace(made["inquiry_id"], made["contact_id"]), 404)


async def test_the_same_text_of_several_people_is_a_sign(site: House) -> None:
    people = [f"+7916000000{number}" for number in range(4)]
    scores = [
        (await inquiry(site, await send(site, phone=phone, message=AD)))["spam"] for phone in people
    ]
    assert [score["reasons"] for score in scores] == [[], [], *[["repeated_text"]] * 2]
    site.time.pass_(days=2)
    later = await send(site, phone="+79160000009", message=AD)
    assert (await inquiry(site, later))["spam"]["reasons"] == []


async def test_texts_are_compared_within_a_batch_too(site: House) -> None:
    for number in range(3):
        fields = {"phone": f"+7916000000{number}", "message": AD}
        await site.hook("site", urlencode(fields).encode(), **FORM)
    await site.normalise()
    signs = [event["spam"]["reasons"] for event in await site.emitted("inquiry.received")]
    assert signs == [[], [], ["repeated_text"]]


async def test_callers_of_ours_and_calls_are_never_set_aside(house: House) -> None:
    await call(house, "/v1/blocked", 201, kind="phone", value="+79161234567")
    contact = {"phones": ["+79161234567"]}
    answer = await house.native({"channel": "form", "contact": contact, "text": AD})
    await house.source(key="gen", adapter="generic-json")
    missed = {"channel": "call", "phone": "+79161234567", "call_status": "missed"}
    await house.source(key="calls", adapter="generic-json", mapping={"channel": "channel"})
    ring = await house.hook("calls", json.dumps(missed).encode(), content_type="application/json")
    await house.normalise()
    for receipt in (await house.receipt(answer), await house.receipt(ring)):
        assert (await inquiry(house, receipt))["spam"] == {"score": 0.95, "reasons": ["blocked"]}


async def test_what_nothing_looks_at_any_more_is_forgotten(site: House) -> None:
    await send(site, phone="+79161234567", message=AD)
    for days, number in ((0, 1), (2, 0)):
        site.time.pass_(days=days)
        async with transaction(site.database) as session:
            await forget(session, now=site.time(), limit=10)
        assert await site.count("text_sighting") == number


async def test_providers_tests_are_kept_apart_whatever_they_look_like(house: House) -> None:
    for kind, value in (("phone", "+79161234567"), ("email", "test@fb.example")):
        await call(house, "/v1/blocked", 201, kind=kind, value=value)
    keys = {"google_key": "k"}
    await house.source(key="ads", adapter="google-ads", secrets=keys, dedupe_seconds=600)
    columns = [{"column_id": "PHONE_NUMBER", "string_value": "+79161234567"}]
    lead = {"lead_id": "1", "google_key": "k", "is_test": True, "user_column_data": columns}
    for _ in range(2):
        body = json.dumps(lead).encode()
        answer = await house.hook("ads", body, content_type="application/json")
        await house.normalise()
        made = await inquiry(house, await house.receipt(answer))
        assert (made["is_test"], made["is_repeat"]) == (True, False)
        assert made["spam"]["reasons"] == ["blocked"]
