"""A real browser for the tests of pages, and what it complains about."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from deploy.embedded.programs import find_browser

# A name that looks like another machine's: Swagger UI treats localhost otherwise.
NAME = "leadflow.test"
PATIENCE = 60_000  # milliseconds; a busy machine may need more than the browser's own limits


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_browser(),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
            ],
        )
        yield browser
        await browser.close()


async def open_page(browser: Browser, **settings: Any) -> Page:
    page = await browser.new_page(**settings)
    page.set_default_timeout(PATIENCE)
    return page


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
