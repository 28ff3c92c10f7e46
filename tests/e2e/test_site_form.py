"""A form on somebody's own site, in a real browser: it posts to a running Leadflow from another
origin, and the inquiry has everything.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.browsing import complaints_of, open_page
from tests.e2e.shop import Shop, open_shop
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
CAMPAIGN = "?utm_source=vk&utm_campaign=" + quote("осень") + "&yclid=77"
# A browser asks by OPTIONS before it posts JSON to another origin.
JSON_POST = """address => fetch(address, {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify({phone: "8 916 010-20-65", message: "Скриптом"}),
}).then(answer => answer.json())"""
MAY_READ, MAY_NOT_READ = "shop-that-may-read", "shop-that-may-not"


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_shop() as open_one:
        yield open_one


@pytest.fixture(scope="module")
async def forms(stack: Stack, shop: Shop) -> Mapping[str, str]:
    """Two sources by their keys, each with the form that its owner copies."""
    token = stack.call("token", "--role", "admin").stdout.strip()
    snippets = {}
    async with stack.client(token=token) as client:
        for key, origins in ((MAY_READ, [shop.url]), (MAY_NOT_READ, [])):
            body = {"key": key, "adapter": "html-form", "consent_text_version": "2026-01"}
            options = {"origins": origins}
            answer = await client.post("/intake/v1/sources", json={**body, "options": options})
            assert answer.status_code == 201, answer.text
            snippets[key] = (await client.get(f"/intake/v1/sources/{key}/snippet")).text
    for key, snippet in snippets.items():
        shop.pages[f"/{key}"] = snippet
        inline = 'data-leadflow="inline" data-leadflow-thanks="Ждите <b>звонка</b>"'
        shop.pages[f"/{key}/inline"] = snippet.replace(" data-leadflow>", f" {inline}>")
    return snippets


async def filled(page: Page, phone: str) -> None:
    """Fill the form in as slowly as people do."""
    await page.clock.fast_forward(15_000)
    await page.get_by_label("Имя").fill("Анна <b>Ким</b>")
    await page.get_by_label("Телефон").fill(phone)
    await page.get_by_label("Почта").fill("anna@example.com")
    await page.get_by_label("Сообщение").fill("Нужны окна")
    await page.get_by_label("Согласен").check()


USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"


async def new_page(browser: Browser, **settings: Any) -> Page:
    # A browser without a window says so in its name, and would be taken for a program.
    identity = {"user_agent": USER_AGENT, **settings}
    page = await open_page(browser, locale="ru", viewport={"width": 900, "height": 700}, **identity)
    await page.clock.install()
    return page


async def inquiry_of(stack: Stack, phone: str) -> dict[str, Any]:
    """The only inquiry with that number, when everything that was sent is settled."""
    async with stack.client(token=stack.token()) as client:

        async def pending() -> int:
            answer = await client.get("/intake/v1/submissions", params={"state": "pending"})
            return len(answer.json()["items"])

        await eventually(pending, seconds=20, until=(0).__eq__, what="everything is read")
        items = (await client.get("/intake/v1/inquiries", params={"limit": 100})).json()["items"]
        (inquiry,) = [item for item in items if phone in item["contact"]["phones"]]
        answer = await client.get(f"/intake/v1/inquiries/{inquiry['inquiry_id']}")
        whole: dict[str, Any] = answer.json()
        return whole


async def test_a_form_tells_where_its_sender_came_from(
    stack: Stack, shop: Shop, forms: Mapping[str, str], browser: Browser, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("LEADFLOW_TEST_PICTURES") or tmp_path)
    page = await new_page(browser)
    complaints = complaints_of(page)
    await page.goto(f"{shop.url}/{MAY_READ}{CAMPAIGN}", referer="https://ya.example/")
    await page.goto(f"{shop.url}/{MAY_READ}?utm_source=later")
    await filled(page, "8 916 010-20-61")
    await page.screenshot(path=pictures / "form.png")
    await page.get_by_role("button", name="Отправить").click()
    await expect(page.get_by_role("heading")).to_have_text("Спасибо!")
    assert page.url.endswith(f"/hooks/{MAY_READ}")
    await page.screenshot(path=pictures / "thank-you-ru.png")
    assert not complaints
    await page.close()
    inquiry = await inquiry_of(stack, "+79160102061")
    assert inquiry["contact"]["name"] == "Анна <b>Ким</b>"
    assert inquiry["contact"]["emails"] == ["anna@example.com"]
    assert inquiry["text"] == "Нужны окна"
    campaign = inquiry["campaign"]
    marks = {name: campaign[name] for name in ("utm_source", "utm_campaign", "click_ids")}
    assert marks == {"utm_source": "vk", "utm_campaign": "осень", "click_ids": {"yclid": "77"}}
    assert campaign["page_url"] == f"{shop.url}/{MAY_READ}?utm_source=later"
    assert campaign["referrer"] == "https://ya.example/"
    assert campaign["form_name"] == "Окна"
    assert inquiry["consent"]["given"] is True
    assert inquiry["consent"]["text_version"] == "2026-01"
    assert inquiry["spam"] == {"score": 0, "reasons": []}


async def test_a_form_that_stays_on_its_page(
    stack: Stack, shop: Shop, forms: Mapping[str, str], browser: Browser
) -> None:
    page = await new_page(browser)
    complaints = complaints_of(page)
    await page.goto(f"{shop.url}/{MAY_READ}/inline")
    await filled(page, "8 916 010-20-62")
    await page.get_by_role("button", name="Отправить").click()
    await expect(page.get_by_role("status")).to_have_text("Ждите <b>звонка</b>")
    assert page.url == f"{shop.url}/{MAY_READ}/inline"
    receipt = await page.evaluate(JSON_POST, f"{stack.url}/intake/v1/hooks/{MAY_READ}")
    assert receipt["duplicate"] is False
    assert not complaints
    await page.close()
    assert (await inquiry_of(stack, "+79160102062"))["text"] == "Нужны окна"
    assert (await inquiry_of(stack, "+79160102065"))["text"] == "Скриптом"


async def test_a_page_that_may_not_read_the_answer_sends_it_again_and_it_counts_once(
    stack: Stack, shop: Shop, forms: Mapping[str, str], browser: Browser
) -> None:
    page = await new_page(browser)
    complaints = complaints_of(page)
    await page.goto(f"{shop.url}/{MAY_NOT_READ}/inline")
    await filled(page, "8 916 010-20-63")
    await page.get_by_role("button", name="Отправить").click()
    await expect(page.get_by_role("heading")).to_have_text("Спасибо!")
    assert any("CORS" in complaint for complaint in complaints)
    await page.close()
    await inquiry_of(stack, "+79160102063")


async def test_a_form_without_javascript(
    stack: Stack, shop: Shop, forms: Mapping[str, str], browser: Browser, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("LEADFLOW_TEST_PICTURES") or tmp_path)
    page = await open_page(
        browser, locale="en", java_script_enabled=False, viewport={"width": 400, "height": 700}
    )
    await page.goto(f"{shop.url}/{MAY_READ}")
    await page.get_by_label("Телефон").fill("8 916 010-20-64")
    await page.get_by_label("Согласен").check()
    await page.get_by_role("button", name="Отправить").click()
    await expect(page.get_by_role("heading")).to_have_text("Thank you!")
    await page.screenshot(path=pictures / "thank-you-en.png")
    await page.close()
    inquiry = await inquiry_of(stack, "+79160102064")
    assert inquiry["campaign"]["page_url"] == shop.url + "/"
    consent = inquiry["consent"]
    assert (consent["given"], consent["text_version"]) == (True, "2026-01")
    assert consent["page_url"] == shop.url + "/"
    assert consent["ip"] == "127.0.0.1"
