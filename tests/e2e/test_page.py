"""The pages in a real browser: both languages, every link, nothing foreign, no complaint."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.browsing import NAME, complaints_of, open_page
from tests.support.stack import SERVICES, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
WHOLE_PAGE = 16_000  # pixels: of many operations, only those in the window are drawn
WINDOWS = {"": 900, "-phone": 320}  # pixels
LANGUAGES = {"ru": "Каждое обращение сохранено", "en": "Every inquiry is kept"}


@dataclass(frozen=True)
class Trial:
    """A GET and a POST of a service, each as (tag, operation id)."""

    get: tuple[str, str]
    post: tuple[str, str]
    body: Mapping[str, object]
    status: int


TRIALS = {
    "intake": Trial(
        get=("sources", "list_sources"),
        post=("sources", "create_source"),
        body={"adapter": "generic-json", "campaign": {"utm_source": "Ключ & «замок»"}},
        status=201,
    ),
    "routing": Trial(
        get=("configuration", "list_pools"),
        post=("configuration", "create_pool"),
        body={"name": "Пул", "key": "tried-out"},
        status=201,
    ),
    "history": Trial(
        get=("journal", "read_journal"),
        post=("history", "record_activity"),
        body={
            "kind": "note",
            "lead_id": "0198f6a0-0000-7000-8000-000000000001",
            "text": "Перезвонить",
        },
        status=202,  # it waits until the lead is heard of
    ),
    "kpi": Trial(
        get=("operations", "list_held"), post=("operations", "replay"), body={}, status=200
    ),
}


def requests_of(page: Page) -> list[str]:
    """Grows by the address of whatever the page asks for."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url))
    return found


async def test_the_page_in_both_languages(url: str, browser: Browser, tmp_path: Path) -> None:
    pictures = Path(os.environ.get("LEADFLOW_TEST_PICTURES") or tmp_path)
    for language, words in LANGUAGES.items():
        page = await open_page(browser, locale=language, viewport={"width": 900, "height": 800})
        complaints = complaints_of(page)
        answer = await page.goto(url)
        assert answer is not None
        assert answer.ok
        assert await page.title() == "Leadflow"
        section = page.locator(f"section[lang={language}]")
        assert words in await section.inner_text()
        assert await section.is_visible()
        for kind, width in WINDOWS.items():
            await page.set_viewport_size({"width": width, "height": 800})
            picture = pictures / f"page-{language}{kind}.png"
            await page.screenshot(path=picture, full_page=True)
            beyond = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert beyond <= 0, f"the page is wider than a window of {width}"
        assert not complaints
        await page.close()


async def test_every_link_leads_somewhere(url: str, browser: Browser) -> None:
    page = await open_page(browser)
    await page.goto(url)
    links = set(await page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)"))
    assert len(links) >= 16
    async with httpx.AsyncClient(timeout=60) as client:
        for link in sorted(links):
            assert urlsplit(link).netloc == urlsplit(url).netloc, link
            assert (await client.get(link)).status_code == 200, link


async def test_its_headers_allow_nothing_foreign(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        for path in ("/", "/no-such-page", *(f"/{service}/docs" for service in SERVICES)):
            answer = await client.get(path)
            assert answer.headers["x-content-type-options"] == "nosniff"
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert "http" not in policy
            assert ("script-src" in policy) == path.endswith("/docs")


async def test_the_api_pages_show_every_operation(
    url: str, browser: Browser, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("LEADFLOW_TEST_PICTURES") or tmp_path)
    for service in SERVICES:
        page = await open_page(browser, viewport={"width": 900, "height": WHOLE_PAGE})
        await page.goto(f"{url}/{service}/docs")
        assert await page.title() == f"Leadflow {service}"
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            document = (await client.get(f"/{service}/openapi.json")).json()
        expected = {
            (method.upper(), path) for path, item in document["paths"].items() for method in item
        }
        await expect(page.locator(".opblock")).to_have_count(len(expected))
        operations = await page.eval_on_selector_all(
            ".opblock",
            """all => all.map(one => [
                one.querySelector(".opblock-summary-method").innerText,
                one.querySelector(".opblock-summary-path").dataset.path,
            ])""",
        )
        assert {(method, path) for method, path in operations} == expected
        await page.set_viewport_size({"width": 900, "height": 800})
        await page.screenshot(path=pictures / f"docs-{service}.png")
        width = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0, "the page is wider than its window"
        await page.close()


async def test_the_api_pages_call_their_service_and_nobody_else(
    stack: Stack, browser: Browser, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("LEADFLOW_TEST_PICTURES") or tmp_path)
    token = stack.call("token", "--role", "admin").stdout.strip()
    for service, trial in TRIALS.items():
        root = f"http://{NAME}:{stack.port}/{service}/"
        page = await open_page(browser, viewport={"width": 900, "height": WHOLE_PAGE})
        complaints = complaints_of(page)
        requests = requests_of(page)
        await page.goto(f"{root}docs")
        assert await status_of(page, trial.get) == 401
        assert ["401 (Unauthorized)" in complaint for complaint in complaints] == [True], complaints
        complaints.clear()
        await authorize(page, token)
        assert await status_of(page, trial.get) == 200
        assert await status_of(page, trial.post, body=trial.body) == trial.status
        await page.locator(operation(trial.post)).screenshot(path=pictures / f"try-{service}.png")
        assert not complaints
        assert all(request.startswith((root, "data:")) for request in requests), requests
        await page.close()


async def authorize(page: Page, token: str) -> None:
    await page.locator(".btn.authorize").click()
    await page.get_by_label("auth-bearer-value").fill(token)
    await page.get_by_label("Apply credentials").click()
    await page.get_by_role("button", name="Close", exact=True).click()


def operation(name: tuple[str, str]) -> str:
    return f"[id='operations-{name[0]}-{name[1]}']"


async def status_of(
    page: Page, name: tuple[str, str], *, body: Mapping[str, object] | None = None
) -> int:
    """Try an operation out, with this body if it takes one, and read the answer off the page."""
    block = page.locator(operation(name))
    if not await block.locator(".opblock-body").is_visible():
        await block.locator(".opblock-summary-control").click()
        await block.locator(".try-out__btn").click()
    if body is not None:
        await block.locator("textarea.body-param__text").fill(json.dumps(body, ensure_ascii=False))
    async with page.expect_response(lambda response: "/v1/" in response.url) as response:
        await block.locator(".btn.execute").click()
    status = (await response.value).status
    answers = block.locator(".live-responses-table .response-col_status")
    await expect(answers.last).to_contain_text(str(status))
    return status
