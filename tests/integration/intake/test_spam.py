"""Spam is set aside whole, released once, rejected and learned from; nobody else is touched."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from services.intake.repository.spam import forget
from shared.database import transaction
from tests.integration.intake.harness import House, one

FORM = {
    "content_type": "application/x-www-form-urlencoded",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
}
SPAMMER = {"name": "SEO", "phone": "+79161234567", "email": "seo@mail.spam.example"}
AD = "Продвижение сайтов в топ выдачи за неделю, гарантия и договор, пишите https://spam.example/x"
TRAPPED = {**SPAMMER, "message": AD, "lf_website": "x"}


@pytest.fixture
async def site(house: House) -> House:
    await house.source(key="site", adapter="html-form")
    return house


async def send(house: House, key: str = "site", **fields: str) -> dict[str, Any]:
    """What becomes of one form: its receipt."""
    house.time.pass_(seconds=10)
    answer = await house.hook(key, urlencode(fields).encode(), **FORM)
    await house.normalise()
    receipt: dict[str, Any] = await house.receipt(answer)
    return receipt


async def call(house: House, path: str, status: int, *, method: str = "POST", **body: Any) -> Any:
    answer = await house.client.request(
        method, path, json=body or None, headers=house.as_("supervisor")
    )
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def inquiry(house: House, receipt: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await house.get(f"/v1/inquiries/{one(receipt['inquiry_ids'])}")
    return found


async def blocked(house: House, **filters: Any) -> set[tuple[str, str]]:
    listed = await house.get("/v1/blocked", **filters)
    return {(item["kind"], item["value"]) for item in listed["items"]}


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


async def test_a_single_point_can_be_unblocked(site: House) -> None:
    made = await call(site, "/v1/blocked", 201, kind="phone", value="+79161234567")
    assert (made["by"], made["submission_id"]) == ("supervisor", None)
    assert await call(site, "/v1/blocked", 201, kind="phone", value="+79161234567") == made
    assert (await send(site, phone="8 916 123-45-67"))["reason"] == "spam"
    await call(site, f"/v1/blocked/{made['blocked_id']}", 204, method="DELETE")
    await call(site, f"/v1/blocked/{made['blocked_id']}", 404, method="DELETE")
    assert (await send(site, phone="8 916 123-45-67"))["state"] == "normalised"
    # What had been set aside is judged anew when it is normalised again.
    answer = await site.client.post(
        "/v1/submissions/renormalise", json={"reason": "spam"}, headers=site.as_("supervisor")
    )
    assert answer.json() == {"matched": 1, "queued": 1}
    await site.normalise()
    assert len(await site.emitted("inquiry.received")) == 2


async def test_words_and_domains_by_hand(site: House) -> None:
    for kind, value in (("word", "SEO-продвижение!"), ("domain", "https://www.Spam.example/")):
        await call(site, "/v1/blocked", 201, kind=kind, value=value)
    assert await blocked(site) == {("word", "seo продвижение"), ("domain", "spam.example")}
    assert await blocked(site, kind="word") == {("word", "seo продвижение")}
    one_sign = await send(site, phone="+79160000001", message="Нужно SEO продвижение")
    assert (await inquiry(site, one_sign))["spam"] == {"score": 0.7, "reasons": ["blocked_word"]}
    both = await send(site, email="a@mail.spam.example", message="seo продвижение")
    assert (both["state"], both["reason"]) == ("quarantined", "spam")


async def test_the_list_is_read_page_by_page(site: House) -> None:
    for number in range(5):
        await call(site, "/v1/blocked", 201, kind="phone", value=f"+7916000000{number}")
    values, cursor = [], None
    while True:
        found = await site.get("/v1/blocked", limit=2, **({"cursor": cursor} if cursor else {}))
        values += [item["value"] for item in found["items"]]
        if not (cursor := found["next_cursor"]):
            break
    assert values == [f"+7916000000{number}" for number in reversed(range(5))]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("phone", "8 916 123-45-67"),
        ("phone", "+74950000000"),
        ("email", "nobody"),
        ("email", "boss@shop.example"),
        ("domain", "localhost"),
        ("domain", "site.shop.example"),
        ("domain", "mail.ru"),
        ("word", "123 !"),
        ("text", AD),
    ],
)
async def test_what_cannot_be_blocked(house: House, kind: str, value: str) -> None:
    own = {"own_numbers": ["8 495 000-00-00"], "own_addresses": ["shop.example"]}
    await house.source(key="site", adapter="html-form", **own)
    await call(house, "/v1/blocked", 422, kind=kind, value=value)


async def test_customers_and_our_own_points_are_never_learned(house: House) -> None:
    own = {"own_numbers": ["+74950000000"], "own_addresses": ["shop.example"]}
    await house.source(key="site", adapter="html-form", spam_threshold=None)
    await house.source(key="other", adapter="html-form", **own)
    await send(house, phone="+79161234567", message="Нужны окна")
    ours = {"phone2": "+74950000000", "mail": "boss@shop.example"}
    spam = {**TRAPPED, **ours, "message": AD + " https://site.shop.example https://t.me/x"}
    receipt = await send(house, **spam)
    marked = await call(house, f"/v1/inquiries/{one(receipt['inquiry_ids'])}/reject", 200)
    assert marked["spam"]["score"] == 1
    assert marked["spam"]["reasons"][-1] == "rejected"
    learned = {pair for pair in await blocked(house) if pair[0] != "text"}
    assert learned == {("domain", "spam.example")}, "the number has another inquiry"


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
