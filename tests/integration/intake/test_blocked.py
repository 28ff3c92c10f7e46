"""The block-list: written by hand, learned, undone; nothing of ours and no customer is on it."""

import pytest

from tests.integration.intake.harness import House, one
from tests.integration.intake.spammers import AD, TRAPPED, blocked, call, inquiry, send


@pytest.fixture
async def site(house: House) -> House:
    await house.source(key="site", adapter="html-form")
    return house


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
