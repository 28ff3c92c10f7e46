"""The pages in a real browser: both languages, every link, nothing foreign, no complaint."""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, Page, async_playwright

from deploy.embedded.programs import find_browser
from tests.support.stack import SERVICES, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
LANGUAGES = {"ru": "Каждое обращение сохранено", "en": "Every inquiry is kept"}


@pytest.fixture(scope="module")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """One running Leadflow for all pages: they only look."""
    stack = Stack(tmp_path_factory.mktemp("page") / "state")
    try:
        stack.launch()
        await stack.ready(seconds=90)
        yield stack.url
    finally:
        stack.stop()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        await browser.close()


def complaints_of(page: Page) -> list[str]:
    """Grows by whatever the browser complains about."""
    found: list[str] = []
    keep: Callable[[object], None] = lambda what: found.append(str(what))  # noqa: E731
    page.on("pageerror", keep)
    page.on("requestfailed", lambda request: keep(f"{request.url} failed"))
    page.on(
        "console",
        lambda message: keep(message.text) if message.type in {"error", "warning"} else None,
    )
    return found


def requests_of(page: Page) -> list[str]:
    """Grows by the address of whatever the page asks for."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url))
    return found


async def test_the_page_in_both_languages(url: str, browser: Browser, tmp_path: Path) -> None:
    pictures = Path(os.environ.get("LEADFLOW_TEST_PICTURES") or tmp_path)
    for language, words in LANGUAGES.items():
        page = await browser.new_page(locale=language, viewport={"width": 900, "height": 800})
        complaints = complaints_of(page)
        answer = await page.goto(url)
        assert answer is not None
        assert answer.ok
        assert await page.title() == "Leadflow"
        section = page.locator(f"section[lang={language}]")
        assert words in await section.inner_text()
        assert await section.is_visible()
        await page.screenshot(path=pictures / f"page-{language}.png", full_page=True)
        width = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0, "the page is wider than its window"
        assert not complaints
        await page.close()


async def test_every_link_leads_somewhere(url: str, browser: Browser) -> None:
    page = await browser.new_page()
    await page.goto(url)
    links = set(await page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)"))
    assert len(links) >= 16
    async with httpx.AsyncClient() as client:
        for link in sorted(links):
            assert urlsplit(link).netloc == urlsplit(url).netloc, link
            assert (await client.get(link)).status_code == 200, link


async def test_its_headers_allow_nothing_foreign(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        for path in ("/", "/no-such-page", *(f"/{service}/docs" for service in SERVICES)):
            answer = await client.get(path)
            assert answer.headers["x-content-type-options"] == "nosniff"
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert "script-src" not in policy


async def test_the_api_pages_need_nothing_from_elsewhere(
    url: str, browser: Browser, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("LEADFLOW_TEST_PICTURES") or tmp_path)
    for service in SERVICES:
        page = await browser.new_page(viewport={"width": 900, "height": 800})
        complaints = complaints_of(page)
        asked = requests_of(page)
        await page.goto(f"{url}/{service}/docs")
        assert await page.title() == f"Leadflow {service}"
        async with httpx.AsyncClient(base_url=url) as client:
            document = (await client.get(f"/{service}/openapi.json")).json()
        expected = {
            (method.upper(), path) for path, item in document["paths"].items() for method in item
        }
        shown = await page.eval_on_selector_all(
            "summary",
            "all => all.map(one => [one.children[0].innerText, one.children[1].innerText])",
        )
        assert {(method, path) for method, path in shown} == expected
        journal = page.locator("#read_journal")
        await journal.locator("summary").click()
        for words in ("Параметры", "Parameters", "Ответы", "Answers"):
            assert await journal.get_by_text(words).is_visible()
        await page.screenshot(path=pictures / f"docs-{service}.png")
        width = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0, "the page is wider than its window"
        assert not complaints
        assert asked == [f"{url}/{service}/docs"]
        await page.close()
