"""The page at the root in a real browser: both languages, every link, nothing to complain about."""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.e2e.conftest import StackOf

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
CHROMIUM = os.environ.get("LEADFLOW_TEST_CHROMIUM", "/usr/bin/chromium")
LANGUAGES = {"ru": "Каждое обращение сохранено", "en": "Every inquiry is kept"}


@pytest.fixture
async def url(stack_of: StackOf) -> str:
    return (await stack_of()).url


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
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
        for path in ("/", "/no-such-page"):
            answer = await client.get(path)
            assert answer.headers["x-content-type-options"] == "nosniff"
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert "script-src" not in policy
